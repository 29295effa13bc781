#!/bin/sh
# Functions of the long-lived shell. Rules: the shell itself only starts and signals commands, so it always reads its
# stdin; a command runs in a session of its own, so that all of it can be ended; every answer is framed by a nonce.

# portcullis_run NONCE SECONDS: script text on fd 8, base64 of the command's stdin on fd 9. Runs in the background.
# stdout: "NONCE open", bytes, "NONCE end CODE"; stderr the same without the code. TERM and USR1 end the command.
portcullis_run() {
  portcullis_pid=
  portcullis_ended=
  trap 'portcullis_ended=yes; [ -z "$portcullis_pid" ] || kill -s TERM -- "-$portcullis_pid" 2>/dev/null' TERM
  trap 'portcullis_ended=yes; [ -z "$portcullis_pid" ] || kill -s KILL -- "-$portcullis_pid" 2>/dev/null' USR1
  printf '\n%s open\n' "$1"
  printf '\n%s open\n' "$1" >&2
  base64 -d <&9 2>/dev/null | exec setsid timeout -k 2 "$2" /bin/sh /dev/fd/8 9<&- &
  portcullis_pid=$!
  exec 8<&- 9<&-
  while :; do
    wait "$portcullis_pid" 2>/dev/null
    portcullis_code=$?
    kill -0 "$portcullis_pid" 2>/dev/null || break
  done
  # The first of a group to end is not the last to write: what the others still say must not reach the next frame. A few
  # looks are enough: after KILL nobody writes, and a group may be counted as there until somebody reaps it.
  portcullis_looks=0
  while [ -n "$portcullis_ended" ] && [ "$portcullis_looks" -lt 5 ] && kill -s KILL -- "-$portcullis_pid" 2>/dev/null; do
    portcullis_looks=$((portcullis_looks + 1))
    sleep 0.05 2>/dev/null || sleep 1
  done
  printf '\n%s end %s\n' "$1" "$portcullis_code"
  printf '\n%s end %s\n' "$1" "$portcullis_code" >&2
}

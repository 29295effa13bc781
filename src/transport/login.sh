#!/bin/sh
# First thing the login shell's /bin/sh reads. Rules: portcullis_go ends with one line "NONCE word detail" on stdout; asks
# nobody anything; a password is never expected here; sudo is used only when it is the real one (root-owned, setuid).
# Between this text and portcullis_go may stand what the shell does at once where it is root already:
# "if portcullis_at_once; then … fi". It is read whole before anything is decided, so that no bytes of it reach another shell.
# Set before: portcullis_nonce, portcullis_sudo (auto, password or none). SSH_CONNECTION is in the environment, and
# portcullis_clean where nothing is in it but what we put there (LOGIN_COMMAND).
# ready STATE: how root was reached ("root", "sudo", "none"); the shell that goes on reading stdin has that power.
: "${portcullis_nonce:?}" "${portcullis_sudo:?}"

# Text for the root shell: says that it is there, then becomes a clean shell. $1 nonce, $2 state, $3 SSH_CONNECTION.
# Short and on one line, because sudo writes it into its log.
# shellcheck disable=SC2016
portcullis_become='cd /; umask 022; printf "\n%s ready %s\n" "$1" "$2"; exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" LC_ALL=C SSH_CONNECTION="$3" /bin/sh'

portcullis_say() {
  printf '\n%s %s\n' "$portcullis_nonce" "$*"
}

portcullis_sudo_state() {
  if [ ! -e /usr/bin/sudo ]; then
    portcullis_say sudo-missing
  elif [ ! -u /usr/bin/sudo ] || [ "$(stat -L -c %u /usr/bin/sudo)" != 0 ]; then
    portcullis_say sudo-untrusted
  elif portcullis_text=$(/usr/bin/sudo -n -- /bin/sh -c : 2>&1 </dev/null); then
    if [ "$portcullis_sudo" = password ]; then
      portcullis_say sudo-password
    else
      portcullis_root sudo -n
    fi
  else
    case $portcullis_text in
      *'password is required'*) portcullis_say sudo-password ;;
      *) portcullis_say sudo-refused "$(printf %s "$portcullis_text" | tr '\n' ' ')" ;;
    esac
  fi
}

# portcullis_root STATE OPTION...: does not return when it works.
portcullis_root() {
  portcullis_state=$1
  shift
  exec /usr/bin/sudo "$@" -H -- /bin/sh -c "$portcullis_become" sh "$portcullis_nonce" "$portcullis_state" "$SSH_CONNECTION"
}

portcullis_same() {
  exec /bin/sh -c "$portcullis_become" sh "$portcullis_nonce" "$1" "$SSH_CONNECTION"
}

# The same for a root whose environment is clean already: nothing has to be started for it. $1 more words for the answer.
portcullis_here() {
  unset portcullis_clean
  cd / || exit 1
  umask 022
  portcullis_say ready root "$@"
}

# Whether this shell is the one that commands are for; then it says so, and that what stands behind is done.
portcullis_at_once() {
  [ -z "$portcullis_missing" ] && [ "$portcullis_uid" = 0 ] && [ "${portcullis_clean-}" = yes ] || return 1
  portcullis_done=yes
  portcullis_here at-once
}

portcullis_go() {
  if [ -n "${portcullis_done-}" ]; then
    return
  elif [ -n "$portcullis_missing" ]; then
    portcullis_say lacks "$portcullis_missing"
  elif [ "$portcullis_uid" = 0 ]; then
    if [ "${portcullis_clean-}" = yes ]; then portcullis_here; else portcullis_same root; fi
  elif [ "$portcullis_sudo" = none ]; then
    portcullis_same none
  else
    portcullis_sudo_state
  fi
}

portcullis_lacks() {
  for portcullis_tool in setsid timeout base64; do
    command -v "$portcullis_tool" >/dev/null 2>&1 || { echo "$portcullis_tool"; return; }
  done
  [ -e /dev/fd/0 ] || echo /dev/fd
}

# No core dump of ours on the host; dash, busybox and bash all know this one.
# shellcheck disable=SC3045
ulimit -c 0
portcullis_missing=$(portcullis_lacks)
portcullis_uid=$(id -u)

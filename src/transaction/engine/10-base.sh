# ---- answers, durable files, clocks, fault points

# One answer line; on a terminal for a person, else "key:plain text" or, for anything beyond a safe alphabet, "key=base64".
say() {
  if [ -n "$HUMAN" ]; then
    printf '%s: %s\n' "$1" "$2"
    return 0
  fi
  case $2 in
    '' | *[!A-Za-z0-9._:/@%+,-]*) printf '%s=%s\n' "$1" "$(printf %s "$2" | base64 | tr -d '\n')" ;;
    *) printf '%s:%s\n' "$1" "$2" ;;
  esac
}

# The same for a value that is base64 already.
say_encoded() {
  if [ -z "$HUMAN" ]; then printf '%s=%s\n' "$1" "$2"; else decode "$2" && say "$1" "$DECODED"; fi
}

finish_answer() {
  [ -n "$HUMAN" ] || printf 'end:%s\n' "$1"
  exit "$1"
}

# Stops with an exit code of the product's contract, a stable word and a sentence. A request that was not taken goes: it may hold secrets.
die() {
  case ${IN-} in "$STATE"/incoming.*) rm -rf "$IN" ;; esac
  say error "$2"
  say message "$3"
  finish_answer "$1"
}

# Texts that were decoded while this process ran: "base64 text", a line each. Here, because a rehearsal has no head.
KNOWN=$NL

# Puts the encoded text into ENCODED.
encode() {
  case $KNOWN in
    *" $1$NL"*)
      ENCODED=${KNOWN%%" $1$NL"*}
      ENCODED=${ENCODED##*"$NL"}
      # A blank: it was only the end of a longer text.
      case $ENCODED in *' '*) ;; *) return 0 ;; esac
      ;;
  esac
  ENCODED=$(printf %s "$1" | base64 | tr -d '\n')
}

# Puts the decoded text into DECODED; a trailing newline survives the command substitution behind the mark. The same paths
# come again and again, so texts of one line are kept.
decode() {
  case $KNOWN in
    *"$NL$1 "*)
      DECODED=${KNOWN#*"$NL$1 "}
      DECODED=${DECODED%%"$NL"*}
      return 0
      ;;
  esac
  DECODED=$(printf %s "$1" | base64 -d 2>/dev/null && printf x) || return 1
  DECODED=${DECODED%x}
  case $1$DECODED in *"$NL"*) ;; *) KNOWN=$KNOWN$1' '$DECODED$NL ;; esac
}

hash_text() {
  ht_sum=$(printf %s "$1" | sha256sum) || return 1
  printf %s "${ht_sum%% *}"
}

hash_file() {
  hf_sum=$(sha256sum <"$1") || return 1
  printf %s "${hf_sum%% *}"
}

# Centiseconds since boot, in NOW. The wall clock decides nothing here.
clock() {
  read -r NOW _rest </proc/uptime
  NOW=${NOW%.*}${NOW#*.}
  while :; do
    case $NOW in
      0?*) NOW=${NOW#0} ;;
      *) return 0 ;;
    esac
  done
}

trace() {
  [ -z "$TRACE" ] || [ -z "$T" ] || printf '%s\n' "$*" >>"$T/trace"
}

# Every durable write goes through here.
sync_path() {
  trace sync "$1"
  sync "$1"
}

# Replaces a file by what is on stdin: written aside, synced, renamed, directory synced.
put_durable() {
  cat >"$1.new~" && sync_path "$1.new~" && mv -fT "$1.new~" "$1" && sync_path "${1%/*}"
}

# The same with one line of text: put_line FILE TEXT.
put_line() {
  printf '%s\n' "$2" >"$1.new~" && sync_path "$1.new~" && mv -fT "$1.new~" "$1" && sync_path "${1%/*}"
}

# Named points for tests of faults. Active only while root keeps a private file there; each fires once (its stamp).
read_faults() {
  [ -f "$STATE/faults" ] && [ ! -L "$STATE/faults" ] || return 0
  [ "$(stat -c '%u %a' "$STATE/faults")" = '0 600' ] || return 0
  FAULTS=$(cat "$STATE/faults")
  case "$NL$FAULTS$NL" in *"${NL}trace on$NL"*) TRACE=on ;; esac
}

fp() {
  [ -n "$FAULTS" ] || return 0
  trace point "$1"
  case "$NL$FAULTS$NL" in *"$NL$1 "*) ;; *) return 0 ;; esac
  mkdir -p "$STATE/fault-stamps"
  mkdir "$STATE/fault-stamps/$1" 2>/dev/null || return 0
  sync
  fp_kind=${FAULTS#*"$1 "}
  case ${fp_kind%%"$NL"*} in
    exit) exit 70 ;;
    kill) kill -9 $$ ;;
    stop) kill -STOP $$ ;;
    hang) while :; do sleep 1; done ;;
    delay) sleep 1 ;;
    enospc) WHY="no space left on device (injected at $1)" && return 1 ;;
    eio) WHY="input/output error (injected at $1)" && return 1 ;;
  esac
}

sc() { timeout 60 systemctl --no-ask-password --no-pager "$@" </dev/null 8>&- 9>&-; }

note() { printf '%s\n' "$*" >>"$STATE/history.new~$$" && cat "$STATE/history.new~$$" >>"$STATE/history" && rm -f "$STATE/history.new~$$"; }

log() { printf '%s\n' "$*" >>"$T/log"; }

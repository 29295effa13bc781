# For all facts: SSH_CONNECTION of the login we came in by and its user, in $LOGIN; empty without one. A way to root drops
# the first and replaces the second, so the processes above us are asked, up to sshd, whose title names the user.
LOGIN='' user=''
pid=$$
while [ "${pid:-0}" -gt 1 ]; do
  name='' next=''
  while read -r key value; do
    case $key in
      Name:) name=$value ;;
      PPid:)
        next=$value
        break
        ;;
    esac
  done 2>/dev/null <"/proc/$pid/status"
  case $name in
    sshd*)
      # "sshd: ana@notty" or "sshd-session: ana@pts/0".
      title=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline")
      title=${title#*: }
      user=${title%@*}
      break
      ;;
  esac
  if grep -qs 'SSH_CONNECTION=[^ ]* ' "/proc/$pid/environ"; then
    found=$(tr '\0' '\n' <"/proc/$pid/environ" | grep -a '^SSH_CONNECTION=.')
    [ -n "$found" ] && LOGIN=$found
  fi
  pid=$next
done
[ -z "$LOGIN" ] && [ -n "${SSH_CONNECTION-}" ] && LOGIN=SSH_CONNECTION=$SSH_CONNECTION
[ -n "$LOGIN" ] && LOGIN="$LOGIN
USER=$user"
export LOGIN

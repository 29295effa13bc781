# SSH_CONNECTION and LOGNAME of the login we came in by, in LOGIN; empty without one. sudo drops them, so they are looked
# for in the processes above us as well.
LOGIN=
pid=$$
while [ "${pid:-0}" -gt 1 ]; do
  found=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -aE '^(SSH_CONNECTION|LOGNAME)=')
  case $found in
    *SSH_CONNECTION=*)
      LOGIN=$found
      break
      ;;
  esac
  next=
  while read -r key value; do
    [ "$key" = PPid: ] && next=$value && break
  done 2>/dev/null <"/proc/$pid/status"
  pid=$next
done
export LOGIN

# For all facts: SSH_CONNECTION and LOGNAME of the login we came in by, in $LOGIN; empty without one. sudo drops them, so they are looked
# for in the processes above us as well.
LOGIN=''
if [ -n "${SSH_CONNECTION-}" ]; then
  LOGIN="SSH_CONNECTION=$SSH_CONNECTION
LOGNAME=${LOGNAME-}"
fi
pid=$$
while [ -z "$LOGIN" ] && [ "${pid:-0}" -gt 1 ]; do
  if grep -qs 'SSH_CONNECTION=' "/proc/$pid/environ"; then
    LOGIN=$(tr '\0' '\n' <"/proc/$pid/environ" | grep -aE '^(SSH_CONNECTION|LOGNAME)=')
    case $LOGIN in *SSH_CONNECTION=*) ;; *) LOGIN='' ;; esac
  fi
  next=
  while read -r key value; do
    [ "$key" = PPid: ] && next=$value && break
  done 2>/dev/null <"/proc/$pid/status"
  pid=$next
done
export LOGIN

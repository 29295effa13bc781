# Ends the sshd processes in "$@": asked first, so that they close what they opened, then by force. None that we
# ourselves came by; and only sshd: what a stranger left running is evidence.
mine=' '
pid=$$
while [ "${pid:-0}" -gt 1 ]; do
  mine="$mine$pid "
  next=''
  while read -r key value; do
    if [ "$key" = PPid: ]; then
      next=$value
      break
    fi
  done 2>/dev/null <"/proc/$pid/status"
  pid=$next
done
is_theirs() {
  case $mine in *" $1 "*) return 1 ;; esac
  name=''
  read -r name 2>/dev/null <"/proc/$1/comm"
  case $name in sshd*) ;; *) return 1 ;; esac
}
for signal in TERM KILL; do
  left=''
  for pid; do
    if is_theirs "$pid" && kill -s "$signal" "$pid" 2>/dev/null; then left=yes; fi
  done
  [ -n "$left" ] || break
  [ "$signal" = KILL ] || sleep 0.5
done
exit 0

if ! command -v dpkg >/dev/null; then
  s other
  exit 0
fi
s audit
dpkg --audit 2>&1
s code "$?"
for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock; do
  inode=$(stat -c %i "$lock" 2>/dev/null) || continue
  while read -r _ _ _ mode pid id _; do
    [ "$mode" = WRITE ] || continue
    [ "${id##*:}" = "$inode" ] || continue
    s holder "$pid"
    cat "/proc/$pid/comm" 2>/dev/null
  done </proc/locks
done
# shellcheck disable=SC2016 # dpkg's own variables
s installed
dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u
exit 0

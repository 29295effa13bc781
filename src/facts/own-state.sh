root=/var/lib/portcullis
if [ ! -e "$root" ] && [ ! -L "$root" ]; then
  s absent
  exit 0
fi
s folder
stat -c '%a %u %F' "$root" || exit
[ -d "$root" ] && [ ! -L "$root" ] || exit 0
s user "$(id -u)"
[ -r "$root" ] && [ -x "$root" ] || exit 0
for part in "$root"/tx/*; do
  [ -d "$part" ] || continue
  s transaction
  printf '%s\n' "${part##*/}"
  s state
  head -c 64 "$part/state" 2>/dev/null
  s meta
  head -c 2000 "$part/meta" 2>/dev/null
done
exit 0

for path in / /etc /var/lib; do
  s path
  printf '%s\n' "$path"
  stat -f -c '%a %S %d' "$path" || exit
done
s mounts
grep -E '^[^ ]+ (/|/etc|/etc/ssh|/var|/var/lib|/var/lib/portcullis) ' /proc/self/mounts
exit 0

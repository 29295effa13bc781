# The account tables as files, without anything secret, and sudo's own view of its rules. Listing what sudo grants leaves no line in its logs.
me=$(id -u)
s uid "$me"
[ "$me" = 0 ] || exit 0
s passwd
cat /etc/passwd
s group
cat /etc/group
s numbers
grep -E '^[[:space:]]*(UID_MIN|UID_MAX|GID_MIN|GID_MAX)[[:space:]]' /etc/login.defs 2>/dev/null
# Numbers that a directory gave away, or that own what somebody left behind.
s taken
{ getent passwd; getent group; stat -c '::%u:%g::' /home/*; } 2>/dev/null | awk -F: '!seen[$3]++ { print $3 } NF > 5 && !seen[$4]++ { print $4 }'
[ ! -f /etc/shadow ] || s table shadow
if [ -f /etc/gshadow ]; then
  s gshadow
  cut -d: -f1,4 /etc/gshadow
fi
for tool in useradd pwck visudo; do ! command -v "$tool" >/dev/null || s tool "$tool"; done
command -v sudo >/dev/null || exit 0
s sudo
if command -v visudo >/dev/null; then
  said=$(visudo -c 2>&1)
  code=$?
  s visudo "$code"
  printf '%s\n' "$said"
fi
s root
sudo -n -l -U root </dev/null 2>&1
set --
for file in /etc/sudoers /etc/sudoers.d/* $(awk '/^[@#]include[ \t]/ { print $2 }' /etc/sudoers); do
  [ -f "$file" ] && set -- "$@" "$file"
done
contents file "$@"
exit 0

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
s engine
readlink "$root/engine"
for folder in "$root"/tx/*; do
  [ -f "$folder/meta" ] || continue
  state='' begun='' operator='' answers=''
  [ -f "$folder/state" ] && read -r state <"$folder/state"
  while read -r key value; do
    case $key in
      begun) begun=$value ;;
      operator) operator=$value ;;
      answers) answers=$value ;;
    esac
  done <"$folder/meta"
  settled=0
  [ -f "$folder/settled" ] && settled=1
  s transaction "$settled"
  printf '%s\n%s\n%s\n%s' "$state" "$begun" "$operator" "${folder##*/}"
  if [ -n "$answers" ] && [ "$state" = COMMITTED ] && [ ! -e "$folder/undone" ]; then
    s decided
    printf '%s' "$answers"
  fi
done
exit 0

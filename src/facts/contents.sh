# contents KIND FILE...: each file as a section of that kind (path), where a link leads, and its bytes; then one line of stat for each.
contents() {
  kind=$1
  shift
  [ "$#" -gt 0 ] || return 0
  for file in "$@"; do
    s "$kind"
    printf '%s' "$file"
    if [ -L "$file" ]; then
      s real
      realpath -- "$file" 2>/dev/null
    fi
    s content
    base64 -- "$file"
  done
  s "$kind-stat"
  stat -L -c '%a %u %g %h' -- "$@"
}

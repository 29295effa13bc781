me=$(id -u)
s uid "$me"
[ "$me" = 0 ] || exit 0
bin=$(command -v caddy) || {
  s missing
  exit 0
}
s version
caddy_quiet "$bin" version
s unit
unit=$(systemctl show --property=ActiveState,UnitFileState,User,ExecStart caddy.service)
printf '%s\n' "$unit"
user=$(printf '%s\n' "$unit" | sed -n 's/^User=//p')
user=${user:-root}
s user "$user"
id -u "$user"
id -G "$user"

# The Caddyfile that the unit names, then what it imports; a name that is no file is a snippet.
main=$(printf '%s\n' "$unit" | sed -n 's/^ExecStart=.* --config[ =]\([^ ;]*\).*/\1/p' | head -n 1)
main=${main:-/etc/caddy/Caddyfile}
s main
printf '%s' "$main"
nl='
'
set --
[ -f "$main" ] && set -- "$main"
IFS=$nl
round=0
while [ "$#" -gt 0 ] && [ "$round" -lt 16 ] && [ "$#" -lt 300 ]; do
  round=$((round + 1))
  before=$#
  set -f
  imports=$(awk '$1 == "import" { gsub(/^"|"$/, "", $2); print substr(FILENAME, 1, match(FILENAME, /[^\/]*$/) - 1) "\t" $2 }' "$@" </dev/null | sort -u)
  for found in $imports; do
    folder=${found%%"	"*} pattern=${found#*"	"}
    case $pattern in /*) ;; *) pattern=$folder$pattern ;; esac
    set +f
    for file in $pattern; do
      [ -f "$file" ] || continue
      for have in "$@"; do [ "$have" = "$file" ] && continue 2; done
      set -- "$@" "$file"
    done
    set -f
  done
  set +f
  [ "$#" = "$before" ] && break
done
unset IFS
contents file "$@"
[ "$#" -gt 0 ] || exit 0

# What Caddy makes of them; it reads, and does nothing else.
adapted=$(caddy_quiet "$bin" adapt --config "$main" --adapter caddyfile 2>/dev/null)
code=$?
s adapted "$code"
printf '%s\n' "$adapted"
if [ "$code" != 0 ]; then
  s refused
  caddy_quiet "$bin" adapt --config "$main" --adapter caddyfile 2>&1 >/dev/null | tail -n 1 | head -c 500
fi
s admin
caddy_admin
s loaded
caddy_loaded "$user"
note=$(caddy_note "$user")
if [ -f "$note" ]; then
  s loaded-json
  cat -- "$note"
fi

# The files of "tls CERTIFICATE KEY", what Caddy fetched, and what lies where such files lie.
certificates='' keys=''
set -f
IFS=$nl
for path in $(caddy_pairs "$adapted" certificate); do
  unset IFS
  certificates=$certificates$nl$path
  certificate "$path"
done
IFS=$nl
for path in $(caddy_pairs "$adapted" key); do
  unset IFS
  keys=$keys$nl$path
  key "$path"
done
set +f
unset IFS
store=$(caddy_folder "$user" XDG_DATA_HOME .local/share)
fetched=0
for path in "$store"/certificates/*/*/*.crt; do
  [ -f "$path" ] || continue
  [ "$fetched" -lt 40 ] || break
  fetched=$((fetched + 1))
  certificate "$path"
  s fetched
done
offered=0
for path in /etc/ssl/portcullis/* /etc/letsencrypt/live/*/fullchain.pem /etc/letsencrypt/live/*/privkey.pem \
  /etc/caddy/ssl/* /etc/caddy/certs/* /etc/ssl/private/*; do
  [ -f "$path" ] || continue
  [ "$offered" -lt 40 ] || break
  case $certificates$keys$nl in *"$nl$path$nl"*) continue ;; esac
  offered=$((offered + 1))
  if grep -q -e '-----BEGIN .*CERTIFICATE-----' -- "$path"; then certificate "$path"; fi
  if grep -q -e '-----BEGIN .*PRIVATE KEY-----' -- "$path"; then key "$path"; fi
done
s changed
IFS=$nl
# shellcheck disable=SC2086 # one path a line
stat -L -c '%.Z %n' -- "$@" $certificates 2>/dev/null
exit 0

me=$(id -u)
s uid "$me"
[ "$me" = 0 ] || exit 0
bin=$(command -v nginx) || {
  s missing
  exit 0
}
s version
said=$("$bin" -V 2>&1)
printf '%s\n' "$said"
s unit
systemctl show --property=ActiveState,UnitFileState nginx.service

# The main file, then what it includes, read as text: `nginx -T` would write logs and open sockets.
main=$(printf '%s\n' "$said" | sed -n 's/.*--conf-path=\([^ ]*\).*/\1/p')
main=${main:-/etc/nginx/nginx.conf}
s main
printf '%s' "$main"
nl='
'
# args NAME FILE...: what stands behind every directive of that name, a line each, quotes taken off. A comment may be among them: what is
# read too much does no harm.
args() {
  name=$1
  shift
  awk -v name="$name" '
    {
      line = $0
      while (match(line, "(^|[ \t;{}])" name "[ \t]+[^;{}]+;")) {
        word = substr(line, RSTART, RLENGTH - 1)
        line = substr(line, RSTART + RLENGTH - 1)
        sub("^.?" name "[ \t]+", "", word)
        gsub(/^[ \t"\047]+|[ \t"\047]+$/, "", word)
        print word
      }
    }' "$@" </dev/null
}
set --
[ -f "$main" ] && set -- "$main"
for file in /etc/nginx/conf.d/*.conf; do
  [ -f "$file" ] && [ "$file" != "$main" ] && set -- "$@" "$file"
done
IFS=$nl
patterns='' round=0
while [ "$#" -gt 0 ] && [ "$round" -lt 16 ] && [ "$#" -lt 300 ]; do
  round=$((round + 1))
  before=$#
  set -f
  patterns=$(args include "$@" | sort -u)
  for pattern in $patterns; do
    case $pattern in /*) ;; *) pattern=${main%/*}/$pattern ;; esac
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
s includes
printf '%s\n' "$patterns"
contents file "$@"
[ "$#" -gt 0 ] || exit 0
config=$*

# Those that the files name, and those that lie where such files lie.
certificates='' keys=''
set -f
for path in $(args ssl_certificate "$@" | sort -u); do
  unset IFS
  case $path in *\$* | data:*) continue ;; /*) ;; *) path=${main%/*}/$path ;; esac
  certificates=$certificates$nl$path
  certificate "$path"
done
IFS=$nl
for path in $(args ssl_certificate_key "$@" | sort -u); do
  unset IFS
  case $path in *\$* | data:* | engine:* | store:*) continue ;; /*) ;; *) path=${main%/*}/$path ;; esac
  keys=$keys$nl$path
  key "$path"
done
set +f
unset IFS
offered=0
for path in /etc/ssl/portcullis/* /etc/letsencrypt/live/*/fullchain.pem /etc/letsencrypt/live/*/privkey.pem \
  /etc/nginx/ssl/* /etc/nginx/certs/* /etc/ssl/private/*; do
  [ -f "$path" ] || continue
  [ "$offered" -lt 40 ] || break
  case $certificates$keys$nl in *"$nl$path$nl"*) continue ;; esac
  offered=$((offered + 1))
  if grep -q -e '-----BEGIN .*CERTIFICATE-----' -- "$path"; then certificate "$path"; fi
  if grep -q -e '-----BEGIN .*PRIVATE KEY-----' -- "$path"; then key "$path"; fi
done

# What it runs with against what stands on the disk.
s workers
nginx_workers
s changed
IFS=$nl
# shellcheck disable=SC2086 # one path a line
stat -L -c '%.Z %n' -- $config $certificates 2>/dev/null
exit 0

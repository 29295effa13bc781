# A renewal that changes nothing: certbot's own rehearsal, on a copy of its folder that is gone afterwards, without any program in its hooks.
# $1: what certbot calls the certificate. $2: directory of the authority; empty: where certbot rehearses by itself.
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
copy=$(mktemp -d /run/portcullis-renewal.XXXXXX) || exit 1
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
real=$(cd -P -- /etc/letsencrypt && pwd -P) || exit 1
# The folder may be a link: what is in it is copied, and only the copy loses its hooks.
mkdir "$copy/work" "$copy/log" "$copy/etc" && cp -a /etc/letsencrypt/. "$copy/etc/" && rm -rf "$copy/etc/renewal-hooks" || exit 1

# No link may lead out of the copy. Those of the folder into itself lead into the copy instead.
find "$copy/etc" -type l >"$copy/links" || exit 1
while IFS= read -r link; do
  to=$(readlink -- "$link")
  case $to in
    /etc/letsencrypt/*) to=${to#/etc/letsencrypt/} ;;
    "$real"/*) to=${to#"$real"/} ;;
    *) continue ;;
  esac
  ln -sfn -- "$copy/etc/$to" "$link" || exit 1
done <"$copy/links"
# What another leads to is copied: folders first, files lie in them. $1: "-d" for folders alone.
bring_in() {
  find "$copy/etc" -type l >"$copy/links" || exit 1
  brought=''
  while IFS= read -r link; do
    to=$(readlink -f -- "$link") || to=''
    case $to in "$copy"/*) continue ;; esac
    [ -z "$1" ] || [ -d "$to" ] || continue
    brought=yes
    rm -f -- "$link" || exit 1
    [ ! -e "$to" ] || cp -a -- "$to" "$link" || exit 1
  done <"$copy/links"
}
for _round in 1 2 3 4 5; do
  bring_in -d
  [ -n "$brought" ] || break
done
bring_in ''

# Paths in what is known of a certificate are whole ones. Hooks stand there too, and in certbot's own settings, which it reads where they are.
for file in "$copy"/etc/renewal/*.conf; do
  [ ! -f "$file" ] || sed -i -E -e '/^[[:space:]]*(pre|post|renew|deploy)[_-]hook/d' -e "s#^([[:space:]]*(archive_dir|cert|privkey|chain|fullchain)[[:space:]]*=[[:space:]]*)/etc/letsencrypt/#\1$copy/etc/#" "$file" || exit 1
done
name=$1 server=$2
set -- renew --dry-run --non-interactive --no-random-sleep-on-renew --cert-name "$name" --config-dir "$copy/etc" --work-dir "$copy/work" --logs-dir "$copy/log"
set -- "$@" --no-directory-hooks --pre-hook '' --post-hook '' --deploy-hook '' --renew-hook ''
[ -z "$server" ] || set -- "$@" --server "$server"
timeout 120 certbot "$@" >"$copy/said" 2>&1 </dev/null
printf 'ended %s\n' "$?"
grep -E '^ *(Failed|Attempting|An unexpected|Detail:|Type:|ValueError|.*[Ee]rror)' "$copy/said" | head -n 4

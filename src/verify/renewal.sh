# A renewal that changes nothing: certbot's own rehearsal, on a copy of its folder that is gone afterwards, without the programs in its hooks.
# $1: what certbot calls the certificate. $2: directory of the authority; empty: where certbot rehearses by itself.
umask 077
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
copy=$(mktemp -d /run/portcullis-renewal.XXXXXX) || exit 1
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$copy/work" "$copy/log" && cp -a /etc/letsencrypt "$copy/etc" && rm -rf "$copy/etc/renewal-hooks" || exit 1
name=$1 server=$2
set -- renew --dry-run --non-interactive --no-random-sleep-on-renew --cert-name "$name" --config-dir "$copy/etc" --work-dir "$copy/work" --logs-dir "$copy/log"
[ -z "$server" ] || set -- "$@" --server "$server"
timeout 120 certbot "$@" >"$copy/said" 2>&1 </dev/null
printf 'ended %s\n' "$?"
grep -E '^ *(Failed|Attempting|An unexpected|Detail:|Type:|ValueError|.*[Ee]rror)' "$copy/said" | head -n 4

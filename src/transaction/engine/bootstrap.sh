# Receives engine and request in one stream and starts the engine. $1 engine's sha256, $2 its bytes, $3 verb.
# shellcheck disable=SC2015 # "a && b || c" means: c when a or b fails
umask 077
state=/var/lib/portcullis
in=''
fail() {
  [ -z "$in" ] || rm -rf "$in"
  echo "error:$1"
  echo "message=$(printf %s "$2" | base64 | tr -d '\n')"
  echo end:5
  exit 5
}
trap '' HUP PIPE
[ "$(id -u)" = 0 ] || fail not-root 'the engine needs root'
[ -e "$state" ] || [ -L "$state" ] || mkdir -m 0700 "$state" || fail no-state "$state could not be made"
[ ! -L "$state" ] && [ "$(stat -c '%u %a' "$state")" = '0 700' ] || fail not-private "refusing: $state is not private to root"
in=$(mktemp -d "$state/incoming.XXXXXX") && cat >"$in/all" || fail no-space "no space in $state"
head -c "$2" "$in/all" >"$in/engine" && tail -c "+$(($2 + 1))" "$in/all" >"$in/request" && rm -f "$in/all" || fail no-space "no space in $state"
sum=$(sha256sum <"$in/engine")
[ "${sum%% *}" = "$1" ] || fail not-whole "the engine did not arrive whole (disk full?)"
engine=$state/engine-$1.sh
sync "$in/engine" && mv -f "$in/engine" "$engine" && sync "$state" || fail no-space "no space in $state"
exec /bin/sh "$engine" "$3" "$in"

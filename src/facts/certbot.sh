me=$(id -u)
s uid "$me"
[ "$me" = 0 ] || exit 0
command -v certbot >/dev/null || {
  s missing
  # Where there is a web server that it could serve, what it would find is told all the same.
  command -v nginx >/dev/null || exit 0
}
s timer
systemctl show --property=ActiveState,UnitFileState certbot.timer
s snap-timer
systemctl show --property=ActiveState,UnitFileState snap.certbot.renew.timer
for file in /etc/letsencrypt/renewal/*.conf; do
  [ -f "$file" ] || continue
  s lineage
  printf '%s' "$file"
  s says
  # Names of ways and of programs only.
  grep -E '^[[:space:]]*(authenticator|installer|renew_hook|deploy_hook|server)[[:space:]]*=' -- "$file"
done
s hooks
set --
for file in /etc/letsencrypt/renewal-hooks/deploy/*; do
  [ -f "$file" ] || continue
  set -- "$@" "$file"
  [ ! -x "$file" ] || printf '%s\n' "$file"
done
contents file "$@"

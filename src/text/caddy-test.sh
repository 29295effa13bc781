# For the engine and for a rehearsal: caddy_test now|broken: whether Caddy takes its Caddyfile, or one that it must refuse. Asked as the user
# that it runs as, who must be able to read what it names, and with a home that vanishes: it would make an authority of its own there.
caddy_test() {
  ct_user=$(sed -n 's/^User=//p' /etc/systemd/system/caddy.service.d/*.conf /etc/systemd/system/caddy.service /lib/systemd/system/caddy.service 2>/dev/null | head -n 1)
  # shellcheck disable=SC2016 # expanded by the inner shell
  ct_said=$(cd / && timeout 30 unshare -m sh -c '
    mount -t tmpfs -o mode=1777,size=8m none /tmp || exit 126
    [ "$2" != broken ] || { set -- "$1" broken /tmp/Caddyfile && echo "broken {" >/tmp/Caddyfile; }
    unset XDG_CONFIG_HOME XDG_DATA_HOME
    HOME=/tmp exec setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups caddy validate --config "$3" --adapter caddyfile
  ' sh "${ct_user:-root}" "$1" /etc/caddy/Caddyfile 2>&1 </dev/null)
  ct_code=$?
  # What it did on the way says nothing.
  printf '%s\n' "$ct_said" | grep -v -e '^{"level":"info"' -e '^{"level":"warn"' -e '^Valid configuration$'
  return "$ct_code"
}

# ---- the daemons' own checkers but sshd's, a closed list. Rules: asked only inside the place that vanishes; each can be asked about
# something broken, too, so that one that never says no is found out; 127: it is not there, 124 and more: it did not run.

# check NAME now|broken
check() {
  case $1 in
    visudo)
      if [ "$2" = broken ]; then printf 'root ALL\n' >/tmp/broken && set -- -f /tmp/broken; else set --; fi
      timeout 20 visudo -c "$@"
      ;;
    systemd-analyze:*)
      unit=${1#*:}
      if [ "$2" = broken ]; then unit=/tmp/broken.service && printf '[Service]\nType=simple\n' >"$unit"; fi
      timeout 20 systemd-analyze verify --man=no "$unit"
      ;;
    fail2ban)
      # An empty folder would not do: it takes that for a configuration.
      if [ "$2" = broken ]; then
        mkdir -p /tmp/broken.d && printf '[broken\n' >/tmp/broken.d/jail.conf && set -- -c /tmp/broken.d
      else
        set --
      fi
      timeout 30 fail2ban-client "$@" -t
      # 255 is its word for "no"; above 123 a shell says that it did not run.
      fail2ban_said=$?
      [ "$fail2ban_said" != 255 ] || fail2ban_said=1
      return "$fail2ban_said"
      ;;
    nginx)
      if [ "$2" = broken ]; then printf 'broken' >/tmp/broken && set -- -c /tmp/broken; else set --; fi
      timeout 20 nginx -t -q "$@"
      ;;
    caddy)
      command -v caddy >/dev/null || return 127
      caddy_test "$2"
      ;;
    nft)
      file=/etc/nftables.conf
      if [ "$2" = broken ]; then file=/tmp/broken && printf 'table {\n' >"$file"; fi
      timeout 20 nft -c -f "$file"
      ;;
    *) return 127 ;;
  esac </dev/null 2>&1
}

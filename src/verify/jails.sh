# What the running fail2ban does. Arguments: NONCE, then pairs: "jail NAME" or "ban NAME". A ban is of an address that nobody has
# (192.0.2.0/24, for documentation); it is lifted again here whatever was seen. Every answer is headed by "NONCE what …".
nonce=$1
shift
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

rules() {
  if command -v nft >/dev/null; then nft list ruleset; else iptables-save; fi 2>/dev/null
}

# within SECONDS yes|no ADDRESS: the address comes into the kernel's rules, or leaves them.
within() {
  tries=$(($1 * 5))
  while :; do
    if rules | grep -qwF "$3"; then now=yes; else now=no; fi
    [ "$now" != "$2" ] || return 0
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

# The server may still be starting.
tries=25
until fail2ban-client ping >/dev/null 2>&1; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || break
  sleep 0.2
done

while [ "$#" -ge 2 ]; do
  case $1 in
    jail)
      printf '%s jail %s\n' "$nonce" "$2"
      for action in $(fail2ban-client get "$2" actions 2>/dev/null | tail -n +2 | tr ',' ' '); do
        printf 'ports %s\n' "$(fail2ban-client get "$2" action "$action" port 2>/dev/null)"
      done
      fail2ban-client get "$2" ignoreip 2>/dev/null | sed -n 's/^[|`]- /ignore /p'
      ;;
    ban)
      # The clock is chance enough: an address that was used a moment ago would count as one that came back.
      address=192.0.2.$(($(date +%s) % 250 + 1)) shown=no lifted=no
      fail2ban-client set "$2" banip "$address" >/dev/null 2>&1 && within 10 yes "$address" && shown=yes
      fail2ban-client unban "$address" >/dev/null 2>&1 && within 10 no "$address" && lifted=yes
      printf '%s ban %s\n%s %s %s\n' "$nonce" "$2" "$address" "$shown" "$lifted"
      ;;
  esac
  shift 2
done
printf '%s end\n' "$nonce"

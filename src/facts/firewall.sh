# What filters packets here, from the kernel and from files. Listings are terse (no elements of sets) and cut: a host may have
# tens of thousands of them. "ufw status" is never asked, it starts a Python for what files and kernel say.
soon() { if command -v timeout >/dev/null; then timeout 4 "$@"; else "$@"; fi; }
if command -v nft >/dev/null; then
  s nft
  nft --version
  # Not being let at the ruleset is no empty ruleset.
  tables=$(soon nft list tables) || exit
  s tables
  printf '%s\n' "$tables"
  s ruleset
  soon nft -s -t list ruleset | head -c 200000
  case "
$tables
" in *"
table inet portcullis
"*)
    s own
    soon nft -s list table inet portcullis || exit
    ;;
  esac
fi
# Names of the old kernel interface's tables that are in use; nft does not show them.
s legacy
cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null
for name in ufw firewall-cmd netfilter-persistent iptables docker; do
  command -v "$name" >/dev/null && s tool "$name"
done
if command -v systemctl >/dev/null; then
  s units
  systemctl show --property=Id,LoadState,ActiveState,UnitFileState \
    nftables.service ufw.service firewalld.service netfilter-persistent.service portcullis-firewall.service
fi
# file PATH: path, bytes, where a link leads, owner and mode.
look() {
  [ -f "$1" ] || return 0
  s file "$1"
  base64 "$1"
  s real
  readlink -f "$1"
  s stat
  stat -L -c '%a %u %g %h' "$1"
}
look /etc/portcullis/firewall.nft
look /etc/systemd/system/portcullis-firewall.service
look /etc/nftables.conf
look /etc/ufw/ufw.conf
look /etc/default/ufw
look /etc/ufw/user.rules
look /etc/ufw/user6.rules
if command -v ufw >/dev/null; then
  for name in before before6 after after6; do look "/etc/ufw/$name.rules"; done
  for name in before.init after.init; do
    [ ! -x "/etc/ufw/$name" ] || s hook "$name"
  done
  # Listing and trying load nothing with today's iptables; the old interface would load a module, so it is asked only where it is in use.
  for family in 4 6; do
    program=iptables old=/proc/net/ip_tables_names file=/etc/ufw/user.rules
    [ "$family" = 4 ] || program=ip6tables old=/proc/net/ip6_tables_names file=/etc/ufw/user6.rules
    case $(soon "$program" --version 2>/dev/null) in
      *nf_tables*)
        said=$(soon "$program-restore" -n --test <"$file" 2>&1)
        s tried "$file" "$?"
        printf '%s\n' "$said" | head -c 2000
        ;;
      *) grep -q -s -x filter "$old" || continue ;;
    esac
    s kernel "$family"
    soon "$program-save" -t filter | head -c 150000
  done
  s addresses
  command -v ip >/dev/null && ip -o addr show
fi
s ipv6
cat /proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null
exit 0

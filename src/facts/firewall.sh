# What filters packets here, from the kernel and from files. Long sets are left out and listings cut: a host may have tens of
# thousands of elements. "ufw status" is never asked, it starts a Python for what files and kernel say.
soon() { if command -v timeout >/dev/null; then timeout 4 "$@"; else "$@"; fi; }

# A ruleset on stdin with sets of up to 4,000 bytes; of what is left out and of what is empty a comment says so. A set of single
# addresses that is left out is named on fd 4.
short_sets() {
  awk -v terse="$1" '
    /^table / { table = $2 " " $3 }
    /^\t(set|map) .* \{$/ { name = $2; of = ""; told = 0; set = 1 }
    set && /^\t\ttype(of)? / { of = $0; sub(/^\t\ttype(of)? /, "", of) }
    set && /^\t\telements = \{/ { inside = 1; told = 1; text = "" }
    inside {
      if (length(text) <= 4000) text = text $0 "\n"
      if ($0 !~ /\}$/) next
      inside = 0
      if (length(text) <= 4000) printf "%s", text
      else {
        print "\t\t# elements left out"
        if (of ~ /^(ipv4_addr|ip [sd]addr)$/) print "large " table " " name " 203.0.113.77" | "cat >&4"
        if (of ~ /^(ipv6_addr|ip6 [sd]addr)$/) print "large " table " " name " 2001:db8::77" | "cat >&4"
      }
      next
    }
    set && /^\t\}$/ { if (!told && !terse) print "\t\t# no elements"; set = 0 }
    { print }
  '
}

# rules TERSE OPTION...: the ruleset to fd 3; on stdout what nft says besides, how it failed, and the names of long sets.
rules() {
  terse=$1
  shift
  { { soon nft "$@" list ruleset || echo "exit $?" >&4; } 2>&4 | short_sets "$terse" | head -c 400000 >&3; } 4>&1
}

if command -v nft >/dev/null; then
  s nft
  nft --version
  # Not being let at the ruleset is no empty ruleset.
  tables=$(soon nft list tables) || exit
  s tables
  printf '%s\n' "$tables"
  exec 3>&1
  s ruleset
  said=$(rules '' -s)
  case $said in
    *'exit 124'*)
      s ruleset
      said=$(rules yes -s -t)
      ;;
  esac
  # Whoever cannot decode a rule says so and lists the rest: such a listing is not the ruleset. Where Docker has IPv6 rules nft of
  # Debian 12 loses what rewrites addresses; those rules let nobody in and keep nobody out.
  odd=$(printf '%s\n' "$said" | grep -v -e '^large ' -e '^$' -e '^#' -E -e '^XT target (DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP) not found$')
  [ -z "$odd" ] || {
    s unread
    printf '%s\n' "$odd" | head -c 400
  }
  # Of a long set the kernel tells whether it holds who is logged in here, and an address that nobody has.
  client=$(printf '%s\n' "$LOGIN" | sed -n 's/^SSH_CONNECTION=\([0-9a-fA-F:.]*\).*/\1/p')
  printf '%s\n' "$said" | sed -n 's/^large //p' | head -n 6 | while read -r family table name nobody; do
    for address in "$nobody" "$client"; do
      case $nobody:$address in *.*:*:* | *:*:*.*.* | *:) continue ;; esac
      case $(soon nft get element "$family" "$table" "$name" "{ $address }" 2>&1 && echo held) in
        *held) s asked "$family" "$table" "$name" "$address" yes ;;
        *'No such file'*) s asked "$family" "$table" "$name" "$address" no ;;
      esac
    done
  done
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

# ---- real packets in a rehearsal: the host's own rules and the planned ones in this network namespace, another one beside it with the
# operator's address and a stranger's, and connections from there to listeners here, on every port that matters.
# shellcheck disable=SC2015,SC2154 # sshd is set by what comes after; "a && b || c" means: c when a or b fails

# present_rules: what filters on this host now and which addresses it has, for fd 3 of the place. iptables is only asked about rules of
# its own that are there already: asking would make some.
present_rules() {
  if command -v ip >/dev/null 2>&1; then
    echo '#PART addresses'
    ip -o addr show 2>/dev/null
  fi
  theirs=''
  if command -v nft >/dev/null 2>&1; then
    echo '#PART nft'
    rules=$(timeout 20 nft -s list ruleset 2>/dev/null) && printf '%s\n' "$rules" || echo '#FAILED nft'
    case $rules in *'managed by iptables-nft'*) theirs=yes ;; esac
  fi
  ! grep -qs . /proc/net/ip_tables_names /proc/net/ip6_tables_names || theirs=yes
  [ -n "$theirs" ] || return 0
  for program in iptables ip6tables; do
    echo "#PART $program"
    timeout 20 "$program-save" 2>/dev/null || echo "#FAILED $program"
  done
}

packets_not() {
  echo "NOPACKETS $1"
  PACKETS=no
}

# load_present DIRECTORY: what present_rules said, loaded here. Tables of iptables-nft go back the way they came.
load_present() {
  awk -v dir="$1" '
    /^#FAILED / { print $2 >(dir "/failed"); next }
    /^#PART / { file = dir "/" $2; printf "" >file; next }
    { print >file }
  ' <&3
  [ ! -e "$1/failed" ] || { packets_not 'the rules of this host could not be read'; return 1; }
  if [ -s "$1/nft" ]; then
    awk '
      /^# Warning: table .* is managed by iptables-nft/ { skip = 1; next }
      skip && /^}/ { skip = 0; next }
      !skip { print }
    ' "$1/nft" >"$1/nft.own"
    said=$(timeout 20 nft -f "$1/nft.own" 2>&1) || { packets_not "the nft rules of this host could not be loaded beside it: $said"; return 1; }
  fi
  for program in iptables ip6tables; do
    [ ! -s "$1/$program" ] || said=$(timeout 20 "$program-restore" <"$1/$program" 2>&1) || {
      packets_not "the $program rules of this host could not be loaded beside it: $said"
      return 1
    }
  done
}

far() { nsenter --net=/run/portcullis/far "$@"; }

# build_net SERVER OPERATOR STRANGER4 STRANGER6: a wire between this namespace and the far one; here the name and the addresses of the
# interface by which the operator comes. Sets SERVER4 and SERVER6.
build_net() {
  for tool in ip nsenter bash; do
    command -v "$tool" >/dev/null 2>&1 || { packets_not "this host has no $tool"; return 1; }
  done
  near=$(awk -v a="$1" '{ split($4, part, "/"); if (part[1] == a) { print $2; exit } }' /run/portcullis/present/addresses)
  case $near in '' | lo) near=portcullis0 ;; esac
  near=${near%%@*}
  other() { awk -v i="$near" -v f="$1" '$2 == i && $3 == f && / scope global/ && !/deprecated|temporary/ { split($4, part, "/"); print part[1]; exit }' /run/portcullis/present/addresses; }
  SERVER4=$(other inet) SERVER6=$(other inet6)
  case $1 in *:*) SERVER6=$1 ;; *) SERVER4=$1 ;; esac
  SERVER4=${SERVER4:-192.0.2.1} SERVER6=${SERVER6:-2001:db8::1}
  : >/run/portcullis/far && unshare --net=/run/portcullis/far true &&
    ip link set lo up && ip link add "$near" type veth peer name portcullis1 &&
    ip link set portcullis1 netns /run/portcullis/far && ip link set "$near" up && far ip link set portcullis1 up &&
    ip addr add "$SERVER4/32" dev "$near" && ip route add default dev "$near" || { packets_not 'no network could be built'; return 1; }
  ip addr add "$SERVER6/128" dev "$near" nodad 2>/dev/null && ip -6 route add default dev "$near" 2>/dev/null || SERVER6=''
  for address in "$2" "$3" "$4"; do
    case $address in
      *:*) [ -z "$SERVER6" ] || far ip addr add "$address/128" dev portcullis1 nodad ;;
      *) far ip addr add "$address/32" dev portcullis1 ;;
    esac || { packets_not 'no network could be built'; return 1; }
  done
}

# listen PORTS (joined by commas): one sshd takes what comes on all of them, in both families.
listen() {
  # shellcheck disable=SC2046 # ports, split on purpose
  "$sshd" -D -f /dev/null -o PidFile=none -o UsePAM=no $(printf ' -p %s' $(printf %s "$1" | tr , ' ')) </dev/null >/dev/null 2>&1 &
  tries=60
  for port in $(printf %s "$1" | tr , ' '); do
    until grep -q "^ *[0-9]*: 0*:$(printf %04X "$port") [0-9A-F]*:0000 0A " /proc/net/tcp; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || { packets_not 'no listener could be started'; return 1; }
      sleep 0.05
    done
  done
}

knock_once() { # WHEN WHO FAMILY SERVER PORT
  # shellcheck disable=SC2016 # expanded by the inner shell
  if far timeout 1.5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$4" "$5" 2>/dev/null; then answer=open; else answer=closed; fi
  echo "PACKET $1 $2 $3 $5 $answer"
}

# knock WHEN OPERATOR STRANGER4 STRANGER6 PORTS: a line for each port, family and source: did a connection come about?
knock() {
  for who in "operator $2" "stranger $3 $4"; do
    knocks=''
    for source in ${who#* }; do
      case $source in
        *:*) server=$SERVER6 family=ipv6 length=128 ;;
        *) server=$SERVER4 family=ipv4 length=32 ;;
      esac
      [ -n "$server" ] || continue
      far ip route replace "$server/$length" dev portcullis1 src "$source" || { packets_not 'no route'; return 1; }
      for port in $(printf %s "$5" | tr , ' '); do
        knock_once "$1" "${who%% *}" "$family" "$server" "$port" &
        knocks="$knocks $!"
      done
    done
    # shellcheck disable=SC2086 # process ids, split on purpose; the listener goes on
    [ -z "$knocks" ] || wait $knocks
  done
}

# prepare_packets SERVER OPERATOR STRANGER4 STRANGER6 PORTS: once, and how it is today.
prepare_packets() {
  [ -z "$PACKETS" ] || return 0
  PACKETS=yes
  mkdir -p /run/portcullis/present && load_present /run/portcullis/present || return 0
  build_net "$1" "$2" "$3" "$4" && listen "$5" && knock before "$2" "$3" "$4" "$5"
}

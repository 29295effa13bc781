#!/bin/sh
# Waits until systemd-nspawn ($1) has started the host's first process and given it its link, then sets the
# addresses of both ends. Prints the process id of the host's PID 1.
# $2 link  $3 IPv4 prefix (first three parts)  $4 IPv6 prefix
set -eu
nspawn=$1 link=$2 v4=$3 v6=$4
wait_until() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ -d "/proc/$nspawn" ] || { echo "systemd-nspawn ended" >&2; exit 1; }
    [ "$tries" -lt 500 ] || { echo "waited 10 s for: $*" >&2; exit 1; }
    sleep 0.02
  done
}
find_leader() {
  children=$(cat "/proc/$nspawn/task/"*/children 2>/dev/null)
  for pid in $children; do
    # The host's PID 1 is the child that is number 1 in its own PID namespace.
    case $(grep '^NSpid:' "/proc/$pid/status" 2>/dev/null) in *'	1') leader=$pid; return 0 ;; esac
  done
  return 1
}
inside() { nsenter -t "$leader" -n "$@"; }
leader=''
wait_until find_leader
wait_until test -e "/sys/class/net/$link"
wait_until inside test -e /proc/self/net/dev
wait_until inside ip -o link show host0 >/dev/null 2>&1

# The stranger's IPv6 address is used only by those who bind to it (preferred_lft 0).
# Nothing a host sends is ever passed on.
echo 0 >"/proc/sys/net/ipv4/conf/$link/forwarding"
ip -batch - <<EOT
addr add $v4.1/24 dev $link
addr add $v4.9/24 dev $link
addr add $v6::1/64 dev $link nodad
addr add $v6::9/64 dev $link nodad preferred_lft 0
link set $link up
EOT
inside ip -batch - <<EOT
link set lo up
addr add $v4.2/24 dev host0
addr add $v6::2/64 dev host0 nodad
link set host0 up
route add default via $v4.1
EOT
echo "$leader"

# Addresses and routes as the kernel has them; a host need not have `ip`. Cut: a router may have a whole internet of routes.
s routes4
tail -n +2 /proc/net/route 2>/dev/null | head -n 500
s routes6
awk '$10 != "lo" && $1 !~ /^ff/' /proc/net/ipv6_route 2>/dev/null | head -n 500
s addresses4
head -c 2000000 /proc/net/fib_trie 2>/dev/null | awk '$1 == "/32" && $2 == "host" && $3 == "LOCAL" { print last } { last = $2 }' | sort -u | head -n 200
s addresses6
head -n 200 /proc/net/if_inet6 2>/dev/null
exit 0

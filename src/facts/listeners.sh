if command -v ss >/dev/null; then
  list=$(ss -H -ltnup) || exit
  s sockets
  printf '%s\n' "$list"
  pids=$(printf '%s\n' "$list" | grep -o 'pid=[0-9]*' | sort -u)
else
  # The kernel's own tables: TCP in state 0A and UDP in state 07 wait for somebody.
  for table in tcp tcp6 udp udp6; do
    [ -r "/proc/net/$table" ] || continue
    s table "$table"
    grep -E '^ *[0-9]+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:0000 0[A7] ' "/proc/net/$table"
  done
  # Process and inode of every socket that some process holds. The first arrow decides: a file may be named like a socket.
  s holders
  # shellcheck disable=SC2012 # link targets are needed, and -q keeps a hostile one on its line
  holders=$(ls -lnq /proc/[0-9]*/fd 2>/dev/null | awk '
    /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/") }
    /^[^>]*-> socket:\[[0-9]+\]$/ { inode = $NF; gsub(/[^0-9]/, "", inode); print part[3], inode }')
  printf '%s\n' "$holders"
  pids=$(printf '%s\n' "$holders" | cut -d' ' -f1 | sort -u)
fi
for pid in $pids; do
  pid=${pid#pid=}
  s unit "$pid"
  cat "/proc/$pid/cgroup" 2>/dev/null
  s name "$pid"
  cat "/proc/$pid/comm" 2>/dev/null
done
exit 0

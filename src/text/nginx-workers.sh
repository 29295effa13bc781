# For a fact and a proof: when the processes of nginx that take connections were started, by its unit. An old one that only finishes
# what it has begun is left out. A line each: seconds since 1970, with what its title says behind it.
nginx_workers() {
  nw_main=$(systemctl show --property=MainPID --value nginx.service 2>/dev/null)
  case $nw_main in '' | 0 | *[!0-9]*) return 0 ;; esac
  nw_now=$(date +%s.%N)
  read -r nw_up _ </proc/uptime
  for nw_pid in $(tr " " "\n" 2>/dev/null <"/proc/$nw_main/task/$nw_main/children"); do
    nw_title=$(tr '\0' ' ' 2>/dev/null <"/proc/$nw_pid/cmdline")
    case $nw_title in *'worker process is shutting down'*) continue ;; *'worker process'*) ;; *) continue ;; esac
    sed 's/.*) //' "/proc/$nw_pid/stat" 2>/dev/null | awk -v now="$nw_now" -v up="$nw_up" '{ printf "%.2f\n", now - up + $20 / 100 }'
  done
}

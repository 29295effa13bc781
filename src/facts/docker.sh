me=$(id -u)
s uid "$me"
[ "$me" = 0 ] || exit 0
# A daemon of this host, not one inside a container. Its socket is not asked before: systemd would start what is stopped.
pid=''
for file in /run/docker.pid /run/snap.docker/docker.pid; do
  one=$(cat "$file" 2>/dev/null)
  if [ "$(cat "/proc/$one/comm" 2>/dev/null)" = dockerd ]; then pid=$one socket=${file%.pid}.sock; fi
done
# Our own part, and the links that lead outside: those of the default routes.
if command -v nft >/dev/null; then
  tables=$(nft list tables) || exit
  case "
$tables
" in *"
table inet portcullis_docker
"*)
    s guard
    nft -s list table inet portcullis_docker || exit
    ;;
  esac
fi
for path in /etc/portcullis/docker.nft /etc/systemd/system/docker.service.d/portcullis.conf; do
  [ -f "$path" ] || continue
  s file "$path"
  base64 "$path"
  s real
  readlink -f "$path"
  s stat
  stat -L -c '%a %u %g %h' "$path"
done
s outside
{
  awk '$2 == "00000000" && $8 == "00000000" { print $1 }' /proc/net/route
  awk '$1 ~ /^0+$/ && $2 == "00" && $10 != "lo" { print $10 }' /proc/net/ipv6_route
} 2>/dev/null | sort -u
if [ -z "$pid" ]; then
  if command -v dockerd >/dev/null; then s stopped; else s absent; fi
  exit 0
fi
s command
tr '\0' '\n' <"/proc/$pid/cmdline"
# Only what is asked for leaves the host: the file may hold credentials of a log service.
s settings
file=$(tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n 's/^--config-file=//p')
[ ! -r "${file:=/etc/docker/daemon.json}" ] || tr '\n' ' ' <"$file" |
  grep -oE '"(iptables|userland-proxy|live-restore)"[[:space:]]*:[[:space:]]*(true|false)'
ask() { docker --config /nonexistent --host "unix://$socket" "$@"; }
s version
ask version --format '{{.Server.Version}}' || exit
s containers
ask ps --no-trunc --format '{{.Names}}	{{.Image}}	{{.Ports}}' || exit
# In the mode of the commands that Docker itself calls.
rules='' rules6=''
if command -v iptables-save >/dev/null; then
  rules=$(iptables-save) || exit
  rules6=$(ip6tables-save) || exit
fi
s mode
iptables-save --version 2>/dev/null
s chains4
printf '%s\n' "$rules" | grep -E '^(:DOCKER|-A DOCKER-USER) '
s chains6
printf '%s\n' "$rules6" | grep -E '^(:DOCKER|-A DOCKER-USER) '
s bridges
for bridge in $(printf '%s\n' "$rules" "$rules6" | sed -n 's/^-A .* -o \([^ ]*\) .*/\1/p' | sort -u); do
  [ ! -d "/sys/class/net/$bridge/bridge" ] || printf '%s\n' "$bridge"
done
exit 0

# What this host says of itself after a change, in one go. Reads only. Arguments: NONCE PORT SERVER_ADDRESS, then USER ADDRESS
# for each login that sshd is asked about (both empty = nobody in particular). Every answer is headed by "NONCE what …".
nonce=$1 port=$2 server=$3
shift 3
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH

while [ "$#" -ge 2 ]; do
  if [ -z "$1" ]; then
    said=$(sshd -T 2>&1)
  else
    said=$(sshd -T -C "user=$1,host=$2,addr=$2,laddr=$server,lport=$port" 2>&1)
  fi
  printf '%s effective %s %s,%s\n%s\n' "$nonce" "$?" "$1" "$2" "$said"
  shift 2
done

# Sockets of sshd, and of PID 1 where a socket unit holds the listener. From the kernel's own tables: ss may not be installed.
mine=
for process in /proc/[0-9]*; do
  # A process may end while we look.
  read -r name 2>/dev/null <"$process/comm" || continue
  case $name:$process in
    sshd:* | systemd:/proc/1)
      # Names in fd are numbers; find -printf and readlink of many are not everywhere.
      # shellcheck disable=SC2012
      for socket in $(ls -l "$process/fd" 2>/dev/null | sed -n 's/.* -> socket:\[\([0-9]*\)\]$/\1/p'); do
        mine="$mine $socket=$name"
      done
      ;;
  esac
done
printf '%s listeners\n' "$nonce"
for family in tcp tcp6; do
  [ -r "/proc/net/$family" ] || continue
  awk -v family="$family" -v mine="$mine" '
    BEGIN {
      count = split(mine, pairs, " ")
      for (i = 1; i <= count; i++) { split(pairs[i], pair, "="); owner[pair[1]] = pair[2] }
    }
    $4 == "0A" && ($10 in owner) { split($2, ends, ":"); print family, ends[2], owner[$10] }
  ' "/proc/net/$family"
done

printf '%s addresses\n' "$nonce"
if command -v ip >/dev/null; then
  ip -o addr show scope global | awk '{ print $4 }'
elif command -v hostname >/dev/null; then
  hostname -I
fi
# Where this login came in, as this host sees it: through a port forward not where it was dialled.
printf '%s door %s\n' "$nonce" "${SSH_CONNECTION##* }"
printf '%s end\n' "$nonce"

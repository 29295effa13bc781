#!/bin/sh
# Takes one lab host away: its processes, mounts, link, files and, last of all, its record.
# $1 is the host's record directory. With $2 = wait it first waits until its stdin closes, which the kernel sees to
# when the process that booted the host ends, however it ends. Touches only what the record names.
set -u
record=$1

if [ "${2-}" = wait ]; then
  trap '' HUP INT TERM PIPE
  while read -r _; do :; done
fi

# Two reapers of one host (its own, and a sweep) take turns; the second finds nothing left.
exec 9>>"$record.lock" && flock 9 || exit 1
[ -d "$record" ] || { rm -f "$record.lock"; exit 0; }

cgroup=$(cat "$record/cgroup" 2>/dev/null) || cgroup=''
data=$(cat "$record/data" 2>/dev/null) || data=''
link=$(cat "$record/link" 2>/dev/null) || link=''
failed=0

kill_members() {
  if [ -w "$1/cgroup.kill" ]; then
    echo 1 >"$1/cgroup.kill"
  else
    find "$1" -name cgroup.procs -exec cat {} + | while read -r pid; do kill -9 "$pid"; done
  fi
}

if [ -n "$cgroup" ] && [ -d "$cgroup" ]; then
  kill_members "$cgroup"
  tries=0
  while ! grep -q '^populated 0' "$cgroup/cgroup.events"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 200 ]; then
      echo "processes of $record did not end" >&2
      exit 1
    fi
    sleep 0.05
  done
fi

if [ -n "$data" ] && [ -f "$data/portcullis-lab-host" ]; then
  for mount in "$data"/disks/* "$data/root"; do
    if mountpoint -q "$mount"; then
      umount --recursive "$mount" || umount --recursive --lazy "$mount" || failed=1
    fi
  done
  # The kernel may hold an overlay for a moment after its last process; nothing is removed below a live mount.
  if mountpoint -q "$data/root"; then
    failed=1
  else
    rm -rf --one-file-system -- "$data" || failed=1
  fi
fi

if [ -n "$link" ] && [ -e "/sys/class/net/$link" ]; then
  ip link delete "$link" || failed=1
fi

if [ -n "$cgroup" ]; then
  # On a machine with the hybrid hierarchy, systemd-nspawn made a twin under the name=systemd tree.
  for tree in "$cgroup" "/sys/fs/cgroup/systemd/portcullis-lab/${cgroup##*/}"; do
    [ -d "$tree" ] && find "$tree" -depth -type d -exec rmdir {} \;
  done
fi

[ "$failed" = 0 ] || { echo "host $record was not taken away wholly" >&2; exit 1; }
rm -rf -- "$record"
rm -f "$record.lock"

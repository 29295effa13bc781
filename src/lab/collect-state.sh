#!/bin/sh
# Runs inside a host, as root, reading only: the state that is not files. Each section starts with a line "== name".
set -u
export LC_ALL=C
section() { printf '== %s\n' "$1"; }

section unit-files
systemctl list-unit-files --no-legend --no-pager --full
section units
systemctl show --no-pager \
  --property=Id,ActiveState,SubState,NeedDaemonReload,FragmentPath,DropInPaths '*'
section packages
dpkg-query --show --showformat='${Package}:${Architecture} ${Version} ${db:Status-Abbrev}\n'
for table in passwd group shadow gshadow; do
  section "$table"
  cat "/etc/$table"
done
section sysctls
# Some parameters may only be written; their read errors are expected on any kernel.
sysctl --all 2>/dev/null
section bans
if command -v fail2ban-client >/dev/null && fail2ban-client ping >/dev/null 2>&1; then
  fail2ban-client banned
fi
# Asked only where the daemon runs: a question to its socket would start it.
if [ -r /run/docker.pid ] && [ -d "/proc/$(cat /run/docker.pid)" ]; then
  section containers
  docker ps --all --no-trunc --format '{{.Names}} {{.ID}} {{.Image}} {{.State}} {{.Ports}}' | sort
  section networks
  docker network ls --no-trunc --format '{{.Name}} {{.ID}} {{.Driver}}' | sort
  section volumes
  docker volume ls --format '{{.Name}} {{.Driver}}' | sort
fi
section end

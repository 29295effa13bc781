#!/bin/sh
# The Portcullis host engine: one fixed text for every transaction; it reads data, it is never made from values.
# Rules: intent is durable before effect; every change of state is a compare-and-swap under the decision lock;
# taking back looks at what is there and can be killed and run again at any line; access to the host comes first;
# nothing here needs a network, /tmp, python or free disk blocks to take a change back. Made for dash and busybox sh.
# "a && b || c" below always means: c when a or b fails (shellcheck SC2015 is of another mind).
# Undo by hand, as root on the console:  sh /var/lib/portcullis/engine undo TRANSACTION
# shellcheck disable=SC2015

case ${1-} in
  --clean) shift ;;
  *) exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C /bin/sh "$0" --clean "$@" ;;
esac

set -u
umask 077
# shellcheck disable=SC3045 # dash and busybox have it; no core file may hold what we read
ulimit -c 0
trap '' HUP PIPE

FORMAT=1
STATE=/var/lib/portcullis
UNITS=/etc/systemd/system
# Seconds until the timer shows that it fires; a reload of the service manager begins them anew.
CANARY_DELAY=0.3
NEED_KIB=65536
MAX_ATTEMPTS=10
NL='
'
ENGINE=$(readlink -f "$0")
T=''
TX=''
WHY=''
FAULTS=''
HUMAN=''
TRACE=''
# Directories that were found safe, or roomy enough, while this process ran; a line each.
SAFE_PARENTS=''
ROOMY=''
read -r BOOT </proc/sys/kernel/random/boot_id

s release
cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release
s kernel
cat /proc/sys/kernel/osrelease || exit
s machine
uname -m

s boot
cat /proc/sys/kernel/random/boot_id || exit
s uptime
cat /proc/uptime || exit
s now
date +%s

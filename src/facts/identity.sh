s machine
cat /etc/machine-id 2>/dev/null
s hostname
cat /proc/sys/kernel/hostname

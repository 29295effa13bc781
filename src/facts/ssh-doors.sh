# Where sshd is to listen: by its configuration, and by sockets that start it. Lean, because a lockdown waits for it.
if [ ! -x "$SSHD" ]; then
  s absent
  exit 0
fi
s effective
ask_sshd -T 2>/dev/null | grep -E '^(port|listenaddress) '
[ -d /run/systemd/system ] || exit 0
s sockets
systemctl show -p ActiveState -p Listen ssh.socket sshd.socket
exit 0

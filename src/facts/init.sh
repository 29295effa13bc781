if [ -d /run/systemd/system ]; then
  s systemd
  systemctl show --property=Version --property=SystemState
else
  s other
fi

# logind knows every login; without it sshd's own process titles tell who is on.
if ids=$(loginctl list-sessions --no-legend 2>/dev/null); then
  s logind
  # shellcheck disable=SC2046
  set -- $(printf '%s\n' "$ids" | while read -r id _; do printf '%s\n' "$id"; done)
  [ "$#" -eq 0 ] && exit 0
  loginctl show-session -p Name -p RemoteHost -p TTY -p Timestamp -p Class -- "$@"
  exit 0
fi
s titles
# The pattern is written so that grep does not find itself.
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -aE '^sshd(-session)?[:] .*@'
exit 0

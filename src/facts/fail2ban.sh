if command -v fail2ban-client >/dev/null; then
  s installed
else
  s missing
  exit 0
fi
s version
sed -n 's/^version *= *"\([^"]*\)".*/\1/p' /usr/lib/python3/dist-packages/fail2ban/version.py
s unit
systemctl show --property=ActiveState,UnitFileState fail2ban.service
s journal
[ -d /usr/lib/python3/dist-packages/systemd ] && echo yes
set --
for file in /etc/fail2ban/fail2ban.local /etc/fail2ban/jail.local /etc/fail2ban/jail.d/*.conf /etc/fail2ban/jail.d/*.local; do
  [ -f "$file" ] && set -- "$@" "$file"
done
contents file "$@"
# The running server is asked over its own socket ($ASK, fail2ban-ask.py): its client would take longer to start than all
# other facts together.
[ -S /run/fail2ban/fail2ban.sock ] || exit 0
s server
python3 -S -E -c "$ASK"

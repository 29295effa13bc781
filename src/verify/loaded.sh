# Whether Caddy took its configuration after the files named as arguments changed. The note of that may still be on its way after a reload:
# waits for it a moment. Says "new", "old FILE", or "none".
tries=25
user=$(systemctl show --property=User --value caddy.service 2>/dev/null)
while :; do
  loaded=$(caddy_loaded "${user:-root}")
  said=none
  [ -z "$loaded" ] || said=$(stat -L -c '%.Z %n' -- "$@" 2>/dev/null | awk -v since="$loaded" '
    $1 + 0 > since + 0 && $1 + 0 > newest + 0 { newest = $1; file = $0; sub(/^[^ ]* /, "", file) }
    END { if (newest != "") print "old", file; else print "new" }
  ')
  case $said in new) break ;; esac
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || break
  sleep 0.2
done
printf '%s\n' "$said"

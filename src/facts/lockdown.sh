# The record of a lockdown, and whether the kernel really has its rules. A record that is not root's alone is none of ours.
s clock
date +%s
if command -v nft >/dev/null; then
  s nft
  case "
$(nft list tables)
" in *"
table inet portcullis_lockdown
"*) s loaded ;; esac
fi
record=/etc/portcullis/lockdown.json
if [ -f "$record" ] && [ ! -L "$record" ]; then
  case $(stat -c '%u %a' "$record") in
    '0 600')
      s record
      base64 "$record"
      ;;
    *) s strange ;;
  esac
fi
exit 0

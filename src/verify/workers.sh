# Whether every process of nginx that takes connections was started after the files named as arguments changed. New ones may still be on
# their way after a reload: waits for them a moment. Says "new COUNT", "old COUNT FILE", or "none 0".
tries=25
while :; do
  started=$(nginx_workers)
  said='none 0'
  [ -z "$started" ] || said=$({
    printf '%s\n' "$started" | sed 's/^/started /'
    stat -L -c 'changed %.Z %n' -- "$@" 2>/dev/null
  } | awk '
    $1 == "started" { count++; if (!since || $2 + 0 < since) since = $2 + 0 }
    $1 == "changed" && $2 + 0 > newest { newest = $2 + 0; file = $0; sub(/^changed [^ ]* /, "", file) }
    END { if (newest > since) print "old", count, file; else print "new", count }
  ')
  case $said in new*) break ;; esac
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || break
  sleep 0.2
done
printf '%s\n' "$said"

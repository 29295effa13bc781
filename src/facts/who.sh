s login
printf '%s\n' "$LOGIN"

# Whether passwords open a database and services run with what they were given. Passwords come on stdin, one a line, and go to psql on its
# stdin: never into an argument or the environment. NONCE, then: login ROLE DATABASE | unit NAME ROLE-or-dash.
N=$1
shift
say() { printf '%s %s\n' "$N" "$*"; }
as_postgres() { timeout 10 runuser -u postgres -- psql -X -A -t -q -d postgres -f - 2>/dev/null; }

# try PASSWORD ROLE DATABASE: its exit code, and whether there was a way at all. No terminal: psql asks on stdin.
try() {
  tr_said=$(printf '%s\n' "$1" | timeout 10 setsid -w psql -X -A -t -q -W -h 127.0.0.1 -p "$PORT" -U "$2" -d "$3" -c 'select 1' 2>&1)
  tr_code=$?
  case $tr_said in *pg_hba.conf*) tr_way=closed ;; *refused* | *'No such file'* | *'could not translate'*) tr_way=closed ;; *) tr_way=open ;; esac
}

PORT=''
at=0
while [ $# -gt 2 ]; do
  case $1 in
    login)
      IFS= read -r secret || secret=''
      [ -n "$PORT" ] || PORT=$(echo 'show port;' | as_postgres)
      try "$secret" "$2" "$3"
      code=$tr_code way=$tr_way
      # Where any password opens, this one proves nothing.
      try "$N" "$2" "$3"
      [ "$tr_code" != 0 ] || way=trust
      say login "$at" "$code" "$way"
      ;;
    unit)
      tries=60 steady=0 last='' count=-
      while [ "$tries" -gt 0 ] && [ "$steady" -lt 8 ]; do
        now=$(systemctl show --no-pager --property=ActiveState --property=MainPID --property=NRestarts -- "$2" | tr '\n' ' ')
        case $now in
          *ActiveState=active*)
            if [ "$now" = "$last" ]; then steady=$((steady + 1)); else steady=0; fi
            ;;
          *) steady=0 ;;
        esac
        last=$now
        if [ "$steady" -ge 8 ] && [ "$3" != - ]; then
          pid=$(systemctl show --no-pager --property=MainPID --value -- "$2")
          age=$(ps -o etimes= -p "$pid" | tr -d ' ')
          count=$(echo "select count(*) from pg_stat_activity where usename = '$3' and backend_start > now() - interval '$((age + 2)) seconds';" | as_postgres)
          [ "${count:-0}" != 0 ] || steady=4
        fi
        tries=$((tries - 1))
        [ "$steady" -ge 8 ] || sleep 0.25
      done
      say unit "$at" "$steady" "${count:-0}" "$(systemctl is-active -- "$2")"
      ;;
  esac
  at=$((at + 1))
  shift 3
done
say end

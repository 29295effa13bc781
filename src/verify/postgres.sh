# What PostgreSQL says to somebody who knocks without a password, and what one of its settings is. NONCE, then any of
# door PORT ROLE DATABASE WAY ACCOUNT in|not-in and setting PORT NAME VALUE, the last word being what is hoped for. Names are in no SQL. A server that
# was just told to reload may still be about to: what is not as hoped is asked for again, for some seconds.
N=$1
shift
say() { printf '%s %s\n' "$N" "$*"; }
psql=''
for file in /usr/lib/postgresql/*/bin/psql; do
  [ ! -x "$file" ] || psql=$file
done
psql=${psql:-$(command -v psql)}
cd /

# knock PORT ROLE DATABASE WAY ACCOUNT: in (let in), asked (for a password), or out.
knock() {
  PGPORT=$1 PGUSER=$2 PGDATABASE=$3 PGHOST=${4:-/run/postgresql}
  export PGPORT PGUSER PGDATABASE PGHOST
  kn_account=$5
  kn_said=$(LC_ALL=C PGPASSFILE=/dev/null PGCONNECT_TIMEOUT=5 PGAPPNAME=portcullis timeout 8 setpriv --reuid="$kn_account" --regid="$(id -g "$kn_account")" --clear-groups \
    "$psql" -X -A -t -q -w -c 'select 1' 2>&1 </dev/null) && { echo in; return; }
  case $kn_said in
    *'no password supplied'*) echo asked ;;
    *FATAL:*) echo out ;;
    # Nobody answered at all.
    *) echo ;;
  esac
}

setting() { # port name
  PGHOST=/run/postgresql PGPORT=$1 PGDATABASE=postgres PGCONNECT_TIMEOUT=5 timeout 8 setpriv --reuid=postgres --regid=postgres --init-groups \
    "$psql" -X -A -t -q -w -c "show $2" 2>/dev/null </dev/null
}

at=0
while [ $# -gt 0 ]; do
  tries=15
  case $1 in
    door)
      while :; do
        seen=$(knock "$2" "$3" "$4" "$5" "$6")
        case $7:$seen in in:in | not-in:asked | not-in:out) break ;; esac
        [ "$tries" -gt 0 ] || break
        tries=$((tries - 1))
        sleep 0.2
      done
      say door "$at" "$seen"
      shift 7
      ;;
    setting)
      case $3 in password_encryption) ;; *) exit 1 ;; esac
      while :; do
        seen=$(setting "$2" "$3")
        if [ "$seen" = "$4" ] || [ "$tries" = 0 ]; then break; fi
        tries=$((tries - 1))
        sleep 0.2
      done
      say setting "$at" "$seen"
      shift 4
      ;;
    *) exit 1 ;;
  esac
  at=$((at + 1))
done
say end

# ---- primitive: validate (a closed list of the daemons' own checkers, on the real tree)

# Where sshd starts on demand, its /run/sshd is missing until then and sshd refuses to look. It gets one in a mount namespace
# that ends with it: on the host itself it would come and go under a login that is just starting.
sshd_test() {
  if [ -d /run/sshd ]; then
    timeout 20 sshd -t
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    timeout 20 unshare -m sh -c 'mount -t tmpfs -o mode=0755 none /run && mkdir -m 0755 /run/sshd && exec "$@"' sh "$(command -v sshd)" -t
  fi
}

# A reload ignores a file with one bad line in silence, so every running server is asked first how it reads its lines; one that is asked in
# vain is no good sign.
pg_lines_test() {
  pl_bad=''
  for pl_socket in /run/postgresql/.s.PGSQL.*; do
    [ -S "$pl_socket" ] || continue
    PGPORT=${pl_socket##*.} PGHOST=${pl_socket%/*}
    export PGPORT PGHOST
    pg_run <<'SQL' || { echo "PostgreSQL on port $PGPORT does not answer: $(pg_why)"; return 1; }
SELECT 'line ' || line_number || ': ' || error FROM pg_hba_file_rules WHERE error IS NOT NULL ORDER BY line_number LIMIT 3;
SELECT 'read';
SQL
    case $NL$PG_OUT$NL in *"${NL}read$NL"*) ;; *) echo "PostgreSQL on port $PGPORT gives no whole answer"; return 1 ;; esac
    pl_bad=$pl_bad$(printf '%s\n' "$PG_OUT" | grep '^line ')
  done
  [ -z "$pl_bad" ] || { printf %s "$pl_bad"; return 1; }
}

do_validate() { # number checker
  case $2 in
    sshd)
      dv_out=$(sshd_test 2>&1 </dev/null)
      dv_code=$?
      ;;
    fail2ban)
      dv_out=$(timeout 60 fail2ban-client -t 2>&1 </dev/null)
      dv_code=$?
      ;;
    visudo)
      dv_out=$(timeout 20 visudo -c 2>&1 </dev/null)
      dv_code=$?
      ;;
    nginx)
      dv_out=$(timeout 60 nginx -t -q 2>&1 </dev/null)
      dv_code=$?
      ;;
    caddy)
      dv_out=$(caddy_test now)
      dv_code=$?
      ;;
    postgresql)
      dv_out=$(pg_lines_test)
      dv_code=$?
      ;;
    *) dv_out='unknown checker' dv_code=1 ;;
  esac
  [ "$dv_code" = 0 ] || { WHY="the $2 configuration is not valid: $dv_out"; return 1; }
}
check_validate() { return 0; }
undo_validate() { return 0; }

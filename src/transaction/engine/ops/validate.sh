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

# A reload ignores a file with one bad line in silence, so the server that reads a file of this change is asked first how it reads it. Which one
# that is, the servers tell: a pooler, a socket left behind or another cluster has no say. That nobody answers for a file is no good sign.
pg_lines_test() {
  pl_ours=$NL pl_bad='' pl_why='' pl_read=$NL
  while read -r _n pl_kind pl_path _rest <&3; do
    [ "$pl_kind" != put-file ] || ! decode "$pl_path" || pl_ours=$pl_ours$DECODED$NL
  done 3<"$T/manifest"
  PGCONNECT_TIMEOUT=5
  export PGCONNECT_TIMEOUT
  for pl_socket in /run/postgresql/.s.PGSQL.*; do
    [ -S "$pl_socket" ] || continue
    PGPORT=${pl_socket##*.} PGHOST=${pl_socket%/*}
    export PGPORT PGHOST
    pg_run <<'SQL' || { pl_why=" (port $PGPORT: $(pg_why))"; continue; }
SELECT 'hba ' || current_setting('hba_file');
SELECT 'line ' || line_number || ': ' || error FROM pg_hba_file_rules WHERE error IS NOT NULL ORDER BY line_number LIMIT 3;
SELECT 'read';
SQL
    case $NL$PG_OUT$NL in *"${NL}read$NL"*) ;; *) pl_why=" (port $PGPORT gives no whole answer)" && continue ;; esac
    pl_file=$(readlink -f -- "$(printf '%s\n' "$PG_OUT" | sed -n 's/^hba //p' | head -n 1)")
    case $pl_ours in *"$NL$pl_file$NL"*) ;; *) continue ;; esac
    pl_read=$pl_read$pl_file$NL
    pl_bad=$pl_bad$(printf '%s\n' "$PG_OUT" | grep '^line ')
  done
  [ -z "$pl_bad" ] || { printf %s "$pl_bad"; return 1; }
  [ "$pl_read" != "$NL" ] || { echo "no PostgreSQL that answers reads a file of this change$pl_why"; return 1; }
  printf %s "$pl_ours" | grep '/pg_hba\.conf$' | while IFS= read -r pl_file; do
    case $pl_read in *"$NL$pl_file$NL"*) ;; *) echo "no PostgreSQL that answers reads $pl_file$pl_why"; exit 1 ;; esac
  done
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

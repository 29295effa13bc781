# ---- primitive: postgres-role (the password of one PostgreSQL role, as a verifier), postgres-restore (as an earlier checkpoint has it)
# The password itself never comes here, and the verifiers are in no argument, log or answer: SQL on stdin over the local socket, in a
# session that logs nothing; errors as codes, because PostgreSQL quotes the statement in its messages.

valid_role() {
  case $1 in '' | [!a-z_]* | *[!a-z0-9_]*) return 1 ;; esac
  [ ${#1} -le 63 ]
}

# What may stand between quotes in SQL: SCRAM (RFC 5803), md5, or nothing at all.
valid_verifier() {
  case $1 in
    '') return 0 ;;
    SCRAM-SHA-256\$*) case ${1#SCRAM-SHA-256} in *[!A-Za-z0-9+/=:\$]*) return 1 ;; esac ;;
    md5*) is_hex "${1#md5}" 32 ;;
    *) return 1 ;;
  esac
}

# SQL from stdin as the superuser of the cluster; its rows in PG_OUT, among what the server warns of. Who ends psql does not end what the
# server does for it, so the server itself gives up first: on a lock, on anything slow, and it waits for no standby.
pg_run() {
  PG_OUT=$({
    cat <<'SQL'
\set VERBOSITY sqlstate
SET search_path = '';
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_duration_sample = -1;
SET log_transaction_sample_rate = 0;
SET log_min_error_statement = 'panic';
SET pgaudit.log = 'none';
SET pg_stat_statements.track_utility = 'off';
SET lock_timeout = '5s';
SET statement_timeout = '10s';
SET synchronous_commit = 'local';
SQL
    cat
  } | timeout 20 runuser -u postgres -- psql -X -A -t -q -w -v ON_ERROR_STOP=1 -d "${PG_DB:-postgres}" -f - 2>&1 8>&- 9>&-)
}

# The verifier of role $1 in PG_NOW; with $2 "FOR UPDATE" once nobody changes it. Sets WHY when there is no such role or no answer.
pg_verifier() {
  pg_run <<SQL || { WHY="PostgreSQL does not answer: $(pg_why)"; return 1; }
SELECT 'v' || coalesce(rolpassword, '') FROM pg_authid WHERE rolname = '$1' ${2-};
SQL
  case $NL$PG_OUT in *"${NL}v"*) pv_row=$NL$PG_OUT ;; *) WHY="PostgreSQL has no role $1" && return 1 ;; esac
  pv_row=${pv_row##*"${NL}v"}
  PG_NOW=${pv_row%%"$NL"*}
}

# The code of what PostgreSQL said, and nothing else of it.
pg_why() {
  pw_code=$(printf %s "$PG_OUT" | sed -n 's/.*\(ERROR\|FATAL\): *\([0-9A-Z]\{5\}\).*/\2/p' | head -n 1)
  printf %s "${pw_code:+SQLSTATE }${pw_code:-it is not there, or refuses the local socket}"
}

# Sets the verifier $2 of role $1 (an empty one takes the password away), if it still is $3 or $4: looked at and changed in one
# transaction of the server, so that nobody comes in between. Returns 2 when it is another one by now.
pg_set() {
  for ps_one in "$2" "$3" "$4"; do
    valid_verifier "$ps_one" || { WHY="what is to be the verifier of the role $1 is none"; return 1; }
  done
  if [ -n "$2" ]; then ps_value="'$2'"; else ps_value=NULL; fi
  pg_run <<SQL || { WHY="PostgreSQL does not change the role $1: $(pg_why)"; return 1; }
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT 'locked' FROM pg_authid WHERE rolname = '$1' FOR UPDATE;
SELECT coalesce(rolpassword, '') IN ('$3', '$4') AS expected FROM pg_authid WHERE rolname = '$1' \\gset
\\if :expected
ALTER ROLE "$1" PASSWORD $ps_value;
COMMIT;
\\echo altered
\\else
ROLLBACK;
\\endif
SQL
  case $NL$PG_OUT$NL in *"${NL}altered$NL"*) ;; *) WHY="the password of the role $1 was changed by someone else meanwhile" && return 2 ;; esac
}

stale_role() { # role
  pg_verifier "$1" || STALE=$STALE$WHY$NL
}

# What is and what will be, 0600 in the checkpoint: role-N.before, role-N.ours, and a line "number role".
snapshot_role() { # number kind role sha|fromtx fromnumber
  valid_role "$3" && pg_verifier "$3" || return 1
  valid_verifier "$PG_NOW" || { WHY="the password of the role $3 is kept in a way that is not known here"; return 1; }
  case $2 in
    postgres-role) sr_ours=$T/payload/$4 ;;
    *) sr_ours=$STATE/tx/$4/role-$5.before ;;
  esac
  read -r sr_text <"$sr_ours" || [ -n "$sr_text" ] || [ "$2" = postgres-restore ] || { WHY="the verifier of the role $3 did not arrive"; return 1; }
  valid_verifier "$sr_text" || { WHY="what is to be the verifier of the role $3 is none"; return 1; }
  put_line "$T/role-$1.before" "$PG_NOW" && put_line "$T/role-$1.ours" "$sr_text" && printf '%s %s\n' "$1" "$3" >>"$T/roles" && sync_path "$T/roles" || {
    WHY='no space for the checkpoint'
    return 1
  }
}

# load_role NUMBER: verifiers of its checkpoint in V_before and V_ours.
load_role() {
  V_before='' V_ours=''
  read -r V_before <"$T/role-$1.before" && read -r V_ours <"$T/role-$1.ours" || { WHY="no role $1"; return 1; }
}

do_postgres_role() { # number role
  load_role "$1" && pg_verifier "$2" || return 1
  case $PG_NOW in
    "$V_before" | "$V_ours") ;;
    *) WHY="the password of the role $2 was changed while the change was being applied" && return 1 ;;
  esac
  fp "op-$1-before-alter" && pg_set "$2" "$V_ours" "$V_before" "$V_ours" && fp "op-$1-after-alter"
}

check_postgres_role() { # number role
  load_role "$1" && pg_verifier "$2" || return 1
  [ "$PG_NOW" = "$V_ours" ] || { WHY="the password of the role $2 is not what was set"; return 1; }
}

do_postgres_restore() { do_postgres_role "$1" "$2"; }
check_postgres_restore() { check_postgres_role "$1" "$2"; }

# Taken back as a whole, in undo_roles: it needs the server, so not before the services run.
undo_postgres_role() { return 0; }
undo_postgres_restore() { return 0; }

undo_roles() {
  [ -f "$T/roles" ] || return 0
  while read -r ur_n ur_role <&6; do
    undo_one_role "$ur_n" "$ur_role"
    case $? in
      0) RESTORED=$((RESTORED + 1)) ;;
      2) exception "$WHY" && SETTLED=$((SETTLED + 1)) ;;
      *) exception "$WHY" && FAILED=$((FAILED + 1)) ;;
    esac
  done 6<"$T/roles"
}

undo_one_role() { # number role
  load_role "$1" || return 1
  uo_tries=30
  # A change that was asked for may still be on its way inside the server: the row is waited for.
  until pg_verifier "$2" 'FOR UPDATE'; do
    case $WHY in *55P03*) return 1 ;; esac
    uo_tries=$((uo_tries - 1))
    [ "$uo_tries" -gt 0 ] || return 1
    sleep 1
  done
  [ "$PG_NOW" != "$V_before" ] || return 0
  [ "$PG_NOW" = "$V_ours" ] || { WHY="the password of the role $2 was changed by someone else meanwhile: left as it is"; return 2; }
  if [ -n "$FILES_STAY" ]; then
    WHY="the password of the role $2 is left as it is, because $FILES_STAY is not as it was"
    return "$FILES_CODE"
  fi
  fp "undo-$1-before" || return 1
  pg_set "$2" "$V_before" "$V_ours" "$V_ours" || return
  fp "undo-$1-after" && pg_verifier "$2" || return 1
  [ "$PG_NOW" = "$V_before" ] || { WHY="the password of the role $2 is not as it was"; return 1; }
}

# A server that is down would be left with what is ours while the files go back, and no second undo could mend that: nothing is begun. Where
# there is no PostgreSQL any more, there is nothing to wait for.
die_without_database() {
  case $WHY in *'does not answer'*) ;; *) return 0 ;; esac
  command -v psql >/dev/null 2>&1 || return 0
  die 5 database-down "$WHY; start it, then undo again: nothing was changed"
}

# Undo of kept transaction T: a line of its plan for each role whose password is still ours.
plan_roles() {
  [ -f "$T/roles" ] || return 0
  while read -r pr_n pr_role <&6; do
    if ! load_role "$pr_n" || ! pg_verifier "$pr_role"; then
      die_without_database
      UNDO_LEFT="${UNDO_LEFT}the password of the role $pr_role is left as it is: $WHY$NL"
      continue
    fi
    [ "$PG_NOW" != "$V_before" ] || continue
    if [ "$PG_NOW" != "$V_ours" ]; then
      UNDO_LEFT="${UNDO_LEFT}the password of the role $pr_role was changed by someone else since: left as it is$NL"
      continue
    fi
    if [ -n "$pu_stays" ]; then
      UNDO_LEFT="${UNDO_LEFT}the password of the role $pr_role is left as it is, because $pu_stays is$NL"
      continue
    fi
    UNDO_PLAN="${UNDO_PLAN}restore the password of the role $pr_role$NL"
    add_undo "postgres-restore $pr_role $TX $pr_n"
  done 6<"$T/roles"
}

# ---- primitive: postgres-right (one thing that a role, or everybody, may do; or a role of ours that works in one database)
# Each is yes or no, so taking back is doing the other; what somebody else made of a role of ours meanwhile stays. Names have passed a grammar,
# and are put into SQL by the server itself (format %I), in a session that logs nothing.

valid_database() {
  case $1 in '' | [!a-z_]* | *[!a-z0-9_-]*) return 1 ;; esac
  [ ${#1} -le 63 ]
}

valid_right() { # port database what name to
  is_number "$1" && valid_database "$2" || return 1
  case $3 in
    superuser | createrole | createdb | bypassrls | read | write) valid_role "$4" ;;
    connect | temporary | create) [ "$4" = - ] ;;
    *) return 1 ;;
  esac && case $5 in yes | no) ;; *) return 1 ;; esac
}

# As pg_run, in this database of the server on this port.
pg_run_in() { # port database sql
  PGPORT=$1 PGHOST=/run/postgresql PG_DB=$2
  export PGPORT PGHOST
  pg_run <<SQL
$3
SQL
  ri_code=$?
  unset PGPORT PGHOST PG_DB
  return "$ri_code"
}

# What it is now, yes or no, in RIGHT_NOW.
right_now() { # port database what name
  case $3 in
    superuser | createrole | createdb | bypassrls)
      rn_column=rol$3
      [ "$3" != superuser ] || rn_column=rolsuper
      rn_sql="SELECT 'right ' || CASE WHEN $rn_column THEN 'yes' ELSE 'no' END FROM pg_roles WHERE rolname = '$4';"
      ;;
    connect | temporary) rn_sql="SELECT 'right ' || CASE WHEN has_database_privilege('public', current_database(), '$3') THEN 'yes' ELSE 'no' END;" ;;
    create) rn_sql="SELECT 'right ' || CASE WHEN has_schema_privilege('public', 'public', 'create') THEN 'yes' ELSE 'no' END;" ;;
    *) rn_sql="SELECT 'right ' || CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = '$4') THEN 'yes' ELSE 'no' END;" ;;
  esac
  pg_run_in "$1" "$2" "$rn_sql" || { WHY="PostgreSQL does not answer: $(pg_why)"; return 1; }
  case $NL$PG_OUT$NL in
    *"${NL}right yes$NL"*) RIGHT_NOW=yes ;;
    *"${NL}right no$NL"*) RIGHT_NOW=no ;;
    *) WHY="PostgreSQL has no role $4" && return 1 ;;
  esac
}

right_words() { # database what name
  case $2 in
    connect | temporary) printf %s "the right of everybody to $2 in the database $1" ;;
    create) printf %s "the right of everybody to create in the schema public of $1" ;;
    read | write) printf %s "the role $3 of the database $1" ;;
    *) printf %s "$2 of the role $3" ;;
  esac
}

# The statements that make it so. \gexec carries out what the server wrote.
right_sql() { # database what name to
  case $2:$4 in
    superuser:* | createrole:* | createdb:* | bypassrls:*)
      rs_no=NO
      [ "$4" = no ] || rs_no=''
      printf "SELECT format('ALTER ROLE %%I %s', '%s') \\\\gexec\n" "$rs_no$2" "$3"
      ;;
    connect:no | temporary:no) printf "SELECT format('REVOKE %s ON DATABASE %%I FROM PUBLIC', current_database()) \\\\gexec\n" "$2" ;;
    connect:yes | temporary:yes) printf "SELECT format('GRANT %s ON DATABASE %%I TO PUBLIC', current_database()) \\\\gexec\n" "$2" ;;
    create:no) echo 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;' ;;
    create:yes) echo 'GRANT CREATE ON SCHEMA public TO PUBLIC;' ;;
    read:yes) new_role_sql "$3" SELECT SELECT ;;
    write:yes) new_role_sql "$3" 'SELECT, INSERT, UPDATE, DELETE' 'USAGE, SELECT' ;;
    # What it may do goes with it; it owns nothing, and nobody is in it: that was looked at.
    *) printf "SELECT format('DROP OWNED BY %%I', '%s') \\\\gexec\nSELECT format('DROP ROLE %%I', '%s') \\\\gexec\n" "$3" "$3" ;;
  esac
}

# A role that nobody logs in as: others are made members of it. What the database's owner makes later is meant too.
new_role_sql() { # name table-rights sequence-rights
  cat <<SQL
\\set name $1
SELECT format('CREATE ROLE %I NOLOGIN', :'name') \\gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'name') \\gexec
SELECT format('GRANT USAGE ON SCHEMA public TO %I', :'name') \\gexec
SELECT format('GRANT $2 ON ALL TABLES IN SCHEMA public TO %I', :'name') \\gexec
SELECT format('GRANT $3 ON ALL SEQUENCES IN SCHEMA public TO %I', :'name') \\gexec
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public GRANT $2 ON TABLES TO %I', pg_get_userbyid(datdba), :'name')
  FROM pg_database WHERE datname = current_database() \\gexec
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public GRANT $3 ON SEQUENCES TO %I', pg_get_userbyid(datdba), :'name')
  FROM pg_database WHERE datname = current_database() \\gexec
SQL
}

# A role of ours that others use by now. Sets WHY; 0: it is used.
role_is_used() { # port database name
  pg_run_in "$1" "$2" "SELECT 'used' FROM pg_roles r WHERE rolname = '$3' AND (rolcanlogin
  OR EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid OR member = r.oid)
  OR EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o'));" || { WHY="PostgreSQL does not answer: $(pg_why)"; return 0; }
  case $NL$PG_OUT$NL in *"${NL}used$NL"*) WHY="the role $3 has members, owns something or may log in by now: left as it is" && return 0 ;; esac
  return 1
}

# Returns 2 when somebody else uses what should go.
right_set() { # port database what name to
  case $3:$5 in
    read:no | write:no)
      ! role_is_used "$1" "$2" "$4" || { case $WHY in *'left as it is') return 2 ;; *) return 1 ;; esac }
      ;;
  esac
  pg_run_in "$1" "$2" "BEGIN;$NL$(right_sql "$2" "$3" "$4" "$5")${NL}COMMIT;" || { WHY="PostgreSQL does not change $(right_words "$2" "$3" "$4"): $(pg_why)"; return 1; }
}

stale_right() { # port database what name to
  if ! right_now "$1" "$2" "$3" "$4"; then
    STALE=$STALE$WHY$NL
  elif [ "$RIGHT_NOW" = "$5" ]; then
    STALE="$STALE$(right_words "$2" "$3" "$4") is $5 already$NL"
  fi
}

snapshot_right() { # number port database what name to
  right_now "$2" "$3" "$4" "$5" && printf '%s %s %s %s %s %s\n' "$1" "$2" "$3" "$4" "$5" "$6" >>"$T/rights" && sync_path "$T/rights"
}

do_postgres_right() { # number port database what name to
  right_now "$2" "$3" "$4" "$5" || return 1
  [ "$RIGHT_NOW" != "$6" ] || return 0
  fp "op-$1-before-alter" && right_set "$2" "$3" "$4" "$5" "$6" && fp "op-$1-after-alter"
}

check_postgres_right() { # number port database what name to
  right_now "$2" "$3" "$4" "$5" || return 1
  [ "$RIGHT_NOW" = "$6" ] || { WHY="$(right_words "$3" "$4" "$5") is not what was set"; return 1; }
}

# Taken back as a whole, in undo_rights: it needs the server, so not before the services run.
undo_postgres_right() { return 0; }

opposite() { if [ "$1" = yes ]; then echo no; else echo yes; fi; }

# The last one first.
undo_rights() {
  [ -f "$T/rights" ] || return 0
  sort -rn "$T/rights" >"$T/rights-back~"
  while read -r ug_n ug_port ug_db ug_what ug_name ug_to <&6; do
    undo_one_right "$ug_n" "$ug_port" "$ug_db" "$ug_what" "$ug_name" "$(opposite "$ug_to")"
    case $? in
      0) RESTORED=$((RESTORED + 1)) ;;
      2) exception "$WHY" && SETTLED=$((SETTLED + 1)) ;;
      *) exception "$WHY" && FAILED=$((FAILED + 1)) ;;
    esac
  done 6<"$T/rights-back~"
  rm -f "$T/rights-back~"
}

undo_one_right() { # number port database what name before
  ur_tries=30
  until right_now "$2" "$3" "$4" "$5"; do
    case $WHY in *'has no role'*) return 2 ;; esac
    ur_tries=$((ur_tries - 1))
    [ "$ur_tries" -gt 0 ] || return 1
    sleep 1
  done
  [ "$RIGHT_NOW" != "$6" ] || return 0
  fp "undo-$1-before" || return 1
  right_set "$2" "$3" "$4" "$5" "$6" || return
  fp "undo-$1-after" && right_now "$2" "$3" "$4" "$5" || return 1
  [ "$RIGHT_NOW" = "$6" ] || { WHY="$(right_words "$3" "$4" "$5") is not as it was"; return 1; }
}

# Undo of kept transaction T: a line of its plan for each that is still as we set it.
plan_rights() {
  [ -f "$T/rights" ] || return 0
  sort -rn "$T/rights" >"$T/rights-back~"
  while read -r _n pg_port pg_db pg_what pg_name pg_to <&6; do
    if ! right_now "$pg_port" "$pg_db" "$pg_what" "$pg_name"; then
      die_without_database
      UNDO_LEFT="$UNDO_LEFT$(right_words "$pg_db" "$pg_what" "$pg_name") is left as it is: $WHY$NL"
      continue
    fi
    [ "$RIGHT_NOW" = "$pg_to" ] || continue
    case $pg_what:$pg_to in
      read:yes | write:yes)
        if role_is_used "$pg_port" "$pg_db" "$pg_name"; then
          UNDO_LEFT="$UNDO_LEFT$WHY$NL"
          continue
        fi
        ;;
    esac
    UNDO_PLAN="${UNDO_PLAN}put back $(right_words "$pg_db" "$pg_what" "$pg_name")$NL"
    add_undo "postgres-right $pg_port $pg_db $pg_what $pg_name $(opposite "$pg_to")"
  done 6<"$T/rights-back~"
  rm -f "$T/rights-back~"
}

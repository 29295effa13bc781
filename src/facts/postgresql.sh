# What PostgreSQL's servers say of themselves, over the local socket as their own superuser, in sessions that only read and log nothing.
# The server's answers are JSON, a line each. Of a password only its kind is asked. Whoever may write to the folder of sockets may answer there,
# so an answer is captured, cut, and only a line of the kind that was asked for goes on.
me=$(id -u)
s uid "$me"
[ "$me" = 0 ] || exit 0
found=''
for file in /etc/postgresql/*/*/postgresql.conf /run/postgresql/.s.PGSQL.*; do
  [ ! -e "$file" ] || found=yes
done
[ -n "$found" ] || {
  s missing
  exit 0
}
psql=''
for file in /usr/lib/postgresql/*/bin/psql; do
  [ ! -x "$file" ] || psql=$file
done
psql=${psql:-$(command -v psql)}
# PAM would write a line for every session: only the user is changed.
ask() { # port database questions
  PGPORT=$1 PGDATABASE=$2
  shift 2
  export PGPORT PGDATABASE
  PGHOST=/run/postgresql PGCONNECT_TIMEOUT=3 PGAPPNAME=portcullis \
    PGOPTIONS='-c log_statement=none -c log_duration=off -c log_min_duration_statement=-1 -c search_path= -c statement_timeout=5s -c lock_timeout=2s -c default_transaction_read_only=on' \
    timeout 8 setpriv --reuid=postgres --regid=postgres --init-groups "$psql" -X -A -t -q -w -v ON_ERROR_STOP=1 "$@"
}

units=''
set --
for main in /etc/postgresql/*/*/postgresql.conf; do
  [ -f "$main" ] || continue
  folder=${main%/*}
  cluster=${folder#/etc/postgresql/}
  s cluster "$cluster"
  printf '%s' "$folder"
  case $cluster in *[!A-Za-z0-9/_.-]*) ;; *) units="$units postgresql@${cluster%/*}-${cluster#*/}.service" ;; esac
  s include
  grep -n "^[[:space:]]*include_dir[[:space:]=]" -- "$main"
  for file in "$folder/pg_hba.conf" "$folder/conf.d/portcullis.conf"; do
    [ -f "$file" ] || continue
    # Passwords of directories stay on the host, and so does what is beside them.
    if grep -Eqi 'ldapbindpasswd|radiussecrets' -- "$file"; then
      s withheld
      printf '%s' "$file"
    else
      set -- "$@" "$file"
    fi
  done
  if [ -d "$folder/conf.d" ]; then
    s drop-ins
    stat -L -c '%u %g' -- "$folder/conf.d"
  fi
done
contents file "$@"
s units
# shellcheck disable=SC2086 # names without blanks
[ -z "$units" ] || systemctl show --no-pager --property=Id,ActiveState,UnitFileState $units

of_server="SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'superuser', (SELECT rolname FROM pg_roles WHERE oid = 10),
  'standby', pg_is_in_recovery(),
  'loaded', extract(epoch FROM pg_conf_load_time())::bigint,
  'hbaChanged', extract(epoch FROM (pg_stat_file(current_setting('hba_file'))).modification)::bigint,
  'settings', (SELECT json_object_agg(name, json_build_object('value', setting, 'file', coalesce(sourcefile, ''), 'line', coalesce(sourceline, 0)))
    FROM pg_settings WHERE name IN ('listen_addresses', 'port', 'password_encryption', 'ssl', 'hba_file', 'config_file', 'data_directory')),
  'hba', (SELECT coalesce(jsonb_agg((to_jsonb(r) - 'options') || jsonb_build_object('options', (SELECT coalesce(jsonb_agg(CASE WHEN o LIKE 'clientcert=%' THEN o ELSE split_part(o, '=', 1) END), '[]') FROM unnest(r.options) o))), '[]')
    FROM pg_hba_file_rules r),
  'roles', (SELECT coalesce(json_agg(json_build_object('name', rolname, 'super', rolsuper, 'login', rolcanlogin, 'createdb', rolcreatedb, 'createrole', rolcreaterole,
      'replication', rolreplication, 'bypassrls', rolbypassrls, 'until', coalesce(rolvaliduntil::text, ''),
      'password', CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword LIKE 'SCRAM-SHA-256\$%' THEN 'scram' ELSE 'md5' END,
      'memberOf', (SELECT coalesce(json_agg(b.rolname ORDER BY b.rolname), '[]') FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.roleid WHERE m.member = a.oid)) ORDER BY rolname), '[]')
    FROM pg_authid a WHERE a.rolname !~ '^pg_'),
  'databases', (SELECT coalesce(json_agg(json_build_object('name', datname, 'owner', pg_get_userbyid(datdba), 'template', datistemplate, 'allow', datallowconn,
      'enter', (SELECT coalesce(json_agg(DISTINCT pg_get_userbyid(grantee)), '[]') FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE grantee <> 0 AND privilege_type = 'CONNECT'),
      'publicConnect', has_database_privilege('public', oid, 'CONNECT'), 'publicTemp', has_database_privilege('public', oid, 'TEMP')) ORDER BY datname), '[]')
    FROM pg_database),
  'clients', (SELECT coalesce(json_agg(c), '[]') FROM (
    SELECT coalesce(usename, '') AS user, coalesce(datname, '') AS database, coalesce(host(client_addr), '') AS address, coalesce(ssl, false) AS ssl,
      coalesce(g.encrypted, false) AS gss, backend_type = 'walsender' AND datname IS NULL AS replication, count(*) AS count
    FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s USING (pid) LEFT JOIN pg_stat_gssapi g USING (pid)
    WHERE backend_type IN ('client backend', 'walsender') AND pid <> pg_backend_pid()
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4) c))::jsonb"
names="SELECT translate(encode(convert_to(datname, 'UTF8'), 'base64'), E'\\n', '') FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname LIMIT 30"
of_database="SELECT json_build_object(
  'publicCreate', (SELECT has_schema_privilege('public', oid, 'CREATE') FROM pg_namespace WHERE nspname = 'public'),
  'schemaOwner', (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'),
  'owners', (SELECT coalesce(json_object_agg(owner, count), '{}') FROM (SELECT pg_get_userbyid(relowner) AS owner, count(*) AS count
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema' GROUP BY 1 ORDER BY 1) o))::jsonb"
for socket in /run/postgresql/.s.PGSQL.*; do
  [ -S "$socket" ] || continue
  port=${socket##*.}
  case $port in *[!0-9]*) continue ;; esac
  s server "$port"
  said=$(ask "$port" postgres -c "$of_server" -c "$names" 2>/dev/null | head -c 400000)
  case $said in
    '{'*) ;;
    *)
      # A socket that a server left behind: nobody listens there.
      case $(ask "$port" postgres -c '' 2>&1 >/dev/null | head -c 500) in
        *' failed: Connection refused'*) s refused ;;
        *) s silent ;;
      esac
      continue
      ;;
  esac
  s says
  printf '%s\n' "$said" | head -n 1
  printf '%s\n' "$said" | sed -n '2,31p' | grep -E '^[A-Za-z0-9+/]+=*$' | while IFS= read -r name; do
    s database "$name"
    ask "$port" "$(printf %s "$name" | base64 -d)" -c "$of_database" 2>/dev/null | head -c 20000 | grep -m 1 '^{.*}$' || echo unread
  done
done
exit 0

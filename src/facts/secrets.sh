# What is to be known about declared secrets: file PATH | unit NAME | roles NAME..., as arguments. It reads and runs nothing of
# anybody else's: git is never started (a repository's own configuration names programs), its index is searched. Bytes are in base64.
IFS= read -r N || exit 1
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
export N LC_ALL PATH
umask 077
cd / || exit 1
LIMIT=262144

# bytes FILE: at most one byte more than we read.
bytes() { head -c $((LIMIT + 1)) -- "$1" 2>/dev/null | base64; }

# The repository around $1, and whether its index names the file: a path ends with a NUL and follows its length.
in_git() {
  ig_at=${1%/*}
  while [ -n "$ig_at" ] && [ ! -e "$ig_at/.git" ]; do ig_at=${ig_at%/*}; done
  [ -n "$ig_at" ] || return 0
  s git "$(printf %s "$ig_at" | base64 | tr -d '\n')"
  [ -f "$ig_at/.git/index" ] || { echo no; return 0; }
  REL=${1#"$ig_at/"} && export REL
  tr '\000' '\n' <"$ig_at/.git/index" | awk '
    BEGIN { rel = ENVIRON["REL"]; size = length(rel); found = "no" }
    length($0) <= size + 1 && substr($0, length($0) - size + 1) == rel { found = "yes" }
    END { print found }
  '
}

# Names that editors, packages and people give to what was there before.
copies() {
  cp_dir=${1%/*} cp_name=${1##*/}
  for cp_one in "$cp_dir/$cp_name"~ "$cp_dir/$cp_name".* "$cp_dir/$cp_name"-* "$cp_dir/.$cp_name".sw? "$cp_dir/.#$cp_name" "$cp_dir/#$cp_name#" "$cp_dir/old.$cp_name" "$cp_dir/${cp_name%.*}".bak "$cp_dir/${cp_name%.*}".old; do
    if [ ! -f "$cp_one" ] || [ -L "$cp_one" ] || [ "$cp_one" = "$1" ]; then continue; fi
    s copy "$(printf %s "$cp_one" | base64 | tr -d '\n')"
    stat -c '%a %u %g %U' -- "$cp_one"
    s copied
    bytes "$cp_one"
  done
}

look_file() {
  s file "$(printf %s "$1" | base64 | tr -d '\n')"
  lf_loose=$(loose_link "$1")
  if [ -n "$lf_loose" ]; then
    echo loose
    s folder "$(printf %s "$lf_loose" | base64 | tr -d '\n')"
    return 0
  fi
  if [ ! -e "$1" ]; then
    if [ -L "$1" ]; then echo dangling; else echo missing; fi
    return 0
  fi
  if [ ! -f "$1" ]; then
    echo other
    return 0
  fi
  echo file
  lf_real=$(realpath -- "$1") || return 0
  s real
  printf %s "$lf_real"
  s stat
  stat -c '%a %u %g %h %Y %U %G' -- "$lf_real"
  s content
  bytes "$lf_real"
  in_git "$lf_real"
  copies "$lf_real"
}

look_unit() {
  s unit "$1"
  systemctl show --no-pager --property=LoadState,ActiveState,UnitFileState,User,Group,MainPID,EnvironmentFiles,Environment -- "$1" | base64
  lu_user=$(systemctl show --property=User --value -- "$1")
  s ids
  id -u "${lu_user:-root}" && id -g "${lu_user:-root}"
  lu_pid=$(systemctl show --property=MainPID --value -- "$1")
  case $lu_pid in 0 | '') return 0 ;; esac
  s environ
  head -c "$LIMIT" "/proc/$lu_pid/environ" 2>/dev/null | base64
}

look_docker() {
  if ! command -v docker >/dev/null || [ ! -S /run/docker.sock ]; then return 0; fi
  s docker
  lo_ids=$(timeout 5 docker ps -q --no-trunc 2>/dev/null) || { echo unreadable; return 0; }
  echo read
  for lo_id in $lo_ids; do
    s container "$(timeout 5 docker inspect --format '{{.Name}}' "$lo_id" | base64 | tr -d '\n')"
    timeout 5 docker inspect --format '{{range .Config.Env}}{{printf "%s\x00" .}}{{end}}' "$lo_id" | base64
  done
}

# Which kind of verifier a role has; the verifier itself stays there.
look_roles() {
  s postgres
  if ! id -u postgres >/dev/null 2>&1 || ! command -v psql >/dev/null; then
    echo absent
    return 0
  fi
  # Each cluster has its own roles, and psql asks one of them.
  lr_count=0
  for lr_one in /run/postgresql/.s.PGSQL.*; do
    if [ -S "$lr_one" ]; then lr_count=$((lr_count + 1)); fi
  done
  if [ "$lr_count" -gt 1 ]; then
    echo several
    return 0
  fi
  lr_out=$(timeout 5 runuser -u postgres -- psql -X -A -t -q -F ' ' -v ON_ERROR_STOP=1 -v names="$*" -d postgres 2>/dev/null <<'SQL'
SET log_statement = 'none';
SELECT rolname, rolcanlogin, rolsuper,
  CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram' ELSE 'md5' END,
  (SELECT count(*) FROM pg_stat_activity WHERE usename = rolname)
FROM pg_authid WHERE rolname = ANY (string_to_array(:'names', ' '));
SQL
  ) || { echo down; return 0; }
  echo read
  printf '%s\n' "$lr_out"
}

s now
date +%s
ROLES=''
while [ $# -gt 1 ]; do
  case $1 in
    file) look_file "$2" ;;
    unit) look_unit "$2" ;;
    role) ROLES="$ROLES${ROLES:+ }$2" ;;
  esac
  shift 2
done
look_docker
[ -z "$ROLES" ] || look_roles "$ROLES"
s end

# What is to be known about declared secrets: file PATH | unit NAME | roles NAME..., as arguments. It reads and runs nothing of
# anybody else's: git is never started (a repository's own configuration names programs), its index is searched. Bytes are in base64.
unset N
# shellcheck disable=SC2034 # sections.sh opens with it
IFS= read -r N || exit 1
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
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

docker_says() { timeout 5 docker --config /nonexistent --host "unix://$lo_socket" "$@" 2>/dev/null; }

# shown KIND COMMAND...: a section of that name with what Docker says, or what could not be seen of it.
shown() {
  sh_kind=$1
  shift
  if lo_said=$(docker_says "$@") && [ ${#lo_said} -le "$LIMIT" ]; then
    s "$sh_kind"
    printf '%s\n' "$lo_said" | base64
  else
    return 1
  fi
}

# unseen KIND COUNT: so many were not looked at.
unseen() { s unseen "$1" "$2"; }

# What a daemon that runs shows of containers and images. Its socket alone is not asked: systemd would start what is stopped.
look_docker() {
  command -v docker >/dev/null || return 0
  lo_socket=''
  for lo_file in /run/docker.pid /run/snap.docker/docker.pid; do
    lo_pid=$(cat "$lo_file" 2>/dev/null)
    if [ "$(cat "/proc/$lo_pid/comm" 2>/dev/null)" = dockerd ]; then lo_socket=${lo_file%.pid}.sock; fi
  done
  [ -n "$lo_socket" ] || return 0
  s docker
  lo_ids=$(docker_says ps -aq --no-trunc) || { echo unreadable; return 0; }
  lo_images=$(docker_says images -q --no-trunc) || { echo unreadable; return 0; }
  echo read
  # One line of JSON each. Ids are Docker's own: they split into words.
  set -f
  for lo_id in $lo_ids; do
    shown container inspect --type container --format '[{{json .Name}},{{json .Args}},{{json .Config}}]' "$lo_id" && continue
    # One that went away meanwhile shows nothing to anybody.
    if ! lo_still=$(docker_says ps -aq --no-trunc --filter "id=$lo_id") || [ -n "$lo_still" ]; then unseen container 1; fi
  done
  lo_images=$(printf '%s\n' "$lo_images" | sort -u | grep .)
  lo_count=0
  for lo_id in $lo_images; do
    lo_count=$((lo_count + 1))
    [ "$lo_count" -le 40 ] || { unseen image 1; continue; }
    if ! shown image image inspect --format '[{{json .RepoTags}},{{json .Id}},{{json .Config}}]' "$lo_id" ||
      ! shown history history --no-trunc --format '{{.CreatedBy}}' "$lo_id"; then
      unseen image 1
    fi
  done
  lo_paths=$(docker_says ps -a --no-trunc --format '{{.Label "com.docker.compose.project.config_files"}},{{.Label "com.docker.compose.project.environment_file"}}') || unseen compose 1
  lo_count=0
  printf '%s\n' "$lo_paths" | tr ',' '\n' | sort -u | grep '^/' | while IFS= read -r lo_path; do
    if ! lo_real=$(realpath -- "$lo_path" 2>/dev/null) || [ ! -f "$lo_real" ]; then continue; fi
    lo_count=$((lo_count + 1))
    if [ "$lo_count" -gt 20 ] || [ -n "$(loose_link "$lo_path")" ]; then
      unseen compose 1
      continue
    fi
    s compose "$(printf %s "$lo_real" | base64 | tr -d '\n')"
    stat -c '%a %u %g %U' -- "$lo_real"
    s composed
    bytes "$lo_real"
  done
  set +f
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
  lr_out=$(timeout 5 runuser -u postgres -- psql -X -A -t -q -w -F ' ' -v ON_ERROR_STOP=1 -v names="$*" -d postgres 2>/dev/null <<'SQL' | head -c 65536
SET log_statement = 'none';
SELECT rolname, rolcanlogin, rolsuper,
  CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram' ELSE 'md5' END,
  (SELECT count(*) FROM pg_stat_activity WHERE usename = rolname)
FROM pg_authid WHERE rolname = ANY (string_to_array(:'names', ' '));
SELECT 'whole';
SQL
  )
  printf '%s\n' "$lr_out" | grep -qx whole || { echo down; return 0; }
  echo read
  # What answers at a socket may be anybody: nothing but rows of ours.
  printf '%s\n' "$lr_out" | grep -E '^[a-z_][a-z0-9_]* [tf] [tf] (none|scram|md5) [0-9]+$'
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

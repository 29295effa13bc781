me=$(id -u)
s uid "$me"
s now "$(date +%s)"
if [ ! -x "$SSHD" ]; then
  s absent
  exit 0
fi
s version
# Old ones leave the patch level out; the client of the same package tells it.
version=$("$SSHD" -V 2>&1)
case $version in
  *OpenSSH_*p[0-9]*) printf '%s\n' "$version" ;;
  *) printf '%s\n' "$version" && ssh -V 2>&1 ;;
esac
s binary
printf '%s' "$SSHD"

# Files: the main one, the drop-ins, and whatever these include. Only newlines split, so names may hold blanks.
nl='
'
includes() {
  awk '
    { line = $0; sub(/\r$/, "", line); sub(/^[ \t]*"?/, "", line) }
    tolower(substr(line, 1, 7)) != "include" || substr(line, 8) !~ /^["= \t]/ { next }
    {
      rest = substr(line, 8); sub(/^"?[ \t]*=?[ \t]*/, "", rest)
      while (rest != "" && rest !~ /^#/) {
        mark = substr(rest, 1, 1)
        if (mark == "\"" || mark == "\047") { rest = substr(rest, 2); end = index(rest, mark) }
        else end = match(rest, /[ \t]/)
        if (!end) end = length(rest) + 1
        print substr(rest, 1, end - 1)
        rest = substr(rest, end + 1); sub(/^[ \t]+/, "", rest)
      }
    }' "$@" </dev/null
}
set --
for file in /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf; do
  [ -f "$file" ] && set -- "$@" "$file"
done
IFS=$nl
round=0
while [ "$#" -gt 0 ] && [ "$round" -lt 16 ]; do
  round=$((round + 1))
  before=$#
  set -f
  patterns=$(includes "$@")
  for pattern in $patterns; do
    case $pattern in /* | '~'*) ;; *) pattern=/etc/ssh/$pattern ;; esac
    set +f
    for file in $pattern; do
      [ -f "$file" ] || continue
      for have in "$@"; do [ "$have" = "$file" ] && continue 2; done
      set -- "$@" "$file"
    done
    set -f
  done
  set +f
  [ "$#" = "$before" ] && break
done
unset IFS
contents file "$@"
match=
[ "$#" -gt 0 ] && grep -qisE '^[[:space:]]*"?match' -- "$@" && match=1

# What is in force.
s warnings
{
  global=$(ask_sshd -T 2>&3)
  code=$?
} 3>&1
s effective
printf '%s\n' "$global"
s test "$code"
[ "$code" = 0 ] || ask_sshd -t 2>&1

# Who could come, and from where; each is asked for only where a Match block can make a difference. One name is nobody's:
# what holds for everybody but a few is seen there.
addresses='192.0.2.1 2001:db8::1' laddr=127.0.0.1 lport=22
case $LOGIN in
  *SSH_CONNECTION=*)
    # shellcheck disable=SC2086
    set -- ${LOGIN#*SSH_CONNECTION=}
    case $1$3$4 in *[!0-9a-z.:%]*) ;; *) addresses="$1 $addresses" laddr=$3 lport=$4 ;; esac
    ;;
esac
s addresses
printf '%s\n' "$addresses"
s users
users=
while IFS=: read -r name _ uid _ _ _ shell; do
  case $name in '' | -* | *[!A-Za-z0-9._-]*) continue ;; esac
  case ${shell:=/bin/sh} in */nologin | */false | */true | */sync | */shutdown | */halt) [ "$uid" = 0 ] || continue ;; esac
  [ -x "$shell" ] || [ "$uid" = 0 ] || continue
  users="$users $name"
done </etc/passwd
printf '%s\n' "$users"
others=
if [ -n "$match" ] && [ "$code" = 0 ]; then
  last=$global
  for name in $users portcullis-nobody; do
    for address in $addresses; do
      it=$(ask_sshd -T -C "user=$name,host=$address,addr=$address,laddr=$laddr,lport=$lport" 2>/dev/null)
      # 0: as for everybody; 1: as the one before; 2: said in full.
      if [ "$it" = "$global" ]; then
        s connection 0 "$name" "$address"
      elif [ "$it" = "$last" ]; then
        s connection 1 "$name" "$address"
      else
        s connection 2 "$name" "$address"
        printf '%s\n' "$it"
        last=$it others=$others$nl$it
      fi
    done
  done
fi

# Files that the configuration names, and the host keys.
printf '%s\n' "$global$others" |
  grep -E '^(revokedkeys|trustedusercakeys|banner|forcecommand|authorizedkeyscommand|authorizedprincipalscommand|authorizedprincipalsfile|hostcertificate|hostkeyagent|modulifile|chrootdirectory|securitykeyprovider|subsystem) ' |
  sort -u | while read -r key path rest; do
    [ "$key" = subsystem ] && path=$rest
    case $key in *command | subsystem) path=${path%% *} ;; *) path=$path${rest:+ $rest} ;; esac
    case $path in *%*) continue ;; /*) ;; *) continue ;; esac
    there=0
    [ -e "$path" ] && there=1
    s named "$key" "$there"
    printf '%s' "$path"
  done
printf '%s\n' "$global" | while read -r key path; do
  [ "$key" = hostkey ] || continue
  [ -f "$path" ] || continue
  public=
  [ -f "$path.pub" ] && read -r public <"$path.pub"
  [ -n "$public" ] || public=$(ssh-keygen -y -P '' -f "$path" </dev/null 2>/dev/null)
  s hostkey
  printf '%s' "$path"
  s public
  printf '%s' "$public"
  s hostkey-stat
  stat -L -c '%a %u %g' -- "$path"
  [ -f "$path.pub" ] || continue
  s hostkey-public-stat
  stat -L -c '%a %u %g' -- "$path.pub"
done

# Texts that are shown before a login.
set --
for file in /etc/issue.net "$(printf '%s\n' "$global" | sed -n 's/^banner //p')"; do
  [ "$file" != "${1-}" ] && [ -f "$file" ] && set -- "$@" "$file"
done
contents banner "$@"

# How it is started.
main=
if [ -d /run/systemd/system ]; then
  units=$(systemctl show -p Id -p LoadState -p ActiveState -p UnitFileState -p MainPID -p Listen \
    ssh.service sshd.service ssh.socket sshd.socket)
  s units
  printf '%s\n' "$units"
  main=$(printf '%s\n' "$units" | sed -n '/^MainPID=[1-9]/{s/.*=//p;q;}')
  set --
  for folder in /etc /run /usr/lib; do
    for file in "$folder"/systemd/system/ssh.socket.d/*.conf "$folder"/systemd/system/sshd.socket.d/*.conf; do
      [ -f "$file" ] && set -- "$@" "$file"
    done
  done
  contents drop-in "$@"
fi
[ -n "$main" ] || { [ -r /run/sshd.pid ] && read -r main </run/sshd.pid; }
case $main in
  '' | *[!0-9]*) ;;
  *)
    s running
    tr '\0' '\n' 2>/dev/null <"/proc/$main/cmdline"
    ;;
esac
s defaults
grep -hsE '^[[:space:]]*(SSHD_OPTS|OPTIONS|SSHD_OPTIONS)=' /etc/default/ssh /etc/sysconfig/sshd

# What it could speak.
for list in kex cipher mac key-sig key-ca-sign; do
  s speaks "$list"
  ssh -Q "$list" 2>/dev/null
done

# Who came in. Only what sshd itself wrote counts: anybody may log under its name, but not as uid 0.
logins=
if command -v journalctl >/dev/null; then
  logins=$(timeout 3 journalctl -q --no-pager -o short-unix -r -n 10000 --since=-30d \
    _UID=0 -t sshd -t sshd-session 2>/dev/null | grep -aE ': Accepted [a-z/-]+ for ' | head -c 60000)
fi
s journal
printf '%s\n' "$logins"
if [ -z "$logins" ] && [ -r /var/log/auth.log ]; then
  s authlog
  tail -c 2000000 /var/log/auth.log | grep -aE 'sshd(-session)?\[[0-9]+\]: Accepted [a-z/-]+ for ' | tail -c 60000
fi
exit 0

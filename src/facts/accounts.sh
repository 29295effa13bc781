# Password hashes stay on the host: only their class (set, locked, none, empty) is said. Key files are read as their owner,
# so that a link planted in a home cannot make root hand out another file.
me=$(id -u)
s uid "$me"
s now "$(date +%s)"
[ -e /etc/debian_version ] && s debian
{ [ -e /etc/nologin ] || [ -e /run/nologin ]; } && s nologin

passwd=$(getent passwd 2>/dev/null || cat /etc/passwd) || exit
s primary
printf '%s\n' "$passwd" | cut -d: -f1,3,4
s group
getent group 2>/dev/null || cat /etc/group
s shadow
{ getent shadow 2>/dev/null || cat /etc/shadow 2>/dev/null; } | while IFS=: read -r who hash changed _ max _ inactive expires _; do
  bare=$hash class=set
  while :; do
    case $bare in '!'* | '*'*) bare=${bare#?} class=locked ;; *) break ;; esac
  done
  # A hash begins with "$" or has the 13 characters of the oldest kind; anything else is a word that never matches.
  case $bare in '$'* | ?????????????*) ;; *) class=none ;; esac
  [ -n "$hash" ] || class=empty
  printf '%s\n' "$who:$class:$changed:$max:$inactive:$expires"
done

# Where keys live: one answer for everybody, unless a Match block names another place.
places() { ask_sshd -T "$@" 2>/dev/null | grep -E '^(authorizedkeysfile|strictmodes|usepam) '; }
common=$(places)
each=
if grep -qis '^[[:space:]]*match' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*; then
  grep -qisE '^[[:space:]]*"?authorizedkeysfile' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* && each=1
fi
s effective
printf '%s\n' "$common"

# One AuthorizedKeysFile word with its tokens replaced, in $path.
place() {
  path='' left=$1
  while :; do
    case $left in
      *%*) path=$path${left%%%*} left=${left#*%} ;;
      *) break ;;
    esac
    case $left in
      h*) path=$path$home ;;
      u*) path=$path$name ;;
      U*) path=$path$uid ;;
      %*) path=$path% ;;
    esac
    left=${left#?}
  done
  path=$path$left
  case $path in /*) ;; *) path=${home%/}/$path ;; esac
}

# Mode and owner of a file and of every folder above it, up to the home or the root.
chain() {
  at=$1
  set -- "$at"
  while [ "$at" != / ] && [ "$at" != "$realhome" ]; do
    at=${at%/*}
    at=${at:-/}
    set -- "$@" "$at"
  done
  stat -c '%a %u %g %h %s %F' -- "$@"
}

keyfile() {
  real=$(realpath -- "$path" 2>/dev/null) || real=
  s real
  printf '%s' "$real"
  [ -n "$real" ] || return 0
  s chain
  chain "$real"
  [ -f "$real" ] || return 0
  s content
  if command -v setpriv >/dev/null && [ "$me" = 0 ]; then
    setpriv --reuid="$uid" --regid="$gid" --init-groups head -c 262144 -- "$real" 2>/dev/null | base64
  elif [ -O "$real" ]; then
    head -c 262144 -- "$real" 2>/dev/null | base64
  fi
}

nl='
'
printf '%s\n' "$passwd" | while IFS=: read -r name hash uid gid _ home shell; do
  case $uid:$gid in
    :* | *: | *[!0-9:]*)
      [ -z "$name" ] || { s malformed && printf '%s' "$name:$uid:$gid:$home:$shell"; }
      continue
      ;;
  esac
  case $hash in '') hash=empty ;; *) hash=there ;; esac
  usable=1
  case ${shell:=/bin/sh} in
    */nologin | */false | */true | */sync | */shutdown | */halt) usable=0 ;;
    *) [ -x "$shell" ] || usable=0 ;;
  esac
  settings=$common
  case $name$each in
    *[!A-Za-z0-9._-]* | -*) ;;
    *1) [ -n "$each" ] && settings=$(places -C "user=$name,host=portcullis.invalid,addr=192.0.2.1") ;;
  esac
  patterns='.ssh/authorized_keys .ssh/authorized_keys2'
  case $settings in
    *authorizedkeysfile\ *)
      patterns=${settings#*authorizedkeysfile }
      patterns=${patterns%%"$nl"*}
      ;;
  esac
  set -f
  keys=0
  for pattern in $patterns; do
    place "$pattern"
    [ -e "$path" ] || [ -L "$path" ] && keys=1
  done
  if [ "$keys" = 0 ] && [ "$uid" != 0 ] && [ "$usable" = 0 ]; then
    set +f
    continue
  fi
  s account "$hash" "$usable"
  printf '%s\n' "$name:$uid:$gid:$home:$shell"
  [ -n "$each" ] && s settings && printf '%s\n' "$settings"
  realhome=$(realpath -- "$home" 2>/dev/null) || realhome=
  s home
  printf '%s' "$realhome"
  for pattern in $patterns; do
    [ "$pattern" = none ] && continue
    place "$pattern"
    s key
    printf '%s' "$path"
    if [ -e "$path" ] || [ -L "$path" ]; then keyfile; fi
  done
  set +f
  if [ -r /var/log/lastlog ]; then
    s last
    od -An -td4 -j $((uid * 292)) -N 4 /var/log/lastlog 2>/dev/null
  fi
  if [ "$uid" != 0 ] && [ "$me" = 0 ] && command -v sudo >/dev/null; then
    s sudo
    sudo -n -l -U "$name" </dev/null 2>&1
  fi
done
exit 0

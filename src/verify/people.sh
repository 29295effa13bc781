# What the host says of people, in one go. Reads only. Arguments: NONCE, then names of accounts. A key file is looked for by sshd's own
# word and read as its owner, as sshd reads it.
nonce=$1
shift
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
for user in "$@"; do
  printf '%s person %s\n' "$nonce" "$user"
  entry=$(getent passwd "$user" 2>/dev/null || grep "^$user:" /etc/passwd) || { echo absent; continue; }
  IFS=: read -r _ _ uid gid _ home _ <<ENTRY
$entry
ENTRY
  printf 'groups %s\n' "$(id -Gn "$user")"
  if command -v sudo >/dev/null; then
    sudo -n -l -U "$user" </dev/null 2>&1 | sed 's/^/sudo /'
  else
    echo 'sudo is not allowed to run sudo'
  fi
  patterns=$(sshd -T -C "user=$user,host=portcullis.invalid,addr=192.0.2.1" 2>/dev/null | sed -n 's/^authorizedkeysfile //p')
  for pattern in ${patterns:-.ssh/authorized_keys}; do
    path=$(printf '%s' "$pattern" | sed "s|%h|$home|g; s|%u|$user|g; s|%U|$uid|g")
    case $path in /*) ;; *) path=$home/$path ;; esac
    [ -e "$path" ] || continue
    # StrictModes: nobody but root and the owner may write to the file, or to a folder above it up to the home.
    at=$path
    while :; do
      stat -L -c 'mode %a %u %g' -- "$at"
      case $at in "$home" | /) break ;; esac
      at=${at%/*}
      at=${at:-/}
    done
    if command -v setpriv >/dev/null; then
      setpriv --reuid="$uid" --regid="$gid" --init-groups cat -- "$path" 2>/dev/null | sed 's/^/key /'
    fi
  done
  printf 'own %s %s\n' "$uid" "$gid"
done
printf '%s end\n' "$nonce"

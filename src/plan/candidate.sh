#!/bin/sh
# What sshd would say if the planned files were there, without the files being there. Everything happens in a private mount
# namespace that vanishes with this process: a copy of /etc/ssh on a tmpfs is bound over the real one, the rest is made
# read-only. Where that is not possible the plan's own flattened text goes to sshd on its stdin, and the answer says so.
# $1: this script itself. $2: "inside" once we are in the namespace.
# stdin, one record a line, words in base64 ("-" is empty): key LINE / stage N / put PATH MODE UID GID CONTENT / drop PATH /
# flat TEXT / probe SPEC / look PATH / run. stdout: records, and whatever sshd printed behind "| ".
set -u
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077

if [ "${2-}" != inside ] && command -v unshare >/dev/null 2>&1; then
  unshare -m --propagation private /bin/sh -c "$1" portcullis-candidate "$1" inside
  code=$?
  # 77: the namespace could not be set up, and nothing of stdin was read.
  [ "$code" -eq 77 ] || [ "$code" -eq 1 ] || exit "$code"
fi

sshd=$(command -v sshd) || { echo 'FATAL sshd is not there'; exit 3; }
work=''
if [ "${2-}" = inside ]; then
  base=''
  for try in /mnt /media /srv /opt; do
    [ -d "$try" ] && { base=$try; break; }
  done
  [ -n "$base" ] || exit 77
  mount -t tmpfs -o mode=0700,size=16m portcullis-candidate "$base" 2>/dev/null || exit 77
  mkdir -p "$base/ssh" && cp -a /etc/ssh/. "$base/ssh/" || exit 77
  chmod 0755 "$base/ssh"
  mount --bind "$base/ssh" /etc/ssh 2>/dev/null || exit 77
  umount "$base" 2>/dev/null || exit 77
  work=/etc/ssh/.portcullis-candidate
  mkdir "$work" || exit 77
  # Without a running service (socket activation) the folder sshd insists on is not there.
  if [ ! -d /run/sshd ]; then
    mount -t tmpfs -o mode=0755,size=1m portcullis-candidate /run 2>/dev/null && mkdir /run/sshd
  fi
  readonly_places=''
  for place in / /etc /home /root /run /tmp /usr /var /var/log; do
    while read -r _ mounted _; do
      [ "$mounted" = "$place" ] || continue
      mount -o remount,bind,ro "$place" 2>/dev/null && readonly_places="$readonly_places $place"
      break
    done </proc/self/mounts
  done
  echo "METHOD namespace"
  echo "READONLY$readonly_places"
else
  echo "METHOD flattened"
fi

decode() {
  if [ "$1" = - ]; then printf ''; else printf '%s' "$1" | base64 -d; fi
}

quoted() {
  while IFS= read -r line || [ -n "$line" ]; do printf '| %s\n' "$line"; done
}

# Runs sshd on the candidate; the arguments are sshd's.
ask() {
  if [ -n "$work" ]; then
    "$sshd" "$@" </dev/null 2>&1
  else
    decode "$flat" | "$sshd" -f /dev/stdin "$@" 2>&1
  fi
}

put() {
  path=$(decode "$1")
  case $path in
    /etc/ssh/*)
      mkdir -p "${path%/*}"
      decode "$5" >"$work/new" || return 1
      chown "$3:$4" "$work/new" && chmod "$2" "$work/new" && mv -f "$work/new" "$path"
      ;;
    *)
      # A drop-in that is a link to somewhere else: the candidate is laid over the real file.
      number=$((number + 1))
      decode "$5" >"$work/over.$number" || return 1
      chmod "$2" "$work/over.$number" && mount --bind "$work/over.$number" "$path"
      ;;
  esac
}

present() {
  if [ -e "$2" ]; then echo "NAMED $1 yes $2"; else echo "NAMED $1 no $2"; fi
}

# Files that the answers name. Paths with tokens (%u, %h) differ by user and cannot be looked at here.
named() {
  sort -u | while read -r keyword rest; do
    case "$rest" in '' | none | *%*) continue ;; esac
    case $keyword in
      revokedkeys)
        present "$keyword" "$rest"
        revoked "$rest"
        ;;
      trustedusercakeys | hostkey | hostcertificate | banner | chrootdirectory) present "$keyword" "$rest" ;;
      pamservicename) present "$keyword" "/etc/pam.d/$rest" ;;
      forcecommand | authorizedkeyscommand | authorizedprincipalscommand)
        program=${rest%% *}
        case $program in /*) present "$keyword" "$program" ;; esac
        ;;
      subsystem)
        program=${rest#* }
        program=${program%% *}
        case $program in /*) present "$keyword" "$program" ;; esac
        ;;
    esac
  done
}

# A key revocation list is asked through ssh-keygen; a plain list of keys is searched for the key itself.
revoked() {
  [ "$key" != - ] && [ -e "$1" ] || return 0
  if [ ! -f "$1" ] || [ ! -r "$1" ]; then echo "REVOKED unreadable $1"; return 0; fi
  line=$(decode "$key")
  blob=${line#* }
  blob=${blob%% *}
  if grep -qF -e "$blob" "$1"; then echo "REVOKED yes $1"; return 0; fi
  if [ -n "$work" ]; then
    printf '%s\n' "$line" >"$work/key.pub"
    answer=$(ssh-keygen -Q -f "$1" "$work/key.pub" 2>&1)
    case $answer in *REVOKED*) echo "REVOKED yes $1"; return 0 ;; esac
  fi
  echo "REVOKED no $1"
}

key=-
flat=-
looks=''
probes=''
number=0
while read -r verb a b c d e; do
  case $verb in
    key) key=$a ;;
    stage)
      echo "STAGE $a"
      looks=''
      probes=''
      flat=-
      ;;
    put)
      [ -z "$work" ] || put "$a" "$b" "$c" "$d" "$e" || { echo "FATAL a file of the candidate could not be put"; exit 3; }
      ;;
    drop)
      path=$(decode "$a")
      case $path in /etc/ssh/*) [ -z "$work" ] || rm -f "$path" ;; esac
      ;;
    flat) flat=$a ;;
    probe) probes="$probes $a" ;;
    look) looks="$looks $a" ;;
    run)
      answer=$(ask -t)
      echo "TEST $?"
      printf '%s' "$answer" | quoted
      general=$(ask -T)
      echo "GENERAL $?"
      printf '%s\n' "$general" | quoted
      everything=$general
      index=0
      for probe in $probes; do
        answer=$(ask -T -C "$(decode "$probe")")
        echo "LOGIN $index $?"
        printf '%s\n' "$answer" | quoted
        everything="$everything
$answer"
        index=$((index + 1))
      done
      printf '%s\n' "$everything" | named
      for look in $looks; do
        path=$(decode "$look")
        if [ -e "$path" ]; then echo "INCLUDE yes $path"; else echo "INCLUDE no $path"; fi
      done
      ;;
    *)
      echo 'FATAL unknown record'
      exit 3
      ;;
  esac
done
if command -v ip >/dev/null 2>&1; then
  ip -o addr show 2>/dev/null | while read -r _ _ _ address _; do echo "ADDRESS ${address%%/*}"; done
fi
if command -v visudo >/dev/null 2>&1; then
  visudo -c >/dev/null 2>&1
  echo "SUDOERS $?"
fi
echo END

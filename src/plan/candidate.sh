# ---- what the host would say if the plan were carried out, without carrying it out on the host
# The best place that can be had: a rehearsal (rehearse-place.sh; the engine's own operations are run in it), else a private mount
# namespace with a copy of /etc/ssh over the real one and the rest read-only, else the plan's own flattened text on sshd's
# stdin. The answer says which. All of it is gone when this process ends.
# $1: this text. $2: "" | rehearse | inside. $3: the engine's functions (gzip in base64); empty: no rehearsal is wanted.
# $4: folders below / that are written to. $5: "packets" when there are some to send.
# stdin, one record a line, words in base64 ("-" is empty): key LINE / stage N / check NAME / packets ADDRESSES PORTS / request TEXT / put PATH MODE UID GID CONTENT /
# drop PATH / flat TEXT / alike / probe SPEC / look PATH / run | done. stdout: records, and whatever a program printed behind "| ".
set -u
LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 077
LIMIT=50
NL='
'

# The host's own addresses, before it is out of sight.
if [ -z "${2-}" ] && command -v ip >/dev/null 2>&1; then
  ip -o addr show 2>/dev/null | while read -r _ _ _ address _; do echo "ADDRESS ${address%%/*}"; done
fi

if [ -z "${2-}" ] && command -v unshare >/dev/null 2>&1; then
  if [ -n "$3" ]; then
    # --kill-child: whatever was started in there ends with its first process, and that one with this command.
    # Not in a group of its own: what ends this command ends it too.
    {
      said=$(present_rules "$5" | timeout --foreground -s KILL "$LIMIT" unshare --mount --net --pid --ipc --uts --fork --kill-child --propagation private \
        /bin/sh -c "$1" portcullis-candidate "$1" rehearse "$3" "$4" 3<&0 0<&6 6<&- 2>&1 1>&7 7>&-)
      code=$?
    } 6<&0 7>&1
    # Nothing of stdin was read: 77 said so, the others are unshare's and timeout's own.
    case $code in 77 | 1 | 12[567]) ;; *) [ -z "$said" ] || printf '%s\n' "$said" >&2; exit "$code" ;; esac
    [ -z "$said" ] || printf 'NOTHERE %s\n' "${said%%"$NL"*}"
  else
    echo 'NOTHERE not asked for'
  fi
  unshare -m --propagation private /bin/sh -c "$1" portcullis-candidate "$1" inside '' ''
  code=$?
  # 77: the namespace could not be set up, and nothing of stdin was read.
  [ "$code" -eq 77 ] || [ "$code" -eq 1 ] || exit "$code"
elif [ -z "${2-}" ]; then
  echo 'NOTHERE no unshare'
fi

work=''
case ${2-} in
  rehearse)
    build_place "$4"
    printf %s "$3" | base64 -d | gzip -d >/run/portcullis/engine 2>/dev/null || not_here 'the engine cannot be unpacked'
    work=/run/portcullis
    echo 'METHOD rehearsed'
    ;;
  inside)
    copy_place
    echo 'METHOD namespace'
    ;;
  *) echo 'METHOD flattened' ;;
esac
sshd=$(command -v sshd) || { echo 'FATAL sshd is not there'; exit 3; }

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

# What the engine did with a request: its own words, or why it was not asked. CARRIED is yes, so that the files count as in
# place, only where it came to its end: one that died on the way said no more.
carry_out() {
  CARRIED=''
  [ "$place" = rehearse ] || return 0
  answer=$(
    # shellcheck disable=SC1091 # it came with us
    . /run/portcullis/engine
    rehearse_request "$1" 2>&1
  )
  printf '%s\n' "$answer"
  [ "${answer##*"$NL"}" != CARRIED ] || CARRIED=yes
}

# Each with its exit code before the change, on something broken, and now.
run_checks() {
  for one in $checks; do
    name=${one%%,*}
    answer=$(check "$name" now)
    echo "CHECK $name $? ${one#*,}" | tr , ' '
    printf '%s' "$answer" | quoted
  done
}

# Only where the planned rules are in place.
run_packets() {
  [ -n "$wires" ] && [ "$PACKETS" = yes ] && [ -n "$CARRIED" ] || return 0
  # shellcheck disable=SC2086 # words, split on purpose
  set -- $wires
  knock after "$2" "$3" "$4" "$5"
}

key=-
flat=-
alike=''
looks=''
probes=''
checks=''
number=0
place=${2-}
CARRIED=''
PACKETS=''
wires=''
while read -r verb a b c d e; do
  case $verb in
    key) key=$a ;;
    stage)
      echo "STAGE $a"
      looks=''
      probes=''
      checks=''
      flat=-
      alike=''
      CARRIED=''
      wires=''
      ;;
    check)
      if [ "$place" = rehearse ]; then
        check "$a" now >/dev/null
        was=$?
        check "$a" broken >/dev/null
        checks="$checks $a,$was,$?"
      fi
      ;;
    packets)
      if [ "$place" = rehearse ]; then
        wires="$a $b $c $d $e"
        # shellcheck disable=SC2086 # words, split on purpose
        prepare_packets $wires
      fi
      ;;
    request) carry_out "$a" ;;
    put)
      [ -z "$work" ] || [ -n "$CARRIED" ] || put "$a" "$b" "$c" "$d" "$e" || { echo "FATAL a file of the candidate could not be put"; exit 3; }
      ;;
    drop)
      path=$(decode "$a")
      case $path in /etc/ssh/*) [ -z "$work" ] || [ -n "$CARRIED" ] || rm -f "$path" ;; esac
      ;;
    flat) flat=$a ;;
    alike) alike=yes ;;
    probe) probes="$probes $a" ;;
    look) looks="$looks $a" ;;
    done)
      run_checks
      run_packets
      ;;
    run)
      run_checks
      run_packets
      if [ "$place" = rehearse ]; then
        echo broken >/tmp/broken
        "$sshd" -t -f /tmp/broken </dev/null >/dev/null 2>&1
        echo "CANARY $?" || exit 3
      fi
      answer=$(ask -t)
      # Nobody listens any more: a first process of a namespace does not die of that by itself.
      echo "TEST $?" || exit 3
      printf '%s' "$answer" | quoted
      general=$(ask -T)
      echo "GENERAL $?"
      printf '%s\n' "$general" | quoted
      everything=$general
      index=0
      for probe in $probes; do
        # Two witnesses are wanted that nobody is treated apart: the files have no Match, and the first login gets what all get.
        if [ "$alike" = same ]; then
          echo "LOGIN $index 0 =" || exit 3
        else
          answer=$(ask -T -C "$(decode "$probe")")
          code=$?
          if [ "$code" -eq 0 ] && [ "$answer" = "$general" ]; then
            [ -z "$alike" ] || alike=same
            echo "LOGIN $index 0 =" || exit 3
          else
            alike=''
            echo "LOGIN $index $code" || exit 3
            printf '%s\n' "$answer" | quoted
            everything="$everything
$answer"
          fi
        fi
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
if command -v visudo >/dev/null 2>&1; then
  visudo -c >/dev/null 2>&1
  echo "SUDOERS $?"
fi
echo END

# ---- primitive: account-lines (lines of passwd, shadow, group, gshadow, by their name)
# The tables are files like any other: kept, replaced by one rename, put back to the byte. Where another hand changed one meanwhile
# (a password, another account), our lines alone are taken out again. What is in shadow stays on the host.

# Edits, a line each: "add LINE" (its name is not there yet), "drop NAME FIELD3" (FIELD3 as in the line, "-": whatever it is),
# "join NAME MEMBER", "leave NAME MEMBER", "expire NAME FROM TO" (days; "-": never), "close NAME", "open NAME" (an empty password).
# edited_table FILE EDITS strict|lenient: the table with them on stdout. strict: 1 and why on stderr where one does not fit.
edited_table() {
  printf '%s\n' "$2" | awk -F: -v OFS=: -v strict="$3" '
    function bad(text) { print text >"/dev/stderr"; if (strict == "strict") failed = 1 }
    function holds(list, name,   parts, i, n) { n = split(list, parts, ","); for (i = 1; i <= n; i++) if (parts[i] == name) return 1; return 0 }
    function without(list, name,   parts, i, n, out) { n = split(list, parts, ","); out = ""; for (i = 1; i <= n; i++) if (parts[i] != name) out = out (out == "" ? "" : ",") parts[i]; return out }
    function flush_added(   i) { for (i = 1; i <= adds; i++) print added[i]; adds = 0 }
    FNR == NR {
      verb = $0; sub(/ .*/, "", verb)
      if (verb == "add") { line = substr($0, 5); split(line, part, ":"); added[++adds] = line; fresh[part[1]] = 1 }
      else { split($0, word, " "); n = ++count[word[2]]; what[word[2], n] = verb; one[word[2], n] = word[3]; two[word[2], n] = word[4] }
      next
    }
    /^\+/ { flush_added() }
    ($1 in fresh) && !/^[+-]/ { bad($1 " is there already") }
    ($1 in count) && !/^[+-]/ {
      seen[$1] = 1; gone = 0
      for (i = 1; i <= count[$1]; i++) {
        verb = what[$1, i]; a = one[$1, i]; b = two[$1, i]
        if (verb == "drop") { if (a == "-" || a == $3) gone = 1; else bad($1 " is another by now") }
        else if (verb == "join") { if (holds($4, a)) bad(a " is in " $1 " already"); else $4 = ($4 == "" ? a : $4 "," a) }
        else if (verb == "leave") { if (!holds($4, a)) bad(a " is not in " $1); else $4 = without($4, a) }
        else if (verb == "expire") { if ($8 != (a == "-" ? "" : a)) bad("the account of " $1 " ends at another day by now"); else $8 = (b == "-" ? "" : b) }
        else if (verb == "close") { if ($2 != "") bad($1 " has a password by now"); else $2 = "!" }
        else if (verb == "open") { if ($2 != "!") bad($1 " has a password by now"); else $2 = "" }
        else bad("unknown edit " verb)
      }
      if (gone) next
    }
    { print }
    END {
      flush_added()
      for (name in count) if (!(name in seen)) bad(name " is not there")
      exit failed
    }' - "$1"
}

# The edits that take EDITS back, last one first.
inverse_edits() {
  printf '%s\n' "$1" | awk -v table="$2" '{
    verb = $1
    if (verb == "add") { line = substr($0, 5); split(line, part, ":"); out = "drop " part[1] " " ((table == "passwd" || table == "group") ? part[3] : "-") }
    else if (verb == "join") out = "leave " $2 " " $3
    else if (verb == "leave") out = "join " $2 " " $3
    else if (verb == "expire") out = "expire " $2 " " $4 " " $3
    else if (verb == "close") out = "open " $2
    else if (verb == "open") out = "close " $2
    all = out (NR == 1 ? "" : "\n" all)
  } END { print all }'
}

is_table() { case $1 in passwd | shadow | group | gshadow) ;; *) return 1 ;; esac; }

# Names as useradd takes them; numbers; nothing that is a field of its own. A line that is added holds no password.
is_edits() {
  is_encoded "$2" && decode "$2" || return 1
  [ -n "$DECODED" ] || return 1
  ie_name='[a-z_][a-z0-9_-]{0,31}'
  case $1 in
    passwd) ie_add="add $ie_name:x:[1-9][0-9]{0,9}:[1-9][0-9]{0,9}:[^:,[:cntrl:]]*:/[A-Za-z0-9_./-]*:/[A-Za-z0-9_./-]*" ;;
    shadow) ie_add="add $ie_name:[*!]:[0-9]{1,7}:[0-9]*:[0-9]*:[0-9]*::[0-9]*:" ;;
    group) ie_add="add $ie_name:x:[1-9][0-9]{0,9}:($ie_name(,$ie_name)*)?" ;;
    gshadow) ie_add="add $ie_name:!::($ie_name(,$ie_name)*)?" ;;
  esac
  # What takes a line away comes from ourselves alone, when something is taken back.
  ! printf '%s\n' "$DECODED" | grep -q -v -E "^($ie_add|(join|leave) [A-Za-z0-9_.-]{1,32} [A-Za-z0-9_.-]{1,32}|expire [A-Za-z0-9_.-]{1,32} (-|[0-9]{1,7}) (-|[0-9]{1,7})|close [A-Za-z0-9_.-]{1,32})\$"
}

# Somebody holds the lock that passwd and systemd-sysusers take (lckpwdf), which is no file of its own.
tables_locked() {
  tl_lock=$(stat -c '%d:%i' /etc/.pwd.lock 2>/dev/null) || return 1
  # shellcheck disable=SC2013 # numbers, a word each
  for tl_pid in $(awk -v inode="${tl_lock#*:}" '{ for (i = 5; i < NF; i++) if ($i ~ (":" inode "$")) print $(i - 1) }' /proc/locks 2>/dev/null); do
    # A lock of an open file names no process. Else the number alone may be that of a file on another disk.
    [ "$tl_pid" != -1 ] || return 0
    ! stat -L -c '%d:%i' "/proc/$tl_pid/fd/"* 2>/dev/null | grep -q -x -F -e "$tl_lock" || return 0
  done
  return 1
}

# A tool that holds a table is waited for: it would write its own copy over ours.
table_free() {
  tf_left=50
  while { [ -e "/etc/$1.lock" ] || tables_locked; } && [ "$tf_left" -gt 0 ]; do
    sleep 0.1
    tf_left=$((tf_left - 1))
  done
  [ ! -e "/etc/$1.lock" ] || { WHY="another program holds /etc/$1 (there is /etc/$1.lock)"; return 1; }
  [ "$tf_left" -gt 0 ] || ! tables_locked || { WHY="another program holds /etc/$1 (it locked /etc/.pwd.lock)"; return 1; }
}

# What is added must be nobody's in a directory (LDAP, NIS) either, which no table here shows. Else a line in STALE.
stale_directory() { # passwd|group edits
  command -v getent >/dev/null 2>&1 || return 0
  for sd_one in $(printf '%s\n' "$2" | awk -F: '/^add / { print substr($1, 5) " " $3 }'); do
    sd_code=0
    timeout 20 getent "$1" "$sd_one" >/dev/null 2>&1 || sd_code=$?
    case $sd_code:$sd_one in
      0:[0-9]*) STALE="${STALE}the number $sd_one belongs to somebody whom a directory knows (getent $1 $sd_one); raise UID_MIN and GID_MIN in /etc/login.defs above its numbers$NL" ;;
      0:*) STALE="$STALE$sd_one is known already (getent $1 $sd_one), from a directory; choose another name$NL" ;;
      2:*) ;;
      *) STALE="${STALE}getent $1 $sd_one could not say whether it is free (exit $sd_code)$NL" ;;
    esac
  done
}

# Does every edit still fit? Else a line in STALE.
stale_account() { # table b64edits
  decode "$2" && sa_edits=$DECODED
  sa_said=$(edited_table "/etc/$1" "$sa_edits" strict 2>&1 >/dev/null) || { STALE="$STALE/etc/$1 changed since the plan was made: ${sa_said%%"$NL"*}$NL"; return 0; }
  case $1 in passwd | group) stale_directory "$1" "$sa_edits" ;; esac
}

# What the table will be goes to the checkpoint, beside the original, and is private like it.
snapshot_account() { # number table b64edits
  decode "$3" && sn_edits=$DECODED
  [ -f "/etc/$2" ] && [ ! -L "/etc/$2" ] || { WHY="/etc/$2 is not a regular file"; return 1; }
  mkdir -p "$T/payload" && table_free "$2" || return 1
  sn_meta=$(stat -c '%a:%u:%g' "/etc/$2")
  while case $sn_meta in ????:*) false ;; *) true ;; esac do sn_meta=0$sn_meta; done
  sn_said=$(edited_table "/etc/$2" "$sn_edits" strict 2>&1 >"$T/payload/account-$1") || { WHY="/etc/$2: ${sn_said%%"$NL"*}"; return 1; }
  printf '%s\n' "$sn_edits" >"$T/account-$1" && sync "$T/payload/account-$1" "$T/account-$1" || { WHY='no space for the checkpoint'; return 1; }
  sn_owner=${sn_meta#*:}
  encode "/etc/$2"
  snapshot_file "$1" "$ENCODED" "file:$(hash_file "$T/payload/account-$1"):$sn_meta" "${sn_owner%:*}" "${sn_owner#*:}" -
}

do_account_lines() { # number table b64edits
  load_object "$1" && table_free "$2" || return 1
  al_rest=${O_ours#file:*:}
  al_owner=${al_rest#*:}
  do_put_file "$1" - "account-$1" "${al_rest%%:*}" "${al_owner%:*}" "${al_owner#*:}"
}
check_account_lines() { check_file "$1"; }
undo_account_lines() { undo_file "$1"; }

# Another hand changed the table in the O_ variables: our lines go, the rest stays. EXTRA says so. 1 when it cannot be written.
# What somebody writes while we edit would be lost under our rename: then we start again from his bytes.
restore_table() {
  if ! was_begun "$O_n"; then
    rm -f -- "$O_keep/$O_n"
    return 0
  fi
  rt_edits=$(inverse_edits "$(cat "$T/account-$O_n")" "${O_real##*/}")
  rt_rounds=20
  while :; do
    # Held for long or not: our lines must go.
    table_free "${O_real##*/}"
    rt_seen=$(hash_file "$O_real") && rt_said=$(edited_table "$O_real" "$rt_edits" lenient 2>&1 >"$T/account-back") || { WHY="$O_path could not be edited"; return 1; }
    ! cmp -s "$T/account-back" "$O_real" || break
    EXTRA="$O_path was changed by someone else meanwhile: our lines were taken out, the rest was left${rt_said:+ (${rt_said%%"$NL"*})}"
    fp "undo-$O_n-before" || return 1
    rm -f -- "$O_temp"
    cp -a -- "$O_real" "$O_temp" && cat "$T/account-back" >"$O_temp" && sync_path "$O_temp" || { WHY="$O_path could not be put back (disk full?)"; return 1; }
    rt_rounds=$((rt_rounds - 1))
    if [ "$(hash_file "$O_real")" != "$rt_seen" ]; then
      [ "$rt_rounds" -gt 0 ] || { rm -f -- "$O_temp"; WHY="$O_path is changed again and again by someone else"; return 1; }
      continue
    fi
    mv -fT -- "$O_temp" "$O_real" && sync_dir || { WHY="$O_path could not be put back (disk full?)"; return 1; }
    fp "undo-$O_n-after" || return 1
    break
  done
  rm -f -- "$T/account-back" "$O_keep/$O_n"
}

# A kept change of a table, taken back now: "account-lines TABLE EDITS" where that gives the bytes of before or another hand was here
# too, else the file itself. Nothing where our lines cannot be told any more.
plan_table() { # path
  pt_table=${1##*/}
  pt_edits=$(inverse_edits "$(cat "$T/account-$O_n")" "$pt_table")
  pt_said=$(edited_table "$1" "$pt_edits" strict 2>&1 >"$T/account-back") || {
    rm -f -- "$T/account-back"
    UNDO_LEFT="$UNDO_LEFT$1: ${pt_said%%"$NL"*}: left as it is$NL"
    return 0
  }
  pt_sum=$(hash_file "$T/account-back")
  rm -f -- "$T/account-back"
  pt_before=${O_before#file:}
  if [ "$pu_now" = "$O_ours" ] && [ "$pt_sum" != "${pt_before%%:*}" ]; then
    add_undo "restore $O_path $TX $O_n $O_before $O_ours"
  else
    encode "$pt_edits"
    add_undo "account-lines $pt_table $ENCODED"
  fi
  if [ "$pu_now" = "$O_ours" ]; then
    UNDO_PLAN="${UNDO_PLAN}restore $1$NL"
  else
    UNDO_PLAN="${UNDO_PLAN}take our lines out of $1; what others changed since stays$NL"
  fi
}

# ---- primitive: set-mode (mode and owner of a file whose bytes stay where they are; no copy of it is made)

# Is the file still of mode, user and group as the plan saw it? Else a line in STALE.
stale_mode() { # b64path mode uid gid
  decode "$1" && sm_path=$DECODED
  if ! resolve "$sm_path"; then
    STALE=$STALE$WHY$NL
    return 0
  fi
  case $(state_of "$REAL") in
    file:*:"$2:$3:$4") ;;
    *) STALE="$STALE$sm_path changed since the plan was made$NL" ;;
  esac
}

# The keep directory "." says that there is no copy: the hash in "before" is what tells another hand's edit.
snapshot_mode() { # number b64path mode uid gid
  decode "$2" && sm_path=$DECODED
  resolve "$sm_path" || return 1
  sm_before=$(state_of "$REAL")
  case $sm_before in file:*) ;; *) WHY="$sm_path is not a regular file" && return 1 ;; esac
  guard_parents "$REAL" "$4" || return 1
  case $OWNER:$sm_before in
    0:* | "$OWNER":file:*:*:"$OWNER":*) ;;
    *) WHY="$sm_path lies in a directory of user $OWNER but belongs to another" && return 1 ;;
  esac
  encode "$REAL" && sm_real=$ENCODED && encode . || return 1
  printf '%s %s %s %s %s %s %s %s -\n' "$1" "$2" "$sm_real" "$sm_before" "${sm_before%:*:*:*}:$3:$4:$5" "$ENCODED" \
    "$OWNER" "$5" >>"$T/objects.part"
}

# put_mode STATE POINT: owner first, because a change of owner takes special bits of the mode away.
put_mode() {
  pm_rest=${1#file:*:}
  pm_mode=${pm_rest%%:*} pm_owner=${pm_rest#*:}
  trace mode "$O_real"
  if [ "$(stat -c %u:%g -- "$O_real")" != "$pm_owner" ]; then
    as_owner "$O_uid" "$O_gid" chown "$pm_owner" -- "$O_real" || { WHY="the owner of $O_path could not be changed"; return 1; }
  fi
  fp "$2-after-owner" || return 1
  as_owner "$O_uid" "$O_gid" chmod "$pm_mode" -- "$O_real" || { WHY="the mode of $O_path could not be changed"; return 1; }
  sync_path "$O_real" || { WHY="$O_path: sync failed"; return 1; }
}

do_set_mode() { # number
  load_object "$1" && still_before && fp "op-$1-before-mode" || return 1
  put_mode "$O_ours" "op-$1" || return 1
  fp "op-$1-after-mode"
}

check_set_mode() { check_file "$1"; }
undo_set_mode() { undo_file "$1"; }

# The object in the O_ variables back to its mode and owner; 2 when another hand gave it other bytes meanwhile.
restore_mode() {
  sm_now=$(state_of "$O_real")
  [ "$sm_now" != "$O_before" ] || return 0
  if [ "${sm_now%:*:*:*}" != "${O_before%:*:*:*}" ]; then
    WHY="$O_path was changed by someone else meanwhile: left as it is"
    return 2
  fi
  fp "undo-$O_n-before" || return 1
  put_mode "$O_before" "undo-$O_n" || return 1
  fp "undo-$O_n-after" || return 1
  [ "$(state_of "$O_real")" = "$O_before" ] || { WHY="$O_path is not as it was"; return 1; }
}

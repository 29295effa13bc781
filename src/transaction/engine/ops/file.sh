# ---- primitive: put-file, remove-file, restore (a file of an earlier checkpoint)

# Nobody touched the file between the checkpoint and now.
still_before() {
  [ "$(state_of "$O_real")" = "$O_before" ] || { WHY="$O_path was changed while the change was being applied"; return 1; }
}

# The last two moves of every file change: rename with no merge into a directory, then the directory to disk.
swap_in() {
  still_before && fp "op-$1-before-rename" || return 1
  trace rename "$O_real"
  as_owner "$O_uid" "$O_gid" mv -fT -- "$O_temp" "$O_real" || { WHY="$O_path could not be replaced"; return 1; }
  fp "op-$1-after-rename" || return 1
  sync_dir || { WHY="$O_path: sync of its directory failed"; return 1; }
  fp "op-$1-after-sync"
}

# own_and_mode FILE UID:GID MODE: chown only where it is another one, because it takes capabilities away.
own_and_mode() {
  if [ "$O_uid" = 0 ]; then
    [ "$(stat -c %u:%g -- "$1")" = "$2" ] || chown "$2" -- "$1" || return 1
  fi
  as_owner "$O_uid" "$O_gid" chmod "$3" -- "$1"
}

do_put_file() { # number b64path sha mode uid gid
  load_object "$1" && make_dirs || return 1
  pf_error="$O_path could not be written (disk full?)"
  rm -f -- "$O_temp" "$O_like"
  # shellcheck disable=SC2016 # expanded by the inner shell
  pf_private='umask 077; set -C; cat >"$1"'
  as_owner "$O_uid" "$O_gid" /bin/sh -c "$pf_private" sh "$O_temp" <"$T/payload/$3" || { WHY=$pf_error; return 1; }
  trace write "$O_temp"
  fp "op-$1-after-write" || return 1
  if [ -f "$O_real" ]; then
    # ACL, attributes, capabilities and label of the file that is replaced; GNU cp has the option, busybox does not need it. They go by way of
    # an empty file that gets the new owner and mode first: what was written must not have the old ones, not for a moment.
    as_owner "$O_uid" "$O_gid" /bin/sh -c "$pf_private" sh "$O_like" </dev/null || { WHY=$pf_error; return 1; }
    as_owner "$O_uid" "$O_gid" cp --attributes-only --preserve=all -- "$O_real" "$O_like" 2>/dev/null
    own_and_mode "$O_like" "$5:$6" "$4" || { WHY=$pf_error; return 1; }
    as_owner "$O_uid" "$O_gid" cp --attributes-only --preserve=all -- "$O_like" "$O_temp" 2>/dev/null
    rm -f -- "$O_like"
  fi
  own_and_mode "$O_temp" "$5:$6" "$4" || { WHY=$pf_error; return 1; }
  sync_path "$O_temp" || { WHY="$O_path: sync failed"; return 1; }
  [ "$(state_of "$O_temp")" = "$O_ours" ] || { WHY="$O_path: what was written does not read back"; return 1; }
  swap_in "$1" || return 1
  if [ "$O_before" = absent ] && command -v restorecon >/dev/null 2>&1; then restorecon -- "$O_real"; fi
  return 0
}

do_remove_file() { # number
  load_object "$1" && still_before && fp "op-$1-before-rename" || return 1
  trace rename "$O_real"
  as_owner "$O_uid" "$O_gid" rm -f -- "$O_real" || { WHY="$O_path could not be removed"; return 1; }
  fp "op-$1-after-rename" || return 1
  sync_dir || { WHY="$O_path: sync of its directory failed"; return 1; }
  fp "op-$1-after-sync"
}

# The original inode of an earlier transaction when it is whole, else its copy.
do_restore() { # number b64path from fromnumber
  load_object "$1" || return 1
  if [ "$O_ours" = absent ]; then
    do_remove_file "$1" && remove_made
    return
  fi
  make_dirs || return 1
  rm -f -- "$O_temp"
  rf_keep=$(kept_path "$3" "$4")
  if [ "$(state_of "$rf_keep")" = "$O_ours" ] && in_dir ln -- "$rf_keep" "${O_temp##*/}" 2>/dev/null; then
    fp "op-$1-after-write" || return 1
  else
    unpack "$STATE/tx/$3/snapshot.tar" "$4" "${rf_keep%/*}" "$O_ours" || { WHY="$O_path: both copies of the original are damaged"; return 1; }
    in_dir mv -fT -- "$COPY" "${O_temp##*/}" || { WHY="$O_path could not be written (disk full?)"; return 1; }
    fp "op-$1-after-write" || return 1
  fi
  sync_path "$O_temp" || { WHY="$O_path: sync failed"; return 1; }
  swap_in "$1"
}

# The directories that transaction $1 made for its object $2, as base64.
made_by() {
  while read -r mb_n _path _real _before _ours _keep _uid _gid mb_made <&4; do
    [ "$mb_n" != "$2" ] || printf %s "$mb_made"
  done 4<"$STATE/tx/$1/objects"
}

# Where transaction $1 keeps the inode of its object $2.
kept_path() {
  while read -r kp_n _path _real _before _ours kp_keep _rest <&4; do
    [ "$kp_n" != "$2" ] || { decode "$kp_keep" && printf '%s/%s' "$DECODED" "$2"; }
  done 4<"$STATE/tx/$1/objects"
}

check_file() {
  load_object "$1" && [ "$(state_of "$O_real")" = "$O_ours" ] || { WHY="$O_path is not what was written"; return 1; }
}
check_put_file() { check_file "$1"; }
check_remove_file() { check_file "$1"; }
check_restore() { check_file "$1"; }

undo_file() { load_object "$1" && restore_object; }
undo_put_file() { undo_file "$1"; }
undo_remove_file() { undo_file "$1"; }
undo_restore() { undo_file "$1"; }

# ---- paths: what is there, is it safe to write, keep it, put it back

# "absent", "file:SHA256:MODE:UID:GID" or "other" (directory, link, device).
state_of() {
  if [ -L "$1" ]; then
    printf other
  elif [ -f "$1" ]; then
    st_sum=$(hash_file "$1") && st_meta=$(stat -c '%a:%u:%g' -- "$1") || { printf other; return 0; }
    while case $st_meta in ????:*) false ;; *) true ;; esac do st_meta=0$st_meta; done
    printf 'file:%s:%s' "$st_sum" "$st_meta"
  elif [ -e "$1" ]; then
    printf other
  else
    printf absent
  fi
}

# The real file behind path $1 in REAL, and in MADE the directories that would be created (outermost first).
resolve() {
  MADE=''
  if [ -L "$1" ]; then
    REAL=$(readlink -f -- "$1") && [ -f "$REAL" ] && [ ! -L "$REAL" ] && return 0
    WHY="$1 is a symbolic link that does not lead to a regular file"
    return 1
  fi
  rs_base=${1%/*} rs_rest=''
  while [ -n "$rs_base" ] && [ ! -d "$rs_base" ]; do
    if [ -e "$rs_base" ] || [ -L "$rs_base" ]; then
      WHY="$rs_base is not a directory"
      return 1
    fi
    rs_rest="/${rs_base##*/}$rs_rest"
    rs_base=${rs_base%/*}
  done
  rs_base=$(cd -P -- "${rs_base:-/}" && pwd -P) || { WHY="$1: its directory cannot be entered"; return 1; }
  [ "$rs_base" != / ] || rs_base=''
  REAL=$rs_base$rs_rest/${1##*/}
  while [ -n "$rs_rest" ]; do
    MADE="$rs_base$rs_rest${MADE:+$NL$MADE}"
    rs_rest=${rs_rest%/*}
  done
  if [ -e "$REAL" ] && [ ! -f "$REAL" ]; then
    WHY="$1 is not a regular file"
    return 1
  fi
}

# Nobody but root may be able to swap $1 under us. One exception: everything below a directory of user $2 that is to
# be written for that same user; OWNER is then that user, and the writing is done as that user.
guard_parents() {
  OWNER=0
  gp_at=${1%/*}
  while [ -n "$gp_at" ] && [ ! -d "$gp_at" ]; do gp_at=${gp_at%/*}; done
  while :; do
    # Looked at a moment ago for another path of this plan, up to the root.
    case $NL${SAFE_PARENTS-} in *"$NL${gp_at:-/}$NL"*) break ;; esac
    gp_stat=$(stat -c '%u %g %a' -- "${gp_at:-/}") || { WHY="${gp_at:-/} cannot be read"; return 1; }
    gp_uid=${gp_stat%% *} gp_mode=${gp_stat##* } gp_gid=${gp_stat#* } gp_gid=${gp_gid% *}
    case $gp_mode in
      *[2367]) WHY="${gp_at:-/} can be written by everyone" && return 1 ;;
      *[2367]?) [ "$gp_uid" != 0 ] || [ "$gp_gid" = 0 ] || { WHY="$gp_at can be written by group $gp_gid"; return 1; } ;;
    esac
    if [ "$gp_uid" != 0 ]; then
      [ "$gp_uid" = "$2" ] || { WHY="$gp_at belongs to user $gp_uid, not to root"; return 1; }
      OWNER=$gp_uid
    fi
    [ -n "$gp_at" ] || break
    gp_at=${gp_at%/*}
  done
  gp_at=${1%/*}
  [ "$OWNER" != 0 ] || [ ! -d "$gp_at" ] || SAFE_PARENTS=${SAFE_PARENTS-}$gp_at$NL
  [ "$OWNER" = 0 ] || command -v setpriv >/dev/null 2>&1 || {
    WHY="$1 lies in a directory of user $OWNER and this host has no setpriv to write as that user"
    return 1
  }
}

# as_owner UID GID COMMAND...: what happens in a user's own directory is done with that user's rights only.
as_owner() {
  ao_uid=$1 ao_gid=$2
  shift 2
  if [ "$ao_uid" = 0 ]; then
    "$@"
  else
    setpriv --reuid "$ao_uid" --regid "$ao_gid" --clear-groups -- "$@"
  fi
}

# Keeps the inode of $2 as number $1: beside our state where that is the same file system, else at the file system's root.
keep_inode() {
  KEEP=$T/keep
  ln -- "$2" "$KEEP/$1" 2>/dev/null && return 0
  ki_device=$(stat -c %d -- "$2") ki_at=${2%/*}
  while [ -n "${ki_at%/*}" ] && [ "$(stat -c %d -- "${ki_at%/*}")" = "$ki_device" ]; do ki_at=${ki_at%/*}; done
  [ "$(stat -c %d /)" != "$ki_device" ] || ki_at=''
  KEEP=$ki_at/.portcullis-keep-$TX
  [ -d "$KEEP" ] || mkdir -m 0700 "$KEEP" || return 1
  ki_error=$(ln -- "$2" "$KEEP/$1" 2>&1) && return 0
  rmdir "$KEEP" 2>/dev/null
  WHY="the original of $2 cannot be kept: ${ki_error##*: } (immutable flag, read-only or no hard links?)"
  return 1
}

# Space and inodes where $1 will be written; $2 is the size of the plan in KiB.
guard_space() {
  gs_at=${1%/*}
  while [ -n "$gs_at" ] && [ ! -d "$gs_at" ]; do gs_at=${gs_at%/*}; done
  case $NL${ROOMY-} in *"$NL${gs_at:-/} $2$NL"*) return 0 ;; esac
  gs_size=$2 gs_need=$((3 * $2))
  [ "$gs_need" -ge "$NEED_KIB" ] || gs_need=$NEED_KIB
  # shellcheck disable=SC2046 # df's columns are split on purpose
  set -- $(df -Pk -- "${gs_at:-/}" | tail -n 1)
  if [ "$4" -lt "$gs_need" ]; then
    WHY="no space: ${gs_at:-/} has $4 KiB free, $gs_need KiB are needed"
    return 1
  fi
  # shellcheck disable=SC2046
  set -- $(df -Pi -- "${gs_at:-/}" | tail -n 1)
  case $2:$4 in
    0:* | *[!0-9:]*) ;;
    *) [ "$4" -ge 100 ] || { WHY="no inodes: ${gs_at:-/} has $4 left, 100 are needed"; return 1; } ;;
  esac
  ROOMY="${ROOMY-}${gs_at:-/} $gs_size$NL"
}

# objects: number, path, real path, before, ours, keep directory, owner of the directory, gid, directories that come and go with it.
# Paths are base64. load_object NUMBER puts one line into O_ variables.
load_object() {
  while read -r O_n O_path O_real O_before O_ours O_keep O_uid O_gid O_made <&4; do
    if [ "$O_n" = "$1" ]; then
      decode "$O_path" && O_path=$DECODED
      decode "$O_real" && O_real=$DECODED
      decode "$O_keep" && O_keep=$DECODED
      O_dir=${O_real%/*} O_name=${O_real##*/}
      O_temp=$O_dir/.$O_name.portcullis-$TX~
      O_like=$O_temp~
      return 0
    fi
  done 4<"$T/objects"
  WHY="no object $1"
  return 1
}

# Files without which nobody gets in: taken back first, and even over another hand's edit.
is_access() {
  case $1 in
    /etc/ssh/* | */.ssh/* | /etc/systemd/system/ssh* | /etc/sudoers | /etc/sudoers.d/* | /etc/pam.d/* | /etc/passwd | /etc/shadow | /etc/group | /etc/gshadow) return 0 ;;
  esac
  return 1
}

# Works inside the directory itself, so that a path swapped meanwhile leads nowhere: in_dir COMMAND...
in_dir() (
  cd -P -- "$O_dir" && [ "$(pwd -P)" = "${O_dir:-/}" ] && [ "$(stat -c %u .)" = "$O_uid" ] && "$@"
)

# Brings a directory entry's change to disk.
sync_dir() { sync_path "${O_dir:-/}"; }

# Object in the O_ variables back to what it was. Sets WHY and returns 1 when it could not, 2 when another hand's edit was left.
restore_object() {
  case $O_keep in
    .)
      restore_mode
      return
      ;;
    '~')
      restore_home
      return
      ;;
    '%')
      restore_tree
      return
      ;;
  esac
  rm -f -- "$O_temp" "$O_like"
  ro_now=$(state_of "$O_real")
  if [ "$ro_now" = "$O_before" ]; then
    restore_inode
    return
  fi
  if [ -f "$T/account-$O_n" ] && [ "$ro_now" != "$O_ours" ]; then
    restore_table
    return
  fi
  # In between ours: content in place but owner or mode not yet, counts as ours too.
  if [ "$ro_now" != "$O_ours" ] && [ "${ro_now%:*:*:*}" != "${O_ours%:*:*:*}" ] && [ "$ro_now" != absent ]; then
    mkdir -p "$T/conflict"
    cp -a -- "$O_real" "$T/conflict/$O_n"
    if ! is_access "$O_real"; then
      WHY="$O_path was changed by someone else meanwhile: left as it is"
      return 2
    fi
    EXTRA="$O_path was changed by someone else meanwhile: restored, their version is $T/conflict/$O_n"
  fi
  fp "undo-$O_n-before" || return 1
  if [ "$O_before" = absent ]; then
    if [ "$ro_now" != absent ]; then
      as_owner "$O_uid" "$O_gid" rm -f -- "$O_real" || { WHY="$O_path could not be removed"; return 1; }
    fi
  elif ! make_dirs; then
    return 1
  elif [ -f "$O_keep/$O_n" ] && [ "$(state_of "$O_keep/$O_n")" = "$O_before" ]; then
    in_dir mv -fT -- "$O_keep/$O_n" "$O_name" || { WHY="$O_path could not be put back"; return 1; }
  else
    restore_copy || return 1
  fi
  fp "undo-$O_n-after" || return 1
  [ ! -d "$O_dir" ] || sync_dir || { WHY="$O_path: sync failed"; return 1; }
  ro_now=$(state_of "$O_real")
  [ "$ro_now" = "$O_before" ] || { WHY="$O_path is not as it was"; return 1; }
  [ "$O_before" != absent ] || remove_made
}

# Nothing to put back; the kept name goes, so that the link count is as it was.
restore_inode() {
  if [ "$O_before" != absent ] && [ -f "$O_keep/$O_n" ]; then
    # The same inode, or one that is damaged: what is there by now is right.
    if [ "$(stat -c %d:%i -- "$O_keep/$O_n")" = "$(stat -c %d:%i -- "$O_real")" ] || [ "$(state_of "$O_keep/$O_n")" != "$O_before" ]; then
      rm -f -- "$O_keep/$O_n"
    else
      in_dir mv -fT -- "$O_keep/$O_n" "$O_name" && sync_dir || { WHY="$O_path could not be put back"; return 1; }
    fi
  fi
  [ "$O_before" != absent ] || remove_made
}

# The second copy, when the kept inode is gone or damaged.
restore_copy() {
  if ! unpack "$T/snapshot.tar" "$O_n" "$O_keep" "$O_before"; then
    WHY="$O_path: both copies of the original are damaged"
    return 1
  fi
  sync_path "$COPY" && in_dir mv -fT -- "$COPY" "$O_name" || { WHY="$O_path could not be put back from its copy"; return 1; }
  rmdir "${COPY%/*}" 2>/dev/null
}

# Directories of $O_made that are missing are made; ~/.ssh privately.
make_dirs() {
  [ "$O_made" != - ] && decode "$O_made" || return 0
  md_rest=$DECODED
  while [ -n "$md_rest" ]; do
    md_one=${md_rest%%"$NL"*}
    md_rest=${md_rest#"$md_one"}
    md_rest=${md_rest#"$NL"}
    case $md_one in */.ssh) md_mode=0700 ;; *) md_mode=0755 ;; esac
    [ -d "$md_one" ] || as_owner "$O_uid" "$O_gid" mkdir -m "$md_mode" -- "$md_one" && sync_path "${md_one%/*}" || {
      WHY="$md_one could not be made"
      return 1
    }
  done
}

# unpack TAR NUMBER DIRECTORY STATE: the copy as COPY, on the file system of the directory, where a rename puts it in place.
unpack() {
  COPY=$3/from-copy/$2
  rm -rf "$3/from-copy"
  mkdir -p "$3/from-copy" || return 1
  tar --acls --xattrs --xattrs-include='*' --selinux --numeric-owner -xpf "$1" -C "$3/from-copy" "$2" 2>/dev/null ||
    tar -xpf "$1" -C "$3/from-copy" "$2"
  [ "$(state_of "$COPY")" = "$4" ]
}

remove_made() {
  [ "$O_made" != - ] && decode "$O_made" || return 0
  rm_list=''
  rm_rest=$DECODED
  while [ -n "$rm_rest" ]; do
    rm_one=${rm_rest%%"$NL"*}
    rm_rest=${rm_rest#"$rm_one"}
    rm_rest=${rm_rest#"$NL"}
    rm_list=$rm_one$NL$rm_list
  done
  # Innermost first; one that holds something by now stays.
  while [ -n "$rm_list" ]; do
    rm_one=${rm_list%%"$NL"*}
    rm_list=${rm_list#*"$NL"}
    [ ! -d "$rm_one" ] || [ -L "$rm_one" ] || { as_owner "$O_uid" "$O_gid" rmdir -- "$rm_one" 2>/dev/null && sync_path "${rm_one%/*}"; }
  done
  return 0
}

# ---- is the host still what the plan was made from? Then: what is needed to take the change back

# base KIND [SHA MODE UID GID] of a manifest line, as state_of writes it.
base_of() {
  case $1 in
    absent) printf absent ;;
    *) printf 'file:%s:%s:%s:%s' "$2" "$3" "$4" "$5" ;;
  esac
}

# Writes every object of the manifest that is not what the plan says into STALE.
check_bases() {
  STALE=''
  while read -r n kind a b c d e f g h i j <&3; do
    case $kind in
      put-file) decode "$a" && cb_want=$(base_of "$f" "$g" "$h" "$i" "$j") ;;
      remove-file) decode "$a" && cb_want=$(base_of "$b" "$c" "$d" "$e" "$f") ;;
      restore) decode "$a" && cb_want=$e ;;
      set-mode)
        stale_mode "$a" "$e" "$f" "$g"
        continue
        ;;
      account-lines)
        stale_account "$a" "$b"
        continue
        ;;
      make-home)
        decode "$a" && { [ ! -e "$DECODED" ] && [ ! -L "$DECODED" ]; } || STALE="$STALE$DECODED exists already$NL"
        continue
        ;;
      packages)
        stale_packages "$a" "$b"
        continue
        ;;
      nft-table)
        case $d in table) d=table:$e ;; esac
        stale_table "$a" "$b" "$d"
        continue
        ;;
      nft-restore)
        stale_table "$a" "$b" "$f"
        continue
        ;;
      ufw)
        stale_ufw "$b"
        continue
        ;;
      postgres-role | postgres-restore)
        stale_role "$a"
        continue
        ;;
      certbot-issue)
        stale_certificate "$a" "$f"
        continue
        ;;
      postgres-right)
        stale_right "$a" "$b" "$c" "$d" "$e"
        continue
        ;;
      unit)
        [ "${c:--}" = - ] || [ "$c" = "$(unit_enabled "$a")" ] || STALE="$STALE$a is $(unit_enabled "$a"), the plan saw $c$NL"
        [ "${d:--}" = - ] || [ "$d" = "$(unit_active "$a")" ] || STALE="$STALE$a is $(unit_active "$a"), the plan saw $d$NL"
        continue
        ;;
      *) continue ;;
    esac
    if ! resolve "$DECODED"; then
      STALE=$STALE$WHY$NL
    elif [ "$(state_of "$REAL")" != "$cb_want" ]; then
      STALE="$STALE$DECODED changed since the plan was made$NL"
    fi
  done 3<"$T/manifest"
  [ -z "$STALE" ]
}

# snapshot_file NUMBER B64PATH OURS UID GID DIRECTORIES (base64 or -, that go when the file goes)
snapshot_file() {
  sf_n=$1 sf_path=$2 sf_ours=$3
  decode "$2" && sf_plain=$DECODED
  resolve "$sf_plain" || return 1
  sf_before=$(state_of "$REAL")
  sf_uid=$4
  # What is taken away belongs to whom it belongs.
  case $3:$sf_before in absent:file:*) sf_uid=${sf_before%:*} sf_uid=${sf_uid##*:} ;; esac
  guard_parents "$REAL" "$sf_uid" && guard_space "$REAL" "$PLAN_KIB" || return 1
  KEEP=-
  if [ "$sf_before" != absent ]; then
    case ${sf_before#file:*:*:} in
      "$OWNER":*) ;;
      *) [ "$OWNER" = 0 ] || { WHY="$sf_plain lies in a directory of user $OWNER but belongs to another"; return 1; } ;;
    esac
    keep_inode "$sf_n" "$REAL" || return 1
    [ "$(state_of "$KEEP/$sf_n")" = "$sf_before" ] || { WHY="$sf_plain changed while it was kept"; return 1; }
    PACK="$PACK$KEEP$NL$sf_n$NL"
  fi
  sf_made=$6
  if [ -n "$MADE" ]; then encode "$MADE" && sf_made=$ENCODED; fi
  encode "$REAL" && sf_real=$ENCODED && encode "$KEEP" || return 1
  printf '%s %s %s %s %s %s %s %s %s\n' "$sf_n" "$sf_path" "$sf_real" "$sf_before" "$sf_ours" "$ENCODED" \
    "$OWNER" "$5" "$sf_made" >>"$T/objects.part"
}

# take_snapshot all|first|rest. An urgent change, which closes a door, is made as soon as its own checkpoint is there (first);
# what is behind it follows before anything of that is touched (rest). A checkpoint that ends in between is whole for what was done.
take_snapshot() {
  guard_space "$STATE/tx" "$PLAN_KIB" || return 1
  mkdir -p "$T/keep" && : >"$T/objects.part" && : >"$T/tables.part" || { WHY='no space for the checkpoint'; return 1; }
  PACK=''
  if [ "$1" = rest ]; then
    cat "$T/tables" >"$T/tables.part" && cat "$T/objects" >"$T/objects.part" && pack_again || { WHY='the checkpoint could not be read again'; return 1; }
  else
    dd if=/dev/zero of="$STATE/ballast" bs=65536 count=16 2>/dev/null && sync_path "$STATE/ballast" || {
      WHY='no space left on device for the reserve of 1 MiB'
      return 1
    }
  fi
  while read -r n kind a b c d e f <&3; do
    case $1:$n in first:1 | all:* | rest:[!1]* | rest:1?*) ;; *) continue ;; esac
    case $kind in
      put-file) snapshot_file "$n" "$a" "file:$b:$c:$d:$e" "$d" "$e" - || return 1 ;;
      remove-file) snapshot_file "$n" "$a" absent 0 0 - || return 1 ;;
      account-lines) snapshot_account "$n" "$a" "$b" || return 1 ;;
      make-home) snapshot_home "$n" "$a" || return 1 ;;
      home-away) snapshot_home_away "$n" "$a" "$b" "$c" || return 1 ;;
      set-mode) snapshot_mode "$n" "$a" "$b" "$c" "$d" || return 1 ;;
      certbot-issue) snapshot_certificate "$n" "$a" "$b" || return 1 ;;
      certbot-away) snapshot_certificate "$n" "$a" '' || return 1 ;;
      packages) snapshot_packages "$c" || return 1 ;;
      nft-table | nft-restore) snapshot_table "$n" "$kind" "$a" "$b" "$c" "$d" "$e" || return 1 ;;
      ufw | ufw-restore) snapshot_ufw "$n" || return 1 ;;
      postgres-role | postgres-restore) snapshot_role "$n" "$kind" "$a" "$b" "$c" || return 1 ;;
      postgres-right) snapshot_right "$n" "$a" "$b" "$c" "$d" "$e" || return 1 ;;
      restore)
        case $d in absent) ts_uid=0 ts_gid=0 ;; *) ts_gid=${d##*:} ts_uid=${d%:*} ts_uid=${ts_uid##*:} ;; esac
        ts_made=-
        [ "$d" != absent ] || ts_made=$(made_by "$b" "$c")
        snapshot_file "$n" "$a" "$d" "$ts_uid" "$ts_gid" "$ts_made" || return 1
        ;;
    esac
    fp "snapshot-$n" || return 1
  done 3<"$T/manifest"
  if [ "$1" = first ]; then : >"$T/units" || return 1; else snapshot_units || return 1; fi
  pack_copies || return 1
  mv -fT "$T/tables.part" "$T/tables" && mv -fT "$T/objects.part" "$T/objects" && sync "$T/objects" "$T/tables" "$T/units" "$T/keep" && sync_path "$T" || { WHY='the checkpoint could not be synced'; return 1; }
}

# Whether an object of that state and keep directory (base64) has a copy of its own: no mode ("."), home ("~") or tree ("%").
has_copy() {
  [ "$1" != absent ] && decode "$2" || return 1
  case $DECODED in . | '~' | '%') return 1 ;; esac
}

# PACK of what was kept already: the second copy is one, and is made anew.
pack_again() {
  while read -r pa_n _path _real pa_before _ours pa_keep _rest <&3; do
    has_copy "$pa_before" "$pa_keep" || continue
    PACK="$PACK$DECODED$NL$pa_n$NL"
  done 3<"$T/objects.part"
}

# The second copy: one tar with ACLs and attributes, read back and compared.
pack_copies() {
  set --
  while [ -n "$PACK" ]; do
    pc_dir=${PACK%%"$NL"*} PACK=${PACK#*"$NL"}
    pc_n=${PACK%%"$NL"*} PACK=${PACK#*"$NL"}
    set -- "$@" -C "$pc_dir" "$pc_n"
  done
  [ $# -gt 0 ] || return 0
  tar --acls --xattrs --selinux --numeric-owner -cf "$T/snapshot.tar" "$@" 2>/dev/null || tar -cf "$T/snapshot.tar" "$@" || {
    WHY='no second copy could be written (disk full?)'
    return 1
  }
  sync_path "$T/snapshot.tar" || { WHY='the second copy could not be synced'; return 1; }
  fp snapshot-packed || return 1
  while read -r pc_n _path _real pc_before _ours pc_keep _rest <&3; do
    has_copy "$pc_before" "$pc_keep" || continue
    pc_sum=$(tar -xOf "$T/snapshot.tar" "$pc_n" | sha256sum)
    pc_want=${pc_before#file:}
    [ "${pc_sum%% *}" = "${pc_want%%:*}" ] || { WHY='the second copy does not read back as it was written'; return 1; }
  done 3<"$T/objects.part"
}

# ---- primitive: make-home (a person's folder, from the host's skeleton, with a key file), home-away (one of an earlier checkpoint)

# Everything in a folder: kind, mode, owner, and what files hold.
list_tree() (
  cd -P -- "$1" && { find . -exec stat -c '%n %F %a %u %g' {} + && find . -type f -exec sha256sum {} + && find . -type l -exec readlink {} +; } | sort
)

# The keep directory "~" says that the object is a home.
snapshot_home() { # number b64path uid gid
  decode "$2" && sh_path=$DECODED
  [ ! -e "$sh_path" ] && [ ! -L "$sh_path" ] || { WHY="$sh_path exists already: whose it is nobody knows"; return 1; }
  [ -d "${sh_path%/*}" ] || { WHY="${sh_path%/*} is not there"; return 1; }
  resolve "$sh_path" && guard_parents "$REAL" 0 && guard_space "$REAL" "$PLAN_KIB" || return 1
  encode "$REAL" && sh_real=$ENCODED && encode '~'
  printf '%s %s %s absent home %s 0 0 -\n' "$1" "$2" "$sh_real" "$ENCODED" >>"$T/objects.part"
}

# Built beside its place, where nobody but root gets in, and renamed when it is whole.
do_make_home() { # number b64path uid gid mode sha
  load_object "$1" || return 1
  mh_error="$O_path could not be made (disk full?)"
  rm -rf -- "${O_temp:?}" && mkdir -m 0700 -- "$O_temp" || { WHY=$mh_error; return 1; }
  [ ! -d /etc/skel ] || cp -R -- /etc/skel/. "$O_temp/" || { WHY=$mh_error; return 1; }
  fp "op-$1-after-skeleton" || return 1
  if [ "$6" != - ]; then
    rm -rf -- "$O_temp/.ssh" && mkdir -m 0700 -- "$O_temp/.ssh" && cat "$T/payload/$6" >"$O_temp/.ssh/authorized_keys" || { WHY=$mh_error; return 1; }
  fi
  chown -hR "$3:$4" -- "$O_temp" && chmod -R go-w -- "$O_temp" && { [ "$6" = - ] || chmod 0600 -- "$O_temp/.ssh/authorized_keys"; } && chmod "$5" -- "$O_temp" || { WHY=$mh_error; return 1; }
  list_tree "$O_temp" | put_durable "$T/home-$1" && sync -f "$O_temp" || { WHY=$mh_error; return 1; }
  fp "op-$1-before-rename" || return 1
  [ ! -e "$O_real" ] && [ ! -L "$O_real" ] || { WHY="$O_path came into being while the change was being applied"; return 1; }
  trace rename "$O_real"
  mv -T -- "$O_temp" "$O_real" || { WHY=$mh_error; return 1; }
  fp "op-$1-after-rename" || return 1
  sync_dir
}
check_make_home() {
  load_object "$1" && [ "$(list_tree "$O_real")" = "$(cat "$T/home-$1")" ] || { WHY="$O_path is not what was made"; return 1; }
}
undo_make_home() { load_object "$1" && restore_home; }

# home-away NUMBER b64path FROM FROMNUMBER: into the checkpoint, as long as it is what we made.
snapshot_home_away() {
  decode "$2" && ha_path=$DECODED
  home_untouched "$ha_path" "$3" "$4" || { WHY="$ha_path holds something that we did not put there"; return 1; }
  encode "$ha_path" && ha_real=$ENCODED && encode '~'
  printf '%s %s %s home absent %s 0 0 -\n' "$1" "$2" "$ha_real" "$ENCODED" >>"$T/objects.part"
}

# home_untouched PATH TX NUMBER: a folder as transaction TX made it, on the file system of our state.
home_untouched() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -f "$STATE/tx/$2/home-$3" ] && [ "$(stat -c %d -- "$1")" = "$(stat -c %d -- "$STATE/tx")" ] &&
    [ "$(list_tree "$1")" = "$(cat "$STATE/tx/$2/home-$3")" ]
}

do_home_away() { # number b64path from fromnumber
  load_object "$1" && home_untouched "$O_real" "$3" "$4" || { WHY="$O_path changed while the change was being applied"; return 1; }
  fp "op-$1-before-rename" || return 1
  trace rename "$O_real"
  mv -T -- "$O_real" "$T/keep/$1" && sync_path "$T/keep" && sync_dir || { WHY="$O_path could not be taken away"; return 1; }
  fp "op-$1-after-rename"
}
check_home_away() { load_object "$1" && [ ! -e "$O_real" ] || { WHY="$O_path is still there"; return 1; }; }
undo_home_away() { load_object "$1" && restore_home; }

# A home of a kept change, taken back now.
plan_home() { # path
  [ -e "$1" ] || [ -L "$1" ] || return 0
  if [ "$O_before" != absent ] || ! home_untouched "$1" "$TX" "$O_n"; then
    UNDO_LEFT="$UNDO_LEFT$1 holds something that we did not put there: left as it is$NL"
    return 0
  fi
  add_undo "home-away $O_path $TX $O_n"
  UNDO_PLAN="${UNDO_PLAN}remove $1$NL"
}

# The home in the O_ variables back in its place, or away when nobody put anything in it; 2 when somebody did.
restore_home() {
  if [ "$O_before" = home ]; then
    [ -d "$T/keep/$O_n" ] || return 0
    [ ! -e "$O_real" ] && fp "undo-$O_n-before" && mv -T -- "$T/keep/$O_n" "$O_real" && sync_dir || { WHY="$O_path could not be put back"; return 1; }
    fp "undo-$O_n-after"
    return
  fi
  rm -rf -- "${O_temp:?}"
  [ -e "$O_real" ] || [ -L "$O_real" ] || return 0
  if [ ! -f "$T/home-$O_n" ] || [ -L "$O_real" ] || [ "$(list_tree "$O_real")" != "$(cat "$T/home-$O_n")" ]; then
    WHY="$O_path holds something that we did not put there: left as it is"
    return 2
  fi
  fp "undo-$O_n-before" || return 1
  mv -T -- "$O_real" "$O_temp" && sync_dir && rm -rf -- "${O_temp:?}" && sync_dir || { WHY="$O_path could not be taken away"; return 1; }
  fp "undo-$O_n-after"
}

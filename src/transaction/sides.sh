# ---- what became of kept transactions, object by object: what was before, what was written, what is there now. Reads only; never part of
# the engine on a host. What is in a file is told only where each of the three may be: what we wrote and what was before it were part of
# the approved plan where a copy lies under wrote/; anything else everybody on the host may read. Otherwise only how long it is.
# shellcheck disable=SC2015,SC2034,SC2154 # as in the engine, whose variables these are

LONGEST_TEXT=65536

# "absent", "other", or "file MODE UID GID BYTES" with "-" for a length that is not known. $1 state, $2 file or nothing.
side() {
  case $1 in
    file:*)
      sd_meta=${1#file:*:}
      sd_size=-
      [ -z "$2" ] || sd_size=$(stat -c %s -- "$2") || sd_size=-
      printf 'file:%s:%s' "$sd_meta" "$sd_size"
      ;;
    absent) printf absent ;;
    *) printf other ;;
  esac
}

# $1 before, ours or now; $2 the file. Read with its owner's rights where the directory is his.
text() {
  [ -n "$2" ] && [ "$(stat -c %s -- "$2")" -le "$LONGEST_TEXT" ] || return 0
  tx_body=$(as_owner "$3" "$4" cat -- "$2" | base64 | tr -d '\n') && printf 'text %s %s\n' "$1" "${tx_body:--}"
}

# $1 a state. One that came later vouches for nothing: somebody may have put a secret into a file of ours.
everyones() {
  case $1 in file:*) ev_mode=${1#file:*:} ;; *) return 0 ;; esac
  case ${ev_mode%%:*} in [0-7][0-7][0-7][4-7]) ;; *) return 1 ;; esac
}

# The newest kept transaction after this one that wrote what is there now, in LATER.
written_later() { # b64path state
  LATER=- wl_fence=$M_fence
  for wl_dir in "$STATE"/tx/*/; do
    [ -f "$wl_dir/objects" ] && [ ! -f "$wl_dir/undone" ] || continue
    wl_state=''
    read -r wl_state <"$wl_dir/state"
    [ "$wl_state" = COMMITTED ] || continue
    while read -r _n wl_path _real _before wl_ours _rest <&4; do
      [ "$wl_path" = "$1" ] && [ "$wl_ours" = "$2" ] || continue
      wl_now=$(sed -n 's/^fence //p' "$wl_dir/meta")
      [ "$wl_now" -gt "$wl_fence" ] || continue
      wl_fence=$wl_now LATER=${wl_dir%/} LATER=${LATER##*/}
    done 4<"$wl_dir/objects"
  done
}

# Of the object in O_ and to_ variables: all three texts.
may_be_told() {
  if [ -f "$T/wrote/$to_sum" ]; then
    case $to_now in "file:$to_sum:"* | "${O_before%:*:*:*}:"*) return 0 ;; esac
  else
    everyones "$O_before" && everyones "$O_ours" || return 1
  fi
  everyones "$to_now"
}

# One line of objects, in O_ variables; the order of questions is the engine's own (plan_undo).
tell_object() {
  decode "$O_real" && to_real=$DECODED && decode "$O_keep" && to_keep=$DECODED || return 0
  # A tree of certificates is no file: what becomes of it the engine says in lines of its own.
  [ "$to_keep" != '%' ] || return 0
  to_now=$(state_of "$to_real") LATER=-
  if [ "$O_ours" = home ]; then
    printf 'object %s home absent other other -\n' "$O_path"
    return 0
  elif [ "$to_now" = "$O_before" ]; then
    to_fate=same
  elif [ -f "$T/account-$O_n" ]; then
    to_fate=lines
  elif [ "$to_now" != "$O_ours" ]; then
    to_fate=left
    written_later "$O_path" "$to_now"
  else
    case $O_before:$to_keep in
      absent:*) to_fate=remove ;;
      *:.) to_fate=mode ;;
      *) to_fate=restore ;;
    esac
  fi
  to_before='' to_ours='' to_file=''
  case $O_before:$to_keep in
    file:*:.) ;;
    file:*) [ "$(state_of "$to_keep/$O_n")" != "$O_before" ] || to_before=$to_keep/$O_n ;;
  esac
  case $to_now in file:*) to_file=$to_real ;; esac
  to_sum=${O_ours#file:} to_sum=${to_sum%%:*}
  if [ "$to_now" = "$O_ours" ]; then to_ours=$to_file; elif [ -f "$T/wrote/$to_sum" ]; then to_ours=$T/wrote/$to_sum; fi
  printf 'object %s %s %s %s %s %s\n' "$O_path" "$to_fate" "$(side "$O_before" "$to_before")" "$(side "$O_ours" "$to_ours")" "$(side "$to_now" "$to_file")" "$LATER"
  [ "$to_keep" != . ] && [ ! -f "$T/account-$O_n" ] || return 0
  if may_be_told; then
    [ "$O_uid" = 0 ] || command -v setpriv >/dev/null 2>&1 || return 0
    echo shown
    text before "$to_before" 0 0
    if [ "$to_ours" = "$to_real" ]; then text ours "$to_ours" "$O_uid" "$O_gid"; else text ours "$to_ours" 0 0; fi
    text now "$to_file" "$O_uid" "$O_gid"
  fi
}

[ ! -L "$STATE" ] && [ "$(stat -c '%u %a' "$STATE" 2>/dev/null)" = '0 700' ] || exit 97
for id; do
  open_tx "$id" || continue
  printf 'tx %s\n' "$id"
  read_state
  [ "$NOW_STATE" = COMMITTED ] && [ ! -f "$T/undone" ] && [ -f "$T/objects" ] || continue
  while read -r O_n O_path O_real O_before O_ours O_keep O_uid O_gid _made <&6; do tell_object; done 6<"$T/objects"
done
echo end

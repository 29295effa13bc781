# ---- primitive: unit (a verb of systemctl), relink (enablement as an earlier checkpoint had it)

unit_enabled() {
  ue_state=$(sc is-enabled "$1" 2>/dev/null)
  printf %s "${ue_state:-not-found}"
}

unit_active() {
  ua_state=$(sc is-active "$1" 2>/dev/null)
  printf %s "${ua_state:-unknown}"
}

unit_property() { sc show --property="$1" --value "$2" 2>/dev/null; }

valid_unit() {
  case $1 in
    -* | *[!A-Za-z0-9@_.:\\-]*) return 1 ;;
    *.service | *.socket | *.timer | *.target | *.mount | *.path | *.slice) return 0 ;;
  esac
  return 1
}

# Enablement and masking are nothing but links: they are recorded and put back as links, which needs no service manager.
list_links() {
  find "$UNITS" -type l ! -name 'portcullis-*' | sort | while IFS= read -r ll_link; do
    printf '%s %s\n' "$(encode "$ll_link")" "$(encode "$(readlink "$ll_link")")"
  done
}

# links_back BEFORE AFTER: takes away what came between the two lists, puts back what went. Sets LINKS_MOVED.
links_back() {
  LINKS_MOVED=''
  while read -r lb_link lb_target <&4; do
    grep -q -F -x "$lb_link $lb_target" "$1" && continue
    decode "$lb_link" && lb_path=$DECODED && decode "$lb_target"
    [ "$(readlink "$lb_path")" = "$DECODED" ] || continue
    rm -f -- "$lb_path" && sync_path "${lb_path%/*}" || return 1
    rmdir -- "${lb_path%/*}" 2>/dev/null
    LINKS_MOVED=yes
  done 4<"$2"
  while read -r lb_link lb_target <&4; do
    decode "$lb_link" && lb_path=$DECODED && decode "$lb_target"
    [ ! -L "$lb_path" ] || continue
    (umask 022 && mkdir -p "${lb_path%/*}") && ln -s -- "$DECODED" "$lb_path" && sync_path "${lb_path%/*}" || return 1
    LINKS_MOVED=yes
  done 4<"$1"
}

snapshot_units() {
  : >"$T/units"
  while read -r n kind a b c d <&3; do
    case $kind:$b in
      relink:* | unit:enable | unit:disable | unit:mask | unit:unmask) [ -f "$T/links-before" ] || list_links | put_durable "$T/links-before" || return 1 ;;
    esac
    [ "$kind" = unit ] && [ "$b" != daemon-reload ] || continue
    grep -q "^$a " "$T/units" || printf '%s %s %s\n' "$a" "$(unit_enabled "$a")" "$(unit_active "$a")" >>"$T/units"
  done 3<"$T/manifest"
}

# The socket of sshd does not come up while the service it starts runs: that one stops first (open sessions stay) and
# starts again at the next login.
free_socket() {
  case $1 in ssh.socket | sshd.socket) ;; *) return 0 ;; esac
  fs_service=$(unit_property Triggers "$1")
  case $fs_service in
    *" "*) return 0 ;;
    *.service) [ "$(unit_active "$fs_service")" != active ] || sc stop "$fs_service" ;;
  esac
}

do_unit() { # number name verb
  case $3 in
    daemon-reload) du_out=$(sc daemon-reload 2>&1) ;;
    reload)
      if [ "$(unit_active "$2")" != active ]; then
        log "$2 is not running: nothing to reload"
        return 0
      fi
      du_out=$(sc reload "$2" 2>&1)
      ;;
    start | restart)
      sc reset-failed "$2" 2>/dev/null
      free_socket "$2"
      du_out=$(sc "$3" "$2" 2>&1)
      ;;
    stop | enable | disable | mask | unmask) du_out=$(sc "$3" "$2" 2>&1) ;;
    *) du_out='unknown verb' && false ;;
  esac || { WHY="systemctl $3 $2 failed: $du_out"; return 1; }
  fp "op-$1-after-verb"
}

# A unit that ran before must run now, settled; waits a moment for one that is still on its way.
check_unit() { # number name verb
  case $3 in reload | start | restart) ;; *) return 0 ;; esac
  cu_was=start
  [ "$3" = start ] || cu_was=$(unit_before "$2")
  case $cu_was in start | active) ;; *) return 0 ;; esac
  cu_tries=25
  while [ "$(unit_active "$2")" != active ]; do
    cu_tries=$((cu_tries - 1))
    [ "$cu_tries" -gt 0 ] || { WHY="$2 is $(unit_active "$2") after $3"; return 1; }
    sleep 0.2
  done
  case $2 in
    *.service) [ "$(unit_property MainPID "$2")" != 0 ] || [ "$(unit_property Type "$2")" = oneshot ] || { WHY="$2 has no main process after $3"; return 1; } ;;
  esac
}

unit_before() {
  while read -r ub_name _enabled ub_active <&4; do
    [ "$ub_name" != "$1" ] || printf %s "$ub_active"
  done 4<"$T/units"
}

# Taken back as a whole, in undo_links and undo_units.
undo_unit() { return 0; }

do_relink() { # number fromtx
  [ -f "$STATE/tx/$2/links-after" ] || return 0
  links_back "$STATE/tx/$2/links-before" "$STATE/tx/$2/links-after" || { WHY='enablement links could not be put back'; return 1; }
}
check_relink() { return 0; }
undo_relink() { return 0; }

undo_links() {
  LINKS_MOVED=''
  [ -f "$T/links-before" ] || return 0
  list_links >"$T/links-now" && links_back "$T/links-before" "$T/links-now" && rm -f "$T/links-now" || {
    WHY='enablement links could not be put back'
    return 1
  }
}

# undo_units WHICH: "access" for ssh's units, "other" for the rest. A verb that never ran needs no answer.
undo_units() {
  while read -r uu_name _enabled uu_active <&5; do
    case $1:$uu_name in
      access:ssh.* | access:sshd.*) ;;
      other:ssh.* | other:sshd.* | access:*) continue ;;
    esac
    uu_verb=''
    while read -r n kind a b c d <&3; do
      [ "$kind:$a" = "unit:$uu_name" ] && was_begun "$n" || continue
      case $b:$uu_verb in
        daemon-reload:*) ;;
        restart:*) uu_verb=restart ;;
        *:restart) ;;
        *) uu_verb=$b ;;
      esac
    done 3<"$T/manifest"
    fp "undo-unit-$uu_name" || return 1
    uu_now=$(unit_active "$uu_name")
    case $uu_active:$uu_now:$uu_verb in
      active:active:restart) free_socket "$uu_name"; sc restart "$uu_name" ;;
      active:active:reload) sc reload "$uu_name" ;;
      active:active:*) ;;
      active:*) sc reset-failed "$uu_name" 2>/dev/null; free_socket "$uu_name"; sc start "$uu_name" ;;
      *:active:?*) sc stop "$uu_name" ;;
      *) ;;
    esac || exception "$uu_name could not be brought back ($uu_verb)"
  done 5<"$T/units"
}

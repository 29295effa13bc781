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

# Enablement and masking are nothing but links: they are recorded and put back as links, which needs no service manager. Of a unit that
# has an init script too systemctl renames that one's links.
list_links() {
  find "$UNITS" /etc/rc[0-6S].d -type l ! -name portcullis-recover.service ! -name portcullis-finish.service 2>/dev/null | sort >"$T/link-names" || return 1
  # One process for all of them; a readlink that takes one name at a time is asked one at a time.
  if tr '\n' '\0' <"$T/link-names" | xargs -0 -r readlink -- >"$T/link-targets" 2>/dev/null && [ "$(wc -l <"$T/link-names")" = "$(wc -l <"$T/link-targets")" ]; then
    awk 'FNR == NR { target[NR] = $0; next } { print; print target[FNR] }' "$T/link-targets" "$T/link-names"
  else
    while IFS= read -r ll_link; do printf '%s\n%s\n' "$ll_link" "$(readlink "$ll_link")"; done <"$T/link-names"
  fi | encode_pairs
}

# Two lines of text to one line "base64 base64": one process for all of them. Bytes, because the locale is C.
encode_pairs() {
  awk '
    BEGIN {
      alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
      for (i = 1; i < 256; i++) code[sprintf("%c", i)] = i
    }
    {
      text = ""
      for (i = 1; i <= length($0); i += 3) {
        a = code[substr($0, i, 1)]; b = code[substr($0, i + 1, 1)]; c = code[substr($0, i + 2, 1)]
        text = text substr(alphabet, int(a / 4) + 1, 1) substr(alphabet, (a % 4) * 16 + int(b / 16) + 1, 1)
        text = text (i + 1 > length($0) ? "=" : substr(alphabet, (b % 16) * 4 + int(c / 64) + 1, 1))
        text = text (i + 2 > length($0) ? "=" : substr(alphabet, c % 64 + 1, 1))
      }
      if (NR % 2) first = text
      else print first, text
    }
  '
}

# Directories that were there before, a line each: an empty one stays when the last link in it goes.
list_link_dirs() { find "$UNITS" -type d; }

# links_back BEFORE AFTER: takes away what came between the two lists, puts back what went. Sets LINKS_MOVED.
links_back() {
  LINKS_MOVED=''
  while read -r lb_link lb_target <&4; do
    grep -q -F -x "$lb_link $lb_target" "$1" && continue
    decode "$lb_link" && lb_path=$DECODED && decode "$lb_target"
    [ "$(readlink "$lb_path")" = "$DECODED" ] || continue
    rm -f -- "$lb_path" && sync_path "${lb_path%/*}" || return 1
    grep -q -s -F -x "${lb_path%/*}" "${1%/*}/link-dirs" || rmdir -- "${lb_path%/*}" 2>/dev/null
    LINKS_MOVED=yes
  done 4<"$2"
  while read -r lb_link lb_target <&4; do
    decode "$lb_link" && lb_path=$DECODED && decode "$lb_target"
    [ ! -L "$lb_path" ] || continue
    (umask 022 && mkdir -p "${lb_path%/*}") && ln -s -- "$DECODED" "$lb_path" && sync_path "${lb_path%/*}" || return 1
    LINKS_MOVED=yes
  done 4<"$1"
}

record_unit() { # name
  grep -q "^$1 " "$T/units" || printf '%s %s %s\n' "$1" "$(unit_enabled "$1")" "$(unit_active "$1")" >>"$T/units"
}

# Sockets come first, then services: a service that starts before its socket binds what the socket needs.
snapshot_units() {
  : >"$T/units"
  for su_class in socket other; do
    while read -r n kind a b c d <&3; do
      case $kind:$b in
        packages:* | purge:* | relink:* | unit:enable | unit:disable | unit:mask | unit:unmask) [ -f "$T/links-before" ] || { list_link_dirs | put_durable "$T/link-dirs" && list_links | put_durable "$T/links-before"; } || return 1 ;;
      esac
      [ "$kind" = unit ] && [ "$b" != daemon-reload ] || continue
      case $su_class:$a in socket:*.socket | other:*) record_unit "$a" ;; esac
    done 3<"$T/manifest"
  done
  # What a socket starts stops while the socket moves.
  while read -r su_name _rest <&4; do
    su_service=$(started_by "$su_name")
    [ -z "$su_service" ] || record_unit "$su_service"
  done 4<"$T/units"
}

# The one service that socket $1 starts; none where every connection gets its own (Accept=yes).
started_by() {
  case $1 in *.socket) ;; *) return 0 ;; esac
  [ "$(unit_property Accept "$1")" = no ] || return 0
  sb_service=$(unit_property Triggers "$1")
  case $sb_service in *" "*) ;; *.service) printf %s "$sb_service" ;; esac
}

# systemd refuses to start a socket while its service runs, and such a service keeps the ports it was given. So the socket
# goes down first (else the next login starts the service again), then the service (open sessions stay), then they
# come back as they were. sshd comes back even where its socket does not: better on its own port than nowhere.
cycle_socket() { # name
  cs_code=0 cs_was=''
  cs_service=$(started_by "$1")
  if [ -n "$cs_service" ]; then
    cs_was=$(unit_active "$cs_service")
    sc stop "$1" && sc stop "$cs_service" || cs_code=1
    sc reset-failed "$cs_service" 2>/dev/null
    fp socket-down || return 1
    sc start "$1" || cs_code=1
  else
    sc restart "$1" || cs_code=1
  fi
  case $cs_was:$cs_code:$cs_service in
    active:* | ?*:1:ssh.service | ?*:1:sshd.service) sc start "$cs_service" || cs_code=1 ;;
  esac
  return "$cs_code"
}

# start_unit start|restart NAME: also after it failed too often.
start_unit() {
  sc reset-failed "$2" 2>/dev/null
  case $2 in
    *.socket) cycle_socket "$2" ;;
    *) sc "$1" "$2" ;;
  esac
}

# reload_unit NAME. An sshd that was given its ports by a socket loses them when it reloads (OpenSSH of Debian 13) and dies:
# it starts again instead, with the same ports; open sessions stay.
reload_unit() {
  case $1 in
    ssh.service | sshd.service)
      for rl_by in $(unit_property TriggeredBy "$1"); do
        case $rl_by in *.socket) ;; *) continue ;; esac
        [ "$(unit_active "$rl_by")" != active ] || { start_unit restart "$1"; return; }
      done
      ;;
  esac
  sc reload "$1"
}

do_unit() { # number name verb
  case $3 in
    daemon-reload) du_out=$(sc daemon-reload 2>&1) ;;
    reload)
      if [ "$(unit_active "$2")" != active ]; then
        log "$2 is not running: nothing to reload"
        return 0
      fi
      du_out=$(reload_unit "$2" 2>&1)
      ;;
    start | restart) du_out=$(start_unit "$3" "$2" 2>&1) ;;
    stop | enable | disable | mask | unmask) du_out=$(sc "$3" "$2" 2>&1) ;;
    *) du_out='unknown verb' && false ;;
  esac || { WHY="systemctl $3 $2 failed: $du_out"; return 1; }
  # A timer whose service went before it has failed; stopped is stopped.
  [ "$3" != stop ] || forget_failure "$2"
  fp "op-$1-after-verb"
}

forget_failure() {
  [ "$(unit_active "$1")" != failed ] || sc reset-failed "$1" 2>/dev/null
}

# A unit that ran before must run now.
check_unit() { # number name verb
  case $3 in reload | start | restart) ;; *) return 0 ;; esac
  cu_was=start
  [ "$3" = start ] || cu_was=$(unit_before "$2")
  case $cu_was in start | active) ;; *) return 0 ;; esac
  runs "$2" || { WHY="$WHY after $3"; return 1; }
}

# runs NAME: active (waits a moment for one that is on its way), with its main process or its ports. Sets WHY.
runs() {
  ru_tries=25
  while [ "$(unit_active "$1")" != active ]; do
    ru_tries=$((ru_tries - 1))
    [ "$ru_tries" -gt 0 ] || { WHY="$1 is $(unit_active "$1")"; return 1; }
    sleep 0.2
  done
  case $1 in
    *.service) [ "$(unit_property MainPID "$1")" != 0 ] || [ "$(unit_property Type "$1")" = oneshot ] || { WHY="$1 has no main process"; return 1; } ;;
    *.socket) listens "$1" ;;
  esac
}

# Whether the kernel has a listener on every TCP port of socket $1. Sets WHY.
listens() {
  for ls_port in $(unit_property Listen "$1" | sed -n 's/^[][0-9a-fA-F.:]*:\([0-9]*\) (Stream)$/\1/p'); do
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$ls_port") [0-9A-F]*:0000 0A " || {
      WHY="$1 is active, but nothing listens on port $ls_port"
      return 1
    }
  done
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
    undo_one_unit "$uu_name" "$uu_active" "$uu_verb" || unit_failed "$uu_name could not be brought back: $WHY"
  done 5<"$T/units"
}

unit_failed() {
  exception "$1"
  FAILED=$((FAILED + 1))
}

# undo_one_unit NAME WAS VERB: as active as it was, on the files that are back. Sets WHY and returns 1 when it is not.
undo_one_unit() {
  case $2:$(unit_active "$1"):$3 in
    active:active:restart) uo_verb=restart ;;
    active:active:reload) uo_verb=reload ;;
    active:active:*) return 0 ;;
    active:*) uo_verb=start ;;
    *:active:?*) uo_verb=stop ;;
    inactive:failed:?*)
      forget_failure "$1"
      return 0
      ;;
    *) return 0 ;;
  esac
  case $uo_verb in
    start | restart) uo_out=$(start_unit "$uo_verb" "$1" 2>&1) ;;
    reload) uo_out=$(reload_unit "$1" 2>&1) ;;
    *) uo_out=$(sc "$uo_verb" "$1" 2>&1) ;;
  esac || { WHY="systemctl $uo_verb failed: $uo_out"; return 1; }
  if [ "$uo_verb" = stop ]; then
    [ "$(unit_active "$1")" != active ] || { WHY='it still runs'; return 1; }
    return 0
  fi
  runs "$1"
}

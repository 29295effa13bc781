# ---- locks. decision.lock: short, around every change of state. work.lock: held by the one process that changes the host.

start_of() {
  read -r so_line 2>/dev/null <"/proc/$1/stat" || return 1
  so_line=${so_line##*) }
  # shellcheck disable=SC2086 # the fields of /proc/PID/stat are split on purpose
  set -- $so_line
  # A zombie holds nothing any more.
  case $1 in Z | X) return 1 ;; esac
  shift 19
  printf %s "$1"
}

# Without flock(1): a complete record is hard-linked into place, which fails when one is there.
take_link() {
  tl_tries=$(($2 * 5))
  printf '%s %s %s\n' "$$" "$BOOT" "$(start_of $$)" >"$STATE/.$1.$$"
  while ! ln "$STATE/.$1.$$" "$STATE/$1.held" 2>/dev/null; do
    tl_pid='' tl_boot='' tl_start=''
    read -r tl_pid tl_boot tl_start 2>/dev/null <"$STATE/$1.held" || continue
    if [ "$tl_boot" != "$BOOT" ] || [ "$(start_of "$tl_pid")" != "$tl_start" ]; then
      # A dead holder: move its record away, and give back what another process put there meanwhile.
      mv -fT "$STATE/$1.held" "$STATE/.$1.broken.$$" 2>/dev/null || continue
      read -r tl_now _rest <"$STATE/.$1.broken.$$"
      [ "$tl_now" = "$tl_pid" ] || ln "$STATE/.$1.broken.$$" "$STATE/$1.held" 2>/dev/null
      rm -f "$STATE/.$1.broken.$$"
      continue
    fi
    tl_tries=$((tl_tries - 1))
    [ "$tl_tries" -gt 0 ] || { rm -f "$STATE/.$1.$$"; return 1; }
    sleep 0.2
  done
  rm -f "$STATE/.$1.$$"
}

drop_link() {
  dl_pid=''
  read -r dl_pid _rest 2>/dev/null <"$STATE/$1.held" || return 0
  [ "$dl_pid" != "$$" ] || rm -f "$STATE/$1.held"
}

has_flock() { command -v flock >/dev/null 2>&1; }

lock_decision() {
  if has_flock; then
    exec 9>>"$STATE/decision.lock"
    flock -w 30 9 && return 0
    exec 9>&-
  else
    take_link decision 30 && return 0
  fi
  WHY='the decision lock is held by another process'
  return 1
}

unlock_decision() {
  if has_flock; then exec 9>&-; else drop_link decision; fi
}

# lock_work SECONDS
lock_work() {
  if has_flock; then
    exec 8>>"$STATE/work.lock"
    flock -w "$1" 8 && return 0
    exec 8>&-
  else
    take_link work "$1" && return 0
  fi
  WHY='another process is changing this host'
  return 1
}

unlock_work() {
  if has_flock; then exec 8>&-; else drop_link work; fi
}

# The one transaction that may be open on this host, as a record linked into place.
holder_tx() {
  HOLDER=''
  [ -f "$STATE/lock/holder" ] || return 1
  read -r HOLDER _rest <"$STATE/lock/holder"
}

release_holder() {
  holder_tx || return 0
  [ "$HOLDER" != "$TX" ] || { rm -f "$STATE/lock/holder" && sync_path "$STATE/lock"; }
}

# ---- taking back: access first (nft tables and ufw, then files), then everything else in reverse; looks at what is there, so it can be run again

exception() {
  EXCEPTIONS=$EXCEPTIONS$1$NL
  log "exception: $1"
}

# restore_where access|other: the objects of one class, last one first.
restore_where() {
  rw_list=''
  while read -r rw_n _rest <&6; do rw_list="$rw_n $rw_list"; done 6<"$T/objects"
  for rw_n in $rw_list; do
    load_object "$rw_n"
    rw_class=other
    is_access "$O_real" && rw_class=access
    [ "$rw_class" = "$1" ] || continue
    case $O_path in "$UNITS"/* | /lib/systemd/* | /usr/lib/systemd/*) UNIT_FILES=yes ;; esac
    EXTRA=''
    restore_object
    rw_code=$?
    case $rw_code in
      0) RESTORED=$((RESTORED + 1)) ;;
      2) exception "$WHY" && SETTLED=$((SETTLED + 1)) ;;
      *) exception "$WHY" && FAILED=$((FAILED + 1)) ;;
    esac
    # A database's role goes with the files that name its password. What failed is tried again, and the role with it.
    [ "$rw_code" = 0 ] || [ "$FILES_CODE" = 1 ] || FILES_STAY=$O_path FILES_CODE=$rw_code
    [ -z "$EXTRA" ] || exception "$EXTRA"
  done
}

# The service manager reads unit files again when some of them, or links among them, moved.
reload_manager() {
  [ -z "$UNIT_FILES$LINKS_MOVED" ] || sc daemon-reload || unit_failed 'the service manager could not read its unit files again'
  UNIT_FILES='' LINKS_MOVED=''
}

# A list that cannot be read would look like one with nothing in it.
records_read() {
  for rr_name in manifest objects units tables roles rights links-before; do
    [ ! -e "$T/$rr_name" ] || cat -- "$T/$rr_name" >/dev/null || { log "$T/$rr_name could not be read"; return 1; }
  done
}

# take_back live|boot. The state is ROLLING_BACK and work.lock is ours. At boot only bytes, links and enablement are put
# back: a job given to a service manager that is starting up would make us wait for ourselves.
take_back() {
  RESTORED=0 FAILED=0 SETTLED=0 EXCEPTIONS='' UNIT_FILES='' LINKS_MOVED='' FILES_STAY='' FILES_CODE=0
  journal_open
  [ "$JOURNAL" = fine ] || exception 'the journal was edited by another hand; what is on the disk was taken back all the same'
  fp rollback-begin || return 1
  records_read || return 1
  if [ -f "$T/objects" ]; then
    # Tables live in the kernel: after a boot they are what the boot made of the files, and are looked at once it is over.
    [ "$1" != live ] || { undo_tables && undo_ufw_rules live; }
    fp rollback-tables || return 1
    restore_where access
    undo_links || { exception "$WHY"; FAILED=$((FAILED + 1)); }
    fp rollback-access || return 1
    if [ "$1" = live ]; then
      reload_manager
      undo_units access || unit_failed "$WHY"
    fi
    restore_where other
    fp rollback-other || return 1
    if [ "$1" = live ]; then
      undo_ufw_rules files
      undo_packages_op
      undo_roles
      undo_rights
      reload_manager
      undo_units other || unit_failed "$WHY"
    elif with_packages; then
      release_daemons
    fi
  fi
  printf %s "$EXCEPTIONS" | put_durable "$T/exceptions"
  if [ "$1" != live ]; then
    # The service manager read the unit files before we put them back. To read them again queues no job and waits for none.
    [ -z "$UNIT_FILES$LINKS_MOVED" ] || timeout 20 systemctl daemon-reload </dev/null 8>&-
    return "$FAILED"
  fi
  conclude_rollback
}

conclude_rollback() {
  cr_total=$((RESTORED + FAILED + SETTLED))
  printf 'restored %s of %s\n' "$RESTORED" "$cr_total" | put_durable "$T/result"
  fp rollback-result || return 1
  if [ "$FAILED" -gt 0 ]; then
    transition ROLLBACK_PARTIAL ROLLING_BACK
    note "$(date +%s) $TX partial"
    return 9
  fi
  remove_keeps
  if [ "$SETTLED" -gt 0 ]; then
    : >"$T/settled" && sync_path "$T"
    transition ROLLBACK_PARTIAL ROLLING_BACK
  else
    transition ROLLED_BACK ROLLING_BACK
  fi || return 1
  note "$(date +%s) $TX rolled-back"
  disarm
  [ "$SETTLED" = 0 ] || return 9
}

# Keep directories outside our own, left empty by now; what was kept of certbot's tree.
remove_keeps() {
  # The second list: a checkpoint that was not finished.
  for rk_list in "$T/objects" "$T/objects.part"; do
    [ -f "$rk_list" ] || continue
    while read -r rk_n _path _real _before _ours rk_keep _rest <&6; do
      decode "$rk_keep" || continue
      case $DECODED in
        */.portcullis-keep-"$TX") rm -rf -- "${DECODED:?}/$rk_n" "${DECODED:?}/from-copy" && rmdir -- "$DECODED" 2>/dev/null ;;
        '%') rm -rf -- "${T:?}/tree-$rk_n" ;;
      esac
    done 6<"$rk_list"
  done
}

# A transaction that was never armed changed nothing: only our own traces go.
drop_prepared() {
  transition ROLLED_BACK PREPARED || return 1
  remove_keeps
  rm -rf "$T/keep" "$T/payload" "$T/wrote" "$T/snapshot.tar"
  printf 'restored 0 of 0\n' >"$T/result"
  disarm
}

# Whether this transaction installs packages or takes some away.
with_packages() { grep -q -E '^[0-9]+ (packages|purge) ' "$T/manifest"; }

# Ends the worker, if one lives, and takes the host. Not for use by the worker itself. A worker in the midst of dpkg is
# waited for: it sees the new state and ends by itself.
stop_worker() {
  sw_left=1200
  while [ -f "$T/busy" ] && [ "$sw_left" -gt 0 ]; do
    case $(unit_active "portcullis-apply-$TX.service") in active | activating | deactivating) ;; *) break ;; esac
    sleep 1
    sw_left=$((sw_left - 1))
  done
  rm -f "$T/busy"
  timeout 15 systemctl --no-ask-password stop "portcullis-apply-$TX.service" >/dev/null 2>&1 </dev/null
  lock_work 60
}

# The reserve for the few small files that taking back has to write on a full disk; only for what is still open.
give_ballast() {
  read_state
  case $NOW_STATE in ARMED | APPLYING | APPLIED | ROLLING_BACK | ROLLBACK_PARTIAL) rm -f "$STATE/ballast" ;; esac
}

# The whole of a rollback, whatever the state. Codes: 0 taken back (now or before), 3 committed, 9 partial, 1 failed.
roll_back() {
  give_ballast
  # A partial restore that a person accepted, or that rests on others' edits, is over: the host may be another's by now.
  if is_final "$NOW_STATE" && [ "$NOW_STATE" = ROLLBACK_PARTIAL ] && ! holds_host; then return 9; fi
  transition ROLLING_BACK ARMED APPLYING APPLIED ROLLING_BACK ROLLBACK_PARTIAL
  case $? in
    0) ;;
    4) return 0 ;;
    3)
      case $NOW_STATE in
        COMMITTED) ! holds_host || finish_commit; return 3 ;;
        ROLLED_BACK | ROLLBACK_PARTIAL) ! holds_host || { lock_work 60 && disarm; }; return 0 ;;
        PREPARED)
          # Whoever prepares holds work.lock: when we have it, they are gone, or have armed meanwhile.
          lock_work 60 || return 1
          # Or they have cleared it away themselves.
          [ -f "$T/state" ] || return 0
          read_state
          [ "$NOW_STATE" = PREPARED ] || return 0
          drop_prepared
          return
          ;;
      esac
      ;;
    *) return 1 ;;
  esac
  stop_worker || return 1
  # Another rollback may have finished while we waited for the host.
  read_state
  [ "$NOW_STATE" = ROLLING_BACK ] || { is_final "$NOW_STATE"; return; }
  take_back live
}

# One try of the timer or of the boot. Tries are counted for each boot, so that a host that cannot be restored is not
# hammered for ever. It ends the process: 0 nothing more to do, 9 try again later, 19 given up (the units know that one).
try_again() {
  ta_count=0 ta_boot=''
  [ ! -f "$T/attempts" ] || read -r ta_count ta_boot <"$T/attempts"
  [ "$ta_boot" = "$BOOT" ] || ta_count=0
  [ "$ta_count" -lt "$MAX_ATTEMPTS" ] || exit 19
  printf '%s %s\n' "$((ta_count + 1))" "$BOOT" >"$T/attempts"
  exec >>"$T/log" 2>&1
  roll_back
  case $? in 0 | 3) exit 0 ;; esac
  # A start that took longer than its lease, and was refused meanwhile, has cleared everything away itself.
  [ -f "$T/state" ] || exit 0
  read_state
  # Partial for good, because of others' edits: there is nothing that another try could mend.
  ! is_final "$NOW_STATE" || holds_host || exit 0
  [ "$((ta_count + 1))" -lt "$MAX_ATTEMPTS" ] || give_up
  exit 9
}

# The change stays armed: every boot, and a person, may try again.
give_up() {
  transition ROLLBACK_PARTIAL ROLLING_BACK
  printf '%s\n' "given up after $MAX_ATTEMPTS tries since the host started: mend what stands here, then \"sh $STATE/engine rollback $TX\" tries again; \"sh $STATE/engine accept $TX\" leaves the host as it is now" >>"$T/exceptions"
  sync_path "$T/exceptions"
  note "$(date +%s) $TX given-up"
  log "given up after $MAX_ATTEMPTS tries"
  exit 19
}

# The timer's own entry.
cmd_expire() {
  TR_GUARD=lease_over
  read_state
  if is_final "$NOW_STATE"; then holds_host || exit 0; else lease_over || exit 0; fi
  try_again
}

# Before the services start. In a running system (somebody starts a target by hand) the timer is there: nothing to do.
cmd_recover() {
  holder_tx && open_tx "$HOLDER" || { rm -f "$STATE/armed"; exit 0; }
  if [ "$M_boot" = "$BOOT" ] && timeout 5 systemctl is-active --quiet "portcullis-deadman-$TX.timer"; then exit 0; fi
  exec >>"$T/log" 2>&1
  lock_work 20 || exit 1
  read_state
  case $NOW_STATE in
    COMMITTED | ROLLED_BACK | PREPARED) exit 0 ;;
  esac
  give_ballast
  transition ROLLING_BACK ARMED APPLYING APPLIED ROLLING_BACK ROLLBACK_PARTIAL || exit 1
  take_back boot
}

# After the services started: what needs them, and our own units away.
cmd_finish() {
  holder_tx && open_tx "$HOLDER" || { rm -f "$STATE/armed"; exit 0; }
  if [ "$M_boot" = "$BOOT" ] && timeout 5 systemctl is-active --quiet "portcullis-deadman-$TX.timer"; then exit 0; fi
  try_again
}

# ---- the dead-man: a timer and a boot unit, in the service manager and on disk

# Text of a unit from stdin, readable by all. Built in, because seven processes a unit are time until the host is armed.
unit_file() {
  umask 022
  while IFS= read -r uf_line; do printf '%s\n' "$uf_line" || break; done >"$UNITS/$1.new~"
  uf_code=$?
  umask 077
  [ "$uf_code" = 0 ] && mv -fT "$UNITS/$1.new~" "$UNITS/$1"
}

write_units() {
  wu_retry=$M_lease
  [ "$wu_retry" -le 60 ] || wu_retry=60
  # A rollback that has to wait for dpkg, and then to work with it, needs its time.
  wu_limit=300
  ! with_packages || wu_limit=1800
  unit_file "portcullis-rollback-$TX.service" <<UNIT || return 1
[Unit]
Description=Portcullis: take back $TX unless it was kept
IgnoreOnIsolate=yes
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/bin/sh $ENGINE expire $TX
Restart=on-failure
RestartSec=$wu_retry
RestartPreventExitStatus=19
TimeoutStartSec=$wu_limit
UNIT
  timer_file deadman rollback "$M_lease" 1s "$wu_retry" || return 1
  unit_file "portcullis-canary-$TX.service" <<UNIT || return 1
[Unit]
Description=Portcullis: proof that the timer of $TX can fire
IgnoreOnIsolate=yes
[Service]
Type=oneshot
ExecStart=/bin/sh $ENGINE canary $TX
UNIT
  timer_file canary canary "$CANARY_DELAY" 20ms 60 || return 1
  unit_file portcullis-recover.service <<UNIT || return 1
[Unit]
Description=Portcullis: take back an unconfirmed change before the services start
DefaultDependencies=no
RequiresMountsFor=$STATE $UNITS
After=local-fs.target systemd-remount-fs.service
Before=sysinit.target network-pre.target ufw.service ssh.service ssh.socket sshd.service sshd.socket shutdown.target
Conflicts=shutdown.target
ConditionPathExists=$STATE/armed
IgnoreOnIsolate=yes
[Service]
Type=oneshot
ExecStart=/bin/sh $ENGINE recover
TimeoutStartSec=90
[Install]
WantedBy=sysinit.target
UNIT
  unit_file portcullis-finish.service <<UNIT || return 1
[Unit]
Description=Portcullis: finish taking back an unconfirmed change
After=basic.target ssh.service sshd.service ssh.socket sshd.socket
ConditionPathExists=$STATE/armed
IgnoreOnIsolate=yes
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=/bin/sh $ENGINE finish
Restart=on-failure
RestartSec=$wu_retry
RestartPreventExitStatus=19
TimeoutStartSec=$wu_limit
[Install]
WantedBy=multi-user.target
UNIT
  want_unit sysinit portcullis-recover && want_unit multi-user portcullis-finish || return 1
  sync "$UNITS/portcullis-recover.service" "$UNITS/portcullis-finish.service" "$UNITS/portcullis-rollback-$TX.service" &&
    sync "$UNITS/portcullis-deadman-$TX.timer" "$UNITS/sysinit.target.wants" "$UNITS/multi-user.target.wants" && sync_path "$UNITS"
}

# Monotonic only: a calendar timer waits for a clock that the change itself may have cut off. It fires again and again
# until it is disarmed; the engine decides under the lock whether anything is to be done.
timer_file() { # name service seconds accuracy again
  unit_file "portcullis-$1-$TX.timer" <<UNIT
[Unit]
Description=Portcullis: $1 of $TX
IgnoreOnIsolate=yes
[Timer]
OnActiveSec=$3
OnUnitInactiveSec=$5
AccuracySec=$4
Unit=portcullis-$2-$TX.service
UNIT
}

want_unit() {
  [ -d "$UNITS/$1.target.wants" ] || : >"$T/made-$1.wants"
  (umask 022 && mkdir -p "$UNITS/$1.target.wants") && ln -sf "$UNITS/$2.service" "$UNITS/$1.target.wants/$2.service" && sync_path "$UNITS/$1.target.wants"
}

# Files only: also what boot recovery may do.
remove_unit_files() {
  rm -f "$UNITS/sysinit.target.wants/portcullis-recover.service" "$UNITS/multi-user.target.wants/portcullis-finish.service"
  for ru_target in sysinit multi-user; do
    [ ! -f "$T/made-$ru_target.wants" ] || rmdir "$UNITS/$ru_target.target.wants" 2>/dev/null
  done
  rm -f "$UNITS/portcullis-recover.service" "$UNITS/portcullis-finish.service" "$UNITS/portcullis-"*"-$TX".service "$UNITS/portcullis-"*"-$TX".timer
  sync_path "$UNITS"
}

# Nothing may fire any more; the state is final by now, so whatever fires in between does nothing but go on from here.
# The marker and the lock go last: as long as they are there, the boot units and the next run clear away what is left.
disarm() {
  sc stop "portcullis-deadman-$TX.timer" "portcullis-canary-$TX.timer" 2>/dev/null
  fp disarm-stopped
  remove_unit_files || return 1
  sc daemon-reload
  sc reset-failed "portcullis-*-$TX.*" 2>/dev/null
  fp disarm-units
  # What was written is no longer needed: an undo works with what was there before. No second copy of a secret stays.
  rm -rf "$T/payload"
  # What is no secret is kept with what was kept, so that a person can see what became of it.
  [ "$NOW_STATE" = COMMITTED ] || rm -rf "$T/wrote"
  rm -f "$STATE/armed" "$STATE/ballast" && sync_path "$STATE" || return 1
  fp disarm-marker
  release_holder
}

# Whether this transaction still holds the host, be it only with its own units.
holds_host() { holder_tx && [ "$HOLDER" = "$TX" ]; }

set_lease() {
  clock
  printf '%s\n' "$((NOW + M_lease * 100))" >"$T/lease.new~" && mv -fT "$T/lease.new~" "$T/lease"
}

# Seconds left in LEFT, rounded up; empty when there is no lease.
lease_left() {
  LEFT=''
  [ -f "$T/lease" ] && read -r ll_end <"$T/lease" || return 1
  clock
  LEFT=$(((ll_end - NOW + 99) / 100))
  [ "$LEFT" -gt 0 ] || LEFT=0
}

# The timer asks this under the decision lock: a lease renewed in the last moment wins.
lease_over() {
  case $NOW_STATE in ROLLING_BACK | ROLLBACK_PARTIAL) return 0 ;; esac
  lease_left || return 0
  [ "$LEFT" = 0 ]
}

wait_for_canary() {
  wc_tries=200
  while [ ! -f "$T/canary" ]; do
    wc_tries=$((wc_tries - 1))
    [ "$wc_tries" -gt 0 ] || { WHY='the timer of this host does not fire: no change is safe here'; return 1; }
    sleep 0.05
  done
  read -r wc_nonce <"$T/canary"
  [ "$wc_nonce" = "$M_nonce" ] || { WHY='the proof of the timer is not the one that was asked for'; return 1; }
}

check_boot_unit() {
  [ "$(unit_enabled portcullis-recover.service)" = enabled ] && [ "$(unit_enabled portcullis-finish.service)" = enabled ] || {
    WHY='the unit that takes the change back after a reboot is not enabled'
    return 1
  }
  cb_before=" $(unit_property Before portcullis-recover.service) "
  for cb_unit in ssh.service sysinit.target network-pre.target; do
    case $cb_before in *" $cb_unit "*) ;; *) WHY="the unit that takes the change back after a reboot is not ordered before $cb_unit" && return 1 ;; esac
  done
  command -v systemd-analyze >/dev/null 2>&1 || return 0
  cb_out=$(timeout 30 systemd-analyze verify --man=no "$UNITS/portcullis-recover.service" "$UNITS/portcullis-rollback-$TX.service" 2>&1 </dev/null | grep portcullis)
  [ -z "$cb_out" ] || { WHY="systemd-analyze does not accept our units: $cb_out"; return 1; }
}

# Timers of names that the service manager never heard of need no daemon-reload.
start_timers() {
  if [ -n "$M_urgent" ]; then
    # Before the timer, which then cannot fire too early for it.
    set_lease && sc start "portcullis-canary-$TX.timer" "portcullis-deadman-$TX.timer" 2>/dev/null && return 0
  fi
  sc daemon-reload && sc start "portcullis-canary-$TX.timer" "portcullis-deadman-$TX.timer"
}

# What an urgent change is armed without, made up for before it counts as applied: that the timer has fired, and that a boot
# would take it back. The worker, which has its own unit, is the second guard until then: it takes back what it cannot prove.
prove_urgent() {
  [ -z "$M_urgent" ] || { timer_runs && wait_for_canary && check_boot_unit; }
}

timer_runs() {
  # "running": on a slow machine it has fired already, and what it started waits for us.
  case $NL$(sc show --property=SubState,NextElapseUSecMonotonic "portcullis-deadman-$TX.timer")$NL in
    *"${NL}SubState=running$NL"*) ;;
    *"${NL}NextElapseUSecMonotonic=$NL"* | *"${NL}NextElapseUSecMonotonic=0$NL"* | *"${NL}NextElapseUSecMonotonic=infinity$NL"*) WHY='the dead-man timer has no next elapse' && return 1 ;;
    *"${NL}NextElapseUSecMonotonic="*) ;;
    *) WHY='the dead-man timer cannot be asked' && return 1 ;;
  esac
}

arm() {
  fp arm-before || return 1
  if [ -z "$M_urgent" ]; then
    check_boot_unit && wait_for_canary || return 1
    set_lease && sc restart "portcullis-deadman-$TX.timer" || { WHY='the dead-man timer does not start'; return 1; }
    timer_runs || return 1
  fi
  fp arm-timer || return 1
  transition ARMED PREPARED || { WHY="the transaction is $NOW_STATE"; return 1; }
  fp arm-after
}

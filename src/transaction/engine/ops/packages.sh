# ---- primitive: packages (install exactly the set that was shown), purge (an earlier set goes again)
# Rules: apt may only do what the plan says, else it does nothing; while dpkg works nobody stops it, so "busy" says when it
# may not be stopped; no daemon starts before it is configured; what is taken away is the recorded set and nothing else.
# What dpkg leaves beside its database (backups, empty directories, accounts, marks) is put back from $T/packages.

POLICY=/usr/sbin/policy-rc.d

# The package tools as maintainers expect them: usual umask and signals, nobody to ask, no lock of ours inherited.
pk_run() (
  umask 022
  exec 3>&- 4>&- 6>&- 8>&- 9>&- || exit 1
  cd / || exit 1
  exec env --default-signal DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical DEBCONF_NONINTERACTIVE_SEEN=true \
    APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 UCF_FORCE_CONFFOLD=1 "$@" </dev/null
)

# apt with nothing recommended, nothing removed, no cache of its own written. pk_apt DEBS ARGUMENTS...
pk_apt() {
  pa_debs=$1
  shift
  pk_run apt-get -q -y -o APT::Install-Recommends=false -o APT::Install-Suggests=false -o APT::Sandbox::User=root \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::Cache::archives="$pa_debs" -o Dir::Log::Planner=/dev/null \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=60 \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"
}

# "name:architecture version state" of every package dpkg knows.
pk_list() {
  # shellcheck disable=SC2016 # dpkg's own variables
  dpkg-query --show --showformat='${Package}:${Architecture} ${Version} ${db:Status-Status}\n' | grep -v ' not-installed$' | sort
}

# Who holds a lock of dpkg, in HELD.
dpkg_held() {
  for dh_lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock; do
    dh_inode=$(stat -c %i "$dh_lock" 2>/dev/null) || continue
    while read -r _n _kind _how dh_mode dh_pid dh_id _rest; do
      [ "$dh_mode" = WRITE ] && [ "${dh_id##*:}" = "$dh_inode" ] || continue
      dh_name=''
      read -r dh_name 2>/dev/null <"/proc/$dh_pid/comm"
      HELD="${dh_name:-another program} (pid $dh_pid)"
      return 0
    done </proc/locks
  done
  return 1
}

# wait_for_dpkg SECONDS: until nobody holds its locks. The holder is never disturbed.
wait_for_dpkg() {
  wd_waited=0
  while dpkg_held; do
    [ "$wd_waited" -lt "$1" ] || {
      WHY="$HELD still holds the dpkg lock after $wd_waited s: wait until it has ended, then try again"
      return 1
    }
    case $wd_waited in *0 | *5) log "waiting for the dpkg lock held by $HELD, $wd_waited of at most $1 s" ;; esac
    sleep 1
    wd_waited=$((wd_waited + 1))
  done
}

dpkg_whole() {
  [ -z "$(dpkg --audit 2>&1)" ] || {
    WHY="dpkg is not whole ($(dpkg --audit 2>&1 | sed -n 's/^ \([^ ]*\).*/\1/p' | tr '\n' ' ')): run dpkg --configure -a on the host, then plan again"
    return 1
  }
}

# apt_set NAMES: what apt would install now, a sorted "name:architecture version" a line, in SET.
apt_set() {
  # shellcheck disable=SC2086 # names are checked when the request is read
  as_said=$(pk_apt /var/cache/apt/archives --simulate --no-remove install $1 2>&1) || {
    WHY="apt: $(printf '%s\n' "$as_said" | grep '^E:' | tr '\n' ' ')"
    return 1
  }
  case $NL$as_said in
    *"${NL}Remv "* | *"${NL}Purg "*) WHY='apt would now remove packages' && return 1 ;;
  esac
  ! printf '%s\n' "$as_said" | grep -q '^Inst [^ ]* \[' || { WHY='apt would now upgrade packages'; return 1; }
  SET=$(printf '%s\n' "$as_said" | sed -n 's/^Inst \([^ :]*\)[^ ]* (\([^ ]*\) .*\[\([a-z0-9-]*\)\]).*/\1:\3 \2/p' | sort)
}

# Is what apt would do still what the plan shows? Else a line in STALE.
stale_packages() { # b64names b64set
  decode "$1" && sp_names=$DECODED && decode "$2" && sp_set=$DECODED
  command -v apt-get >/dev/null 2>&1 || { STALE="${STALE}this host has no apt-get$NL" && return 0; }
  # While another program installs, what is there moves: the worker waits for it and looks again.
  ! dpkg_held || return 0
  if ! dpkg_whole || ! apt_set "$sp_names"; then
    STALE=$STALE$WHY$NL
  elif [ "$SET" != "$sp_set" ]; then
    STALE="${STALE}apt would install other packages than the plan shows$NL"
  fi
}

snapshot_packages() { # kib
  guard_space /usr/bin/x "$1" && guard_space /var/lib/x "$1"
}

# ---- daemons stay down while dpkg works

# Whether the policy in place is the one of this transaction.
policy_is_ours() { [ -f "$POLICY" ] && grep -q -F -x "# portcullis $TX" "$POLICY"; }

hold_daemons() {
  policy_is_ours && return 0
  hd_aside=${POLICY%/*}/.policy-rc.d.portcullis-$TX~
  rm -f "$hd_aside" "$hd_aside.new~"
  if [ -e "$POLICY" ] || [ -L "$POLICY" ]; then ln -P -- "$POLICY" "$hd_aside" || { WHY="$POLICY could not be kept"; return 1; }; fi
  printf '#!/bin/sh\n# portcullis %s\n# No daemon starts before it is configured; this file goes when the packages are there.\nexit 101\n' "$TX" >"$hd_aside.new~" &&
    chmod 0755 "$hd_aside.new~" && sync_path "$hd_aside.new~" && mv -fT "$hd_aside.new~" "$POLICY" && sync_path "${POLICY%/*}" || {
    WHY="$POLICY could not be written"
    return 1
  }
}

release_daemons() {
  rd_aside=${POLICY%/*}/.policy-rc.d.portcullis-$TX~
  if ! policy_is_ours; then
    rm -f "$rd_aside" "$rd_aside.new~"
  elif [ -e "$rd_aside" ] || [ -L "$rd_aside" ]; then
    mv -fT "$rd_aside" "$POLICY" && sync_path "${POLICY%/*}"
  else
    rm -f "$POLICY" && sync_path "${POLICY%/*}"
  fi
}

# Packages of the set $1 that were removed but not purged: what they left is somebody's.
present_remains() {
  pk_list | awk -v set="$1" 'BEGIN { n = split(set, line, "\n"); for (i = 1; i <= n; i++) { split(line[i], word, " "); ours[word[1]] = 1 } }
    ($1 in ours) { sub(/:.*/, "", $1); printf "%s ", $1 }'
}

# ---- the operation

# From here to leave_busy a rollback waits for us instead of stopping us (see stop_worker).
enter_busy() {
  : >"$T/busy" && sync_path "$T" || { WHY='the disk is full'; return 1; }
  read_state
  [ "$NOW_STATE" = APPLYING ] || { rm -f "$T/busy"; WHY="the transaction is $NOW_STATE"; return 1; }
}

leave_busy() { rm -f "$T/busy"; }

do_packages() { # number b64names b64set kib patience
  decode "$2" && dp_names=$DECODED && decode "$3" && dp_set=$DECODED
  PK=$T/packages
  mkdir -p "$PK/debs/partial" || { WHY='the disk is full'; return 1; }
  wait_for_dpkg "$5" && dpkg_whole && apt_set "$dp_names" || return 1
  [ "$SET" = "$dp_set" ] || { WHY='apt would now install other packages than the plan shows: plan again'; return 1; }
  dp_rest=$(present_remains "$SET") && [ -z "$dp_rest" ] || {
    WHY="configuration of an earlier installation of ${dp_rest}is on the host and could not be kept apart: dpkg --purge $dp_rest first, then plan again"
    return 1
  }
  log "downloading $(printf '%s\n' "$SET" | wc -l) packages"
  # shellcheck disable=SC2086 # names are checked when the request is read
  dp_said=$(pk_apt "$PK/debs" --no-remove --download-only install $dp_names 2>&1) || {
    log "$dp_said"
    WHY="the packages could not be downloaded: check the host's route and its package sources (apt-get update), then plan again; apt said: $(printf '%s\n' "$dp_said" | sed -n 's/^E: //p' | head -n 1 | cut -c1-200)"
    return 1
  }
  fp "op-$1-downloaded" || return 1
  enter_busy || return 1
  dp_code=0
  install_packages "$1" || dp_code=1
  release_daemons || { WHY="$POLICY could not be put back" && dp_code=1; }
  leave_busy
  return "$dp_code"
}

install_packages() { # number
  record_packages "$dp_set" || { WHY='what the packages will touch could not be recorded (disk full?)'; return 1; }
  hold_daemons && fp "op-$1-before-install" || return 1
  # shellcheck disable=SC2086
  pk_apt "$PK/debs" --no-remove --no-download install $dp_names >>"$T/log" 2>&1 || {
    WHY="apt could not install the packages: $(grep -E '^(E:|dpkg: error)' "$T/log" | tail -n 2 | tr '\n' ' ' | cut -c1-300)"
    return 1
  }
  sync
  fp "op-$1-after-install"
}

check_packages() { # number
  note_made "$PK" || { WHY='what the packages made could not be recorded (disk full?)'; return 1; }
  pk_list >"$PK/after"
  cp_new=$(comm -13 "$PK/before" "$PK/after" | sed 's/ installed$//')
  [ "$cp_new" = "$(cat "$PK/set")" ] || { WHY="other packages are installed than the plan shows: $(printf %s "$cp_new" | tr '\n' ',')"; return 1; }
  [ -z "$(comm -23 "$PK/before" "$PK/after")" ] || { WHY='packages changed that the plan leaves alone'; return 1; }
}

# ---- away again

# present DIRECTORY: packages of its set that are there and were not before, for dpkg's command line, in PRESENT.
present() {
  PRESENT=$(pk_list | awk -v before="$1/before" -v set="$1/set" 'BEGIN {
      while ((getline line <before) > 0) { split(line, word, " "); was[word[1]] = 1 }
      while ((getline line <set) > 0) { split(line, word, " "); ours[word[1]] = 1 }
    }
    ($1 in ours) && !($1 in was) { sub(/:all$/, "", $1); printf "%s ", $1 }')
}

# purge_packages DIRECTORY: exactly its set; looks at what is there, so it can be killed and run again. Sets WHY.
purge_packages() {
  wait_for_dpkg 120 && note_made "$1" || return 1
  if [ -n "$(ls /var/lib/dpkg/updates)" ] || [ -n "$(dpkg --audit 2>&1)" ]; then
    hold_daemons || return 1
    log 'finishing what dpkg had begun'
    # What cannot be configured any more is purged all the same.
    pk_run dpkg --force-confdef --force-confold --configure -a >>"$T/log" 2>&1
  fi
  release_daemons
  present "$1"
  fp purge-before || return 1
  if [ -n "$PRESENT" ]; then
    log 'taking away the packages'
    # shellcheck disable=SC2086 # names as dpkg prints them
    pk_run dpkg --force-remove-reinstreq --purge $PRESENT >>"$T/log" 2>&1
    present "$1"
    [ -z "$PRESENT" ] || { WHY="packages could not be taken away: $PRESENT($(grep '^dpkg:' "$T/log" | tail -n 1 | cut -c1-300))"; return 1; }
  fi
  fp purge-after || return 1
  tidy_accounts "$1" && tidy_dirs "$1" && tidy_marks "$1" && tidy_beside "$1" || return 1
  [ -z "$(dpkg --audit 2>&1)" ] || { WHY='dpkg is not whole: run dpkg --configure -a on the host'; return 1; }
  sync
}

# Rollback of this transaction: its own set goes, or the set that it took away comes back. Not during boot: dpkg starts and
# stops services; the boot only gives the policy for daemons back.
undo_packages_op() {
  while read -r n kind a b c d <&3; do
    case $kind in
      packages) [ -f "$T/packages/ready" ] || continue ;;
      purge) was_begun "$n" || continue ;;
      *) continue ;;
    esac
    WHY=''
    UNIT_FILES=yes
    if take_packages_back "$kind" "$a"; then RESTORED=$((RESTORED + 1)); else exception "$WHY" && FAILED=$((FAILED + 1)); fi
    [ "$kind" != packages ] || [ "$FAILED" != 0 ] || rm -rf "$T/packages/debs"
  done 3<"$T/manifest"
}

take_packages_back() { # kind from
  case $1 in
    packages) purge_packages "$T/packages" ;;
    *) install_again "$STATE/tx/$2/packages" ;;
  esac
}

# ---- purge: a kept set goes again

# What undoing the packages of transaction $1 would do.
plan_purge() {
  [ -f "$STATE/tx/$1/packages/ready" ] || return 0
  present "$STATE/tx/$1/packages"
  [ -n "$PRESENT" ] || return 0
  # shellcheck disable=SC2086 # names as dpkg prints them
  pg_said=$(pk_apt /var/cache/apt/archives --simulate purge $PRESENT 2>&1)
  pg_others=$(printf '%s\n' "$pg_said" | sed -n 's/^\(Purg\|Remv\) \([^ :]*\).*/\2/p' | while read -r pg_name; do
    case " $(printf %s "$PRESENT" | sed 's/:[^ ]*//g') " in *" $pg_name "*) ;; *) printf '%s ' "$pg_name" ;; esac
  done)
  if [ -n "$pg_others" ]; then
    UNDO_LEFT="${UNDO_LEFT}the packages $PRESENT: ${pg_others}needs them by now: left as they are$NL"
    return 0
  fi
  add_undo "purge $1"
  UNDO_PLAN="${UNDO_PLAN}purge $PRESENT$NL"
  pu_units=yes
}

do_purge() { # number fromtx
  enter_busy || return 1
  fp "op-$1-before-purge" && purge_packages "$STATE/tx/$2/packages"
  dg_code=$?
  leave_busy
  return "$dg_code"
}

check_purge() { # number fromtx
  present "$STATE/tx/$2/packages"
  [ -z "$PRESENT" ] || { WHY="still installed: $PRESENT"; return 1; }
}

# The set of $1 back from the packages that were kept with its checkpoint.
install_again() {
  wait_for_dpkg 120 && hold_daemons || return 1
  # shellcheck disable=SC2046 # "name=version" words
  pk_apt "$1/debs" --no-remove --no-download install $(sed 's/^\([^: ]*\):all /\1=/; s/ /=/' "$1/set") >>"$T/log" 2>&1 || {
    pk_run dpkg --force-depends --install "$1"/debs/*.deb >>"$T/log" 2>&1
    pk_run dpkg --configure -a >>"$T/log" 2>&1
  }
  release_daemons
  while read -r ia_name ia_version <&4; do
    pk_list | grep -q -F -x "$ia_name $ia_version installed" || { WHY="package $ia_name could not be installed again"; return 1; }
  done 4<"$1/set"
}

# ---- keeping: prove, renew, commit; then what is left for a later undo

finish_commit() {
  # Keys that a kept undo took away are gone for good, like those of what it undid.
  [ "$M_undoes" = - ] || rm -rf -- "$T"/tree-*
  disarm
  if [ "$M_undoes" != - ] && [ -d "$STATE/tx/$M_undoes" ]; then
    : >"$STATE/tx/$M_undoes/undone"
    rm -rf "$STATE/tx/$M_undoes/keep" "$STATE/tx/$M_undoes/wrote"
    remove_keeps_of "$M_undoes"
  fi
  note "$(date +%s) $TX committed"
  retain
}

remove_keeps_of() (
  open_tx "$1" && remove_keeps
)

# The token comes on stdin; we hold only its hash.
check_token() {
  read -r ct_token
  [ "$(hash_text "$ct_token")" = "$M_token" ] || die 5 token 'this is not the token of this transaction'
}

# Idempotent: the answer may have been lost the first time.
commit_applied() {
  fp commit-before || die 1 failed "$WHY"
  transition COMMITTED APPLIED
  case $? in
    0) ;;
    3)
      case $NOW_STATE in
        COMMITTED) ;;
        ROLLING_BACK | ROLLED_BACK | ROLLBACK_PARTIAL) answer_status && die 4 too-late 'too late: the host has taken the change back' ;;
        *) answer_status && die 1 not-applied "the transaction is $NOW_STATE: there is nothing to keep yet" ;;
      esac
      ;;
    *) die 1 failed "${WHY:-the state could not be written}" ;;
  esac
}

cmd_commit() {
  check_token
  commit_applied
  ! holds_host || finish_commit
  answer_status
  finish_answer 0
}

# Proof and commit in one call, over the login that it proves. $1 challenge. It waits until the change is applied, and it answers
# before it tidies up: what is left then is done by this process, by the timer, which is still there, or by the next run.
cmd_keep() {
  is_challenge "$1"
  check_token
  ck_tries=600
  while read_state && [ "$ck_tries" -gt 0 ]; do
    case $NOW_STATE in ARMED | APPLYING) ;; *) break ;; esac
    ck_tries=$((ck_tries - 1))
    sleep 0.05
  done
  commit_applied
  say proof "$(hash_text "$1$M_nonce")"
  answer_status
  ! holds_host || (finish_commit) </dev/null >/dev/null 2>&1 &
  finish_answer 0
}

is_challenge() {
  case $1 in '' | *[!0-9a-f]*) die 64 usage 'the challenge must be hex' ;; esac
}

cmd_renew() {
  lock_decision || die 1 busy "$WHY"
  read_state
  case $NOW_STATE in
    ARMED | APPLYING | APPLIED) ;;
    *) unlock_decision && answer_status && die 4 too-late "the lease cannot be renewed: the transaction is $NOW_STATE" ;;
  esac
  clock
  if [ "$NOW" -gt "$((M_up + M_max * 100))" ]; then
    unlock_decision
    answer_status
    die 5 max-lease "the longest time of this transaction, $M_max s, is over"
  fi
  set_lease && sc restart "portcullis-deadman-$TX.timer" || { unlock_decision; die 1 failed 'the dead-man timer could not be started again'; }
  unlock_decision
  answer_status
  finish_answer 0
}

# Only somebody who reached root over a working login can say this.
cmd_prove() {
  is_challenge "$1"
  say proof "$(hash_text "$1$M_nonce")"
  say boot "$BOOT"
  answer_status
  finish_answer 0
}

# A kept lockdown that nobody has undone: its checkpoint is the key (bG9ja2Rvd24= is the step's name).
locks_down() {
  ld_state=''
  [ ! -f "$1/undone" ] && [ -f "$1/state" ] && read -r ld_state <"$1/state" && [ "$ld_state" = COMMITTED ] &&
    grep -q -x 'step bG9ja2Rvd24=' "$1/meta" && grep -q -x 'undoes -' "$1/meta"
}

# The first checkpoint and the newest three always, and that of a lockdown; of the others ten, for 30 days, within 1 GiB. Engines of other versions: 30 days.
retain() {
  find "$STATE" -maxdepth 1 -name 'engine-*.sh' ! -name "${ENGINE##*/}" -mtime +30 -exec rm -f {} +
  rt_now=$(date +%s) rt_seen=0
  rt_list=$(for rt_dir in "$STATE"/tx/*/; do
    rt_id=${rt_dir%/} rt_id=${rt_id##*/}
    while read -r rt_key rt_value; do [ "$rt_key" != begun ] || printf '%s %s\n' "$rt_value" "$rt_id"; done <"$rt_dir/meta"
  done | sort -rn)
  rt_first=${rt_list##* }
  while [ -n "$rt_list" ]; do
    rt_one=${rt_list%%"$NL"*}
    rt_list=${rt_list#"$rt_one"}
    rt_list=${rt_list#"$NL"}
    rt_id=${rt_one##* } rt_begun=${rt_one%% *}
    rt_seen=$((rt_seen + 1))
    [ "$rt_seen" -gt 3 ] && [ "$rt_id" != "$rt_first" ] && [ "$rt_id" != "$TX" ] || continue
    ! locks_down "$STATE/tx/$rt_id" || continue
    # shellcheck disable=SC2046 # du's columns are split on purpose
    set -- $(du -sk "$STATE/tx")
    if [ "$rt_seen" -gt 10 ] || [ "$((rt_now - rt_begun))" -gt 2592000 ] || [ "$1" -gt 1048576 ]; then
      remove_keeps_of "$rt_id"
      rm -rf "$STATE/tx/${rt_id:?}"
    fi
  done
}

# ---- answers about a transaction

answer_status() {
  read_state
  say id "$TX"
  say state "$NOW_STATE"
  say_encoded step "$M_step"
  say_encoded run "$M_run"
  say_encoded operator "$M_operator"
  say begun "$M_begun"
  say fence "$M_fence"
  as_final=no
  is_final "$NOW_STATE" && as_final=yes
  say final "$as_final"
  if [ "$as_final" = no ] && lease_left; then say lease-left "$LEFT"; fi
  as_total=$(wc -l <"$T/manifest")
  say total "$as_total"
  as_done=0
  [ ! -f "$T/journal" ] || as_done=$(grep -c '^[0-9]* [0-9]* [^ ]* done ' "$T/journal")
  say 'done' "$as_done"
  [ "$M_undoes" = - ] || say undoes "$M_undoes"
  [ ! -f "$T/undone" ] || say undone yes
  [ ! -f "$T/result" ] || say result "$(cat "$T/result")"
  [ ! -f "$T/failure" ] || say failure "$(cat "$T/failure")"
  [ ! -s "$T/exceptions" ] || while IFS= read -r as_line; do say exception "$as_line"; done <"$T/exceptions"
  [ ! -s "$T/log" ] || tail -n 20 "$T/log" | while IFS= read -r as_line; do say log "$as_line"; done
}

cmd_history() {
  for ch_dir in "$STATE"/tx/*/; do
    [ -f "$ch_dir/meta" ] || continue
    ch_id=${ch_dir%/}
    open_tx "${ch_id##*/}" || continue
    answer_status
    say next yes
  done
  finish_answer 0
}

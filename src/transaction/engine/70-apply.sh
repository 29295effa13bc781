# ---- the worker: detached from every login, one operation after the other

run_operation() { # do|check|undo, number, kind, arguments
  ro_what=$1 ro_n=$2 ro_kind=$3
  shift 3
  case $ro_kind in
    put-file) "${ro_what}_put_file" "$ro_n" "$@" ;;
    remove-file) "${ro_what}_remove_file" "$ro_n" "$@" ;;
    restore) "${ro_what}_restore" "$ro_n" "$@" ;;
    set-mode) "${ro_what}_set_mode" "$ro_n" "$@" ;;
    account-lines) "${ro_what}_account_lines" "$ro_n" "$@" ;;
    make-home) "${ro_what}_make_home" "$ro_n" "$@" ;;
    home-away) "${ro_what}_home_away" "$ro_n" "$@" ;;
    nft-table) "${ro_what}_nft_table" "$ro_n" "$@" ;;
    nft-restore) "${ro_what}_nft_restore" "$ro_n" "$@" ;;
    ufw) "${ro_what}_ufw" "$ro_n" "$@" ;;
    ufw-restore) "${ro_what}_ufw_restore" "$ro_n" "$@" ;;
    postgres-role) "${ro_what}_postgres_role" "$ro_n" "$@" ;;
    postgres-restore) "${ro_what}_postgres_restore" "$ro_n" "$@" ;;
    certbot-issue) "${ro_what}_certbot_issue" "$ro_n" "$@" ;;
    certbot-away) "${ro_what}_certbot_away" "$ro_n" "$@" ;;
    postgres-right) "${ro_what}_postgres_right" "$ro_n" "$@" ;;
    unit) "${ro_what}_unit" "$ro_n" "$@" ;;
    relink) "${ro_what}_relink" "$ro_n" "$@" ;;
    packages) "${ro_what}_packages" "$ro_n" "$@" ;;
    purge) "${ro_what}_purge" "$ro_n" "$@" ;;
    validate) "${ro_what}_validate" "$ro_n" "$@" ;;
    *) WHY="unknown operation $ro_kind" && return 1 ;;
  esac
}

# What an urgent change left for later: the door is closed by now.
rest_of_snapshot() {
  PLAN_KIB=$(du -sk "$T/payload" | { read -r rs_size _rest; echo "$rs_size"; }) && take_snapshot rest
}

apply_all() {
  while read -r n kind a b c d e f g h i j <&6; do
    read_state
    [ "$NOW_STATE" = APPLYING ] || { WHY="the transaction is $NOW_STATE"; return 1; }
    fp "op-$n-before-intent" && journal intent "$n" "$kind" && fp "op-$n-after-intent" || return 1
    run_operation 'do' "$n" "$kind" "$a" "$b" "$c" "$d" "$e" || return 1
    # What is urgent has happened; whoever waits for it need not wait until it was looked at.
    [ "$M_urgent:$n" != yes:1 ] || : >"$T/first"
    run_operation check "$n" "$kind" "$a" "$b" "$c" "$d" "$e" || return 1
    journal 'done' "$n" "$kind" && fp "op-$n-after-done" || return 1
    [ "$M_urgent:$n" != yes:1 ] || rest_of_snapshot || return 1
  done 6<"$T/manifest"
  [ ! -f "$T/links-before" ] || list_links | put_durable "$T/links-after" || {
    WHY='the checkpoint could not be written (disk full?)'
    return 1
  }
  prove_urgent
}

cmd_apply() {
  exec >>"$T/log" 2>&1
  lock_work 30 || exit 1
  journal_open
  transition APPLYING ARMED || exit 1
  if apply_all; then
    fp apply-end || exit 1
    transition APPLIED APPLYING
    exit
  fi
  # A full disk must not keep us from writing that we take it back.
  rm -f "$STATE/ballast"
  log "failed: $WHY"
  printf '%s\n' "$WHY" >"$T/failure"
  transition ROLLING_BACK APPLYING || exit 1
  take_back live
  exit
}

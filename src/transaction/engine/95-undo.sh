# ---- undo of a kept transaction: three-way comparison (before, ours, now), then a transaction like any other

# Compares every object of $1 into UNDO_OPS (manifest), UNDO_PLAN (what would happen), UNDO_LEFT (what somebody else changed).
plan_undo() {
  UNDO_OPS='' UNDO_PLAN='' UNDO_LEFT='' pu_number=0 pu_access='' pu_units='' pu_stays=''
  open_tx "$1" || die 1 unknown "there is no transaction $1 on this host"
  read_state
  [ "$NOW_STATE" = COMMITTED ] || die 5 not-kept "transaction $1 is $NOW_STATE: only a kept one can be undone (use rollback)"
  [ ! -f "$T/undone" ] || die 5 undone "transaction $1 was undone before"
  journal_open
  [ "$JOURNAL" = fine ] || die 5 journal "the journal of $1 was edited by another hand: look at $T/journal first"
  plan_tables
  while read -r O_n O_path O_real O_before O_ours O_keep _rest <&6; do
    decode "$O_path" && pu_path=$DECODED && decode "$O_real"
    # JQ== is "%": certbot's tree, which comes after the files.
    [ "$O_keep" != JQ== ] || continue
    pu_now=$(state_of "$DECODED")
    # fg== is "~": a home.
    if [ "$O_keep" = fg== ]; then
      plan_home "$DECODED"
      continue
    fi
    if [ "$pu_now" = "$O_before" ]; then
      continue
    elif [ -f "$T/account-$O_n" ]; then
      plan_table "$pu_path"
      continue
    elif [ "$pu_now" != "$O_ours" ]; then
      UNDO_LEFT="$UNDO_LEFT$pu_path was changed by someone else since: left as it is$NL"
      pu_stays=$pu_path
      continue
    fi
    pu_op="restore $O_path $1 $O_n $O_before $O_ours"
    case $O_before:$O_keep in
      absent:*) UNDO_PLAN="${UNDO_PLAN}remove $pu_path$NL" ;;
      *:Lg==)
        UNDO_PLAN="${UNDO_PLAN}restore mode and owner of $pu_path$NL"
        pu_op="set-mode $O_path $(printf '%s:%s' "${O_before#file:*:}" "${O_ours#file:*:}" | tr : ' ')"
        ;;
      *) UNDO_PLAN="${UNDO_PLAN}restore $pu_path$NL" ;;
    esac
    add_undo "$pu_op"
    case $pu_path in /etc/ssh/*) pu_access=yes ;; "$UNITS"/*) pu_units=yes ;; esac
  done 6<"$T/objects"
  plan_ufw
  plan_roles
  plan_certificates
  plan_rights
  ! with_packages || plan_purge "$1"
  if [ -f "$T/links-after" ] && ! cmp -s "$T/links-before" "$T/links-after"; then
    add_undo "relink $1"
    UNDO_PLAN="${UNDO_PLAN}put back the enablement links$NL"
    pu_units=yes
  fi
  [ -n "$UNDO_OPS" ] || [ -s "$T/units" ] || return 0
  [ -z "$pu_access" ] || ! command -v sshd >/dev/null 2>&1 || add_undo 'validate sshd'
  [ -z "$pu_units" ] || add_undo 'unit - daemon-reload - -'
  while read -r pu_name _enabled pu_active <&6; do undo_unit_verb "$pu_name" "$pu_active"; done 6<"$T/units"
}

add_undo() {
  pu_number=$((pu_number + 1))
  UNDO_OPS="$UNDO_OPS$pu_number $1$NL"
}

# What unit $1, that was $2, needs after its files are back: the same verb that was used, or its old activity.
undo_unit_verb() {
  uv_verb='' uv_used=''
  while read -r n kind a b c d <&3; do
    [ "$kind:$a" = "unit:$1" ] || continue
    uv_used=yes
    case $b in
      restart) uv_verb=restart ;;
      reload) [ "$uv_verb" = restart ] || uv_verb=reload ;;
    esac
  done 3<"$T/manifest"
  uv_now=$(unit_active "$1")
  case $2:$uv_now in
    active:active) [ -n "$UNDO_OPS" ] || uv_verb='' ;;
    active:*) uv_verb=start ;;
    # A service that only a connection to its socket started is no doing of ours.
    *:active) uv_verb=${uv_used:+stop} ;;
    *) uv_verb='' ;;
  esac
  [ -z "$uv_verb" ] || { add_undo "unit $1 $uv_verb - -"; UNDO_PLAN="$UNDO_PLAN$uv_verb $1$NL"; }
}

answer_undo() {
  printf %s "$UNDO_PLAN" | while IFS= read -r au_line; do say would "$au_line"; done
  printf %s "$UNDO_LEFT" | while IFS= read -r au_line; do say left "$au_line"; done
}

# From the operator's side: request on stdin as for start, without operations; armed, proved and kept like any change.
cmd_start_undo() {
  IN=$1
  [ -d /run/systemd/system ] || die 5 no-init 'this host has no init system that can run the dead-man: no change is safe here'
  read_request "$IN" || die 64 request "$WHY"
  UNDO_OF=$R_undoes
  plan_undo "$UNDO_OF"
  answer_undo
  [ -n "$UNDO_OPS" ] || { rm -rf "${IN:?}"; say nothing yes; [ -z "$UNDO_LEFT" ] || finish_answer 9; finish_answer 0; }
  printf %s "$UNDO_OPS" >"$IN/manifest" && mkdir -p "$IN/payload"
  begin
}

# A person on the console: the same, kept at once when it went through, taken back when it did not.
cmd_undo() {
  if [ "${2-}" = --dry-run ]; then
    plan_undo "$1"
    answer_undo
    [ -z "$UNDO_LEFT" ] || finish_answer 9
    finish_answer 0
  fi
  plan_undo "$1"
  answer_undo
  [ -n "$UNDO_OPS" ] || { say nothing yes; [ -z "$UNDO_LEFT" ] || finish_answer 9; finish_answer 0; }
  cu_token=$(hash_file /proc/sys/kernel/random/uuid)
  IN=$(mktemp -d "$STATE/incoming.XXXXXX") || die 1 failed 'no space'
  mkdir "$IN/payload" && printf %s "$UNDO_OPS" >"$IN/manifest"
  encode 'root on the console' && R_operator=$ENCODED
  R_tx=$(date -u +%Y%m%d-%H%M%S)-console R_run=$M_run R_step=$M_step R_plan=$M_plan
  R_lease=300 R_max=900 R_token=$(hash_text "$cu_token") R_nonce=${cu_token%????????????????????????????????} R_client=- R_port=- R_undoes=$1 R_wait=60 R_urgent='' R_answers='' R_wrote=''
  case $UNDO_OPS in *" purge "*) R_wait=600 ;; esac
  UNDO_OF=$1
  cu_answer=$(begin)
  cu_code=$?
  open_tx "$R_tx" && read_state && [ "$NOW_STATE" = APPLIED ] || {
    printf '%s\n' "$cu_answer"
    [ "$cu_code" != 0 ] || cu_code=1
    exit "$cu_code"
  }
  printf '%s\n' "$cu_token" | cmd_commit
  [ -z "$UNDO_LEFT" ] || exit 9
}

cmd_rollback() {
  fp rollback-asked
  roll_back
  cr_code=$?
  answer_status
  case $cr_code:$NOW_STATE in
    3:*) die 5 committed 'the change was kept already: use undo' ;;
    *:ROLLED_BACK) finish_answer 0 ;;
    *:ROLLBACK_PARTIAL) finish_answer 9 ;;
    *) die 1 failed "${WHY:-the rollback has not ended: see the log}" ;;
  esac
}

# A person accepts a partial restore as it is: the host is free again, the checkpoint stays.
cmd_accept() {
  read_state
  [ "$NOW_STATE" = ROLLBACK_PARTIAL ] || die 5 not-partial "transaction $TX is $NOW_STATE"
  lock_work 20 || die 8 locked "$WHY"
  : >"$T/settled" && sync_path "$T" && disarm
  answer_status
  finish_answer 0
}

# ---- one transaction's files: state, meta, journal

valid_tx() {
  case $1 in
    '' | *[!a-z0-9-]* | ????????????????????????????????????????*) return 1 ;;
  esac
}

# Opens transaction $1: sets TX, T and the M_ values. Returns 1 when it does not exist.
open_tx() {
  valid_tx "$1" || die 64 usage 'not a transaction id'
  [ -d "$STATE/tx/$1" ] && [ -f "$STATE/tx/$1/meta" ] || return 1
  TX=$1
  T=$STATE/tx/$1
  M_run='' M_step='' M_operator='' M_plan='' M_lease=90 M_max=900 M_begun=0 M_up=0 M_boot='' M_fence=0
  M_token='' M_nonce='' M_undoes='-' M_urgent=''
  while read -r ot_key ot_value <&3; do
    case $ot_key in
      run) M_run=$ot_value ;;
      step) M_step=$ot_value ;;
      operator) M_operator=$ot_value ;;
      plan) M_plan=$ot_value ;;
      lease) M_lease=$ot_value ;;
      max) M_max=$ot_value ;;
      begun) M_begun=$ot_value ;;
      up) M_up=$ot_value ;;
      boot) M_boot=$ot_value ;;
      fence) M_fence=$ot_value ;;
      token) M_token=$ot_value ;;
      nonce) M_nonce=$ot_value ;;
      undoes) M_undoes=$ot_value ;;
      urgent) M_urgent=$ot_value ;;
      format) [ "$ot_value" = "$FORMAT" ] || die 1 format "transaction $1 was made by another version of the engine (format $ot_value)" ;;
    esac
  done 3<"$T/meta"
}

read_state() {
  NOW_STATE=''
  [ -f "$T/state" ] && read -r NOW_STATE <"$T/state"
  [ -n "$NOW_STATE" ] || NOW_STATE=PREPARED
}

is_final() {
  case $1 in
    COMMITTED | ROLLED_BACK) return 0 ;;
    ROLLBACK_PARTIAL) [ -f "$T/settled" ] ;;
    *) return 1 ;;
  esac
}

# transition NEW ALLOWED...: the compare-and-swap that every change of state is. 3 = the state is another one by now,
# 4 = TR_GUARD said no. NOW_STATE tells what was found.
TR_GUARD=''
transition() {
  tr_new=$1
  shift
  lock_decision || return 1
  read_state
  tr_code=3
  for tr_allowed; do
    if [ "$NOW_STATE" = "$tr_allowed" ]; then
      tr_code=0
      break
    fi
  done
  [ "$tr_code" != 0 ] || [ -z "$TR_GUARD" ] || "$TR_GUARD" || tr_code=4
  if [ "$tr_code" = 0 ]; then
    if fp "state-$tr_new-before" && put_line "$T/state" "$tr_new"; then
      fp "state-$tr_new-after" || tr_code=1
    else
      tr_code=1
    fi
  fi
  unlock_decision
  [ "$tr_code" != 0 ] || NOW_STATE=$tr_new
  return "$tr_code"
}

# Each line ends with the hash of the line before it. Sets JSEQ, JPREV; JOURNAL is fine or broken.
journal_open() {
  JSEQ=0 JPREV=start JOURNAL=fine
  [ -f "$T/journal" ] || return 0
  if [ -n "$(tail -c 1 "$T/journal")" ]; then
    # A torn last line is what a power cut leaves: it counts as not written.
    jo_lines=$(wc -l <"$T/journal")
    head -n "$jo_lines" "$T/journal" | put_durable "$T/journal"
  fi
  while IFS= read -r jo_line <&3; do
    JSEQ=$((JSEQ + 1))
    [ "${jo_line##* }" = "$JPREV" ] && [ "${jo_line%% *}" = "$JSEQ" ] || JOURNAL=broken
    JPREV=$(hash_text "$jo_line")
  done 3<"$T/journal"
}

# journal EVENT NUMBER DETAIL (no spaces). Durable when it returns 0.
journal() {
  clock
  jr_line="$((JSEQ + 1)) $NOW $BOOT $1 $2 $3 $JPREV"
  trace journal "$1" "$2"
  printf '%s\n' "$jr_line" >>"$T/journal" && sync_path "$T/journal" || {
    WHY="the journal could not be written (disk full?)"
    return 1
  }
  JSEQ=$((JSEQ + 1))
  JPREV=$(hash_text "$jr_line")
}

# Whether operation $1 was begun.
was_begun() {
  [ -f "$T/journal" ] && grep -q "^[0-9]* [0-9]* [^ ]* intent $1 " "$T/journal"
}

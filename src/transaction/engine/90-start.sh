# ---- start: lock, check, checkpoint, arm, hand over to the worker; one exchange

safe_path() {
  case $1 in
    *"$NL"* | *//* | */./* | */../* | */. | */.. | */) return 1 ;;
    "$STATE" | "$STATE"/* | /proc/* | /sys/* | /dev/*) return 1 ;;
    /*) ;;
    *) return 1 ;;
  esac
  case $1 in *[[:cntrl:]]*) return 1 ;; esac
}

is_hex() { case $1 in *[!0-9a-f]* | '') return 1 ;; esac; [ ${#1} = "$2" ]; }
is_number() { case $1 in '' | *[!0-9]* | ????????????*) return 1 ;; esac; }
is_mode() { case $1 in [0-7][0-7][0-7][0-7]) ;; *) return 1 ;; esac; }
is_encoded() { case $1 in '' | *[!A-Za-z0-9+/=]*) return 1 ;; esac; }
is_base() {
  case $1 in
    absent) return 0 ;;
    file) is_hex "$2" 64 && is_mode "$3" && is_number "$4" && is_number "$5" ;;
    *) return 1 ;;
  esac
}
is_path() { is_encoded "$1" && decode "$1" && safe_path "$DECODED"; }

# Two lists in base64: names with blanks between them; "name:architecture version", a line each.
is_package_list() {
  is_encoded "$1" && decode "$1" || return 1
  case $DECODED in '' | *[!a-z0-9+.\ -]* | -* | *' -'*) return 1 ;; esac
  is_encoded "$2" && decode "$2" || return 1
  ! printf '%s\n' "$DECODED" | grep -q -v '^[a-z0-9][a-z0-9+.-]*:[a-z0-9-]* [A-Za-z0-9.+:~-]*$'
}

check_operation() {
  case $1 in
    put-file) is_path "$2" && is_hex "$3" 64 && is_mode "$4" && is_number "$5" && is_number "$6" && is_base "$7" "$8" "$9" "${10}" "${11}" ;;
    remove-file) is_path "$2" && is_base "$3" "$4" "$5" "$6" "$7" ;;
    set-mode) is_path "$2" && is_mode "$3" && is_number "$4" && is_number "$5" && is_mode "$6" && is_number "$7" && is_number "$8" ;;
    account-lines) is_table "$2" && is_edits "$2" "$3" ;;
    make-home) is_path "$2" && is_number "$3" && is_number "$4" && is_mode "$5" && { [ "$6" = - ] || is_hex "$6" 64; } ;;
    unit)
      case $3 in
        daemon-reload) [ "$2" = - ] ;;
        reload | restart | start | stop | enable | disable | mask | unmask) valid_unit "$2" ;;
        *) return 1 ;;
      esac
      ;;
    nft-table)
      valid_table "$2" "$3" && { [ "$4" = - ] || is_hex "$4" 64; } || return 1
      case $5 in absent) [ -z "$6" ] ;; table) is_hex "$6" 64 ;; *) return 1 ;; esac
      ;;
    ufw) case $2:$3 in rules:active | whole:active | whole:inactive) ;; *) return 1 ;; esac ;;
    postgres-role) valid_role "$2" && is_hex "$3" 64 ;;
    certbot-issue) is_host_name "$2" && is_path "$3" && is_order "$4" "$5" "$6" && { [ "$7" = new ] || [ "$7" = known ]; } ;;
    postgres-right) valid_right "$2" "$3" "$4" "$5" "$6" ;;
    packages) is_package_list "$2" "$3" && is_number "$4" && is_number "$5" ;;
    validate) case $2 in sshd | fail2ban | visudo | nginx | caddy | postgresql) ;; *) return 1 ;; esac ;;
    *) return 1 ;;
  esac
}

# Reads the request (data only) in directory $1 into R_ variables and $1/manifest. Anything unexpected is refused whole.
read_request() {
  R_tx='' R_run='' R_step='' R_operator='' R_plan='' R_lease='' R_max=900 R_token='' R_nonce='' R_client=- R_port=- R_undoes=- R_wait=5 R_urgent='' R_answers='' R_wrote=''
  : >"$1/manifest"
  rq_number=0 rq_paths=$NL
  sed '/^content /d' "$1/request" >"$1/lines"
  while read -r key a b c d e f g h i j k <&3; do
    rq_bad=''
    case $key in
      portcullis-request) [ "$a" = "$FORMAT" ] ;;
      tx) valid_tx "$a" && R_tx=$a ;;
      run) is_encoded "$a" && R_run=$a ;;
      step) is_encoded "$a" && R_step=$a ;;
      operator) is_encoded "$a" && R_operator=$a ;;
      answers) is_encoded "$a" && R_answers=$a ;;
      plan) is_hex "$a" 64 && R_plan=$a ;;
      lease) is_number "$a" && [ "$a" -ge 2 ] && [ "$a" -le 900 ] && R_lease=$a ;;
      max) is_number "$a" && R_max=$a ;;
      token) is_hex "$a" 64 && R_token=$a ;;
      nonce) is_hex "$a" 32 && R_nonce=$a ;;
      wait) is_number "$a" && [ "$a" -le 60 ] && R_wait=$a ;;
      client) case $a in *[!0-9a-fA-F:.%-]*) false ;; *) R_client=$a ;; esac ;;
      port) is_number "$a" && R_port=$a ;;
      undoes) valid_tx "$a" && R_undoes=$a ;;
      urgent) [ "$a" = yes ] && R_urgent=yes ;;
      wrote) is_hex "$a" 64 && R_wrote="$R_wrote $a" ;;
      op)
        rq_number=$((rq_number + 1))
        check_operation "$a" "$b" "$c" "$d" "$e" "$f" "$g" "$h" "$i" "$j" "$k" || rq_bad=yes
        case $a in
          put-file | remove-file | set-mode | make-home | account-lines | certbot-issue)
            case $rq_paths in *"$NL$b$NL"*) rq_bad=yes ;; esac
            rq_paths=$rq_paths$b$NL
            ;;
          ufw)
            case $rq_paths in *"${NL}ufw$NL"*) rq_bad=yes ;; esac
            rq_paths="${rq_paths}ufw$NL"
            ;;
          nft-table)
            case $rq_paths in *"$NL$b $c$NL"*) rq_bad=yes ;; esac
            rq_paths="$rq_paths$b $c$NL"
            ;;
        esac
        rq_line="$rq_number $a $b $c $d $e $f $g $h $i $j $k"
        printf '%s\n' "${rq_line%"${rq_line##*[! ]}"}" >>"$1/manifest"
        [ -z "$rq_bad" ]
        ;;
      *) false ;;
    esac || { WHY="line \"$key $a\" of the request is not valid"; return 1; }
  done 3<"$1/lines"
  for rq_value in "$R_tx" "$R_run" "$R_step" "$R_operator" "$R_plan" "$R_lease" "$R_token" "$R_nonce"; do
    [ -n "$rq_value" ] || { WHY='the request is not whole'; return 1; }
  done
  [ "$R_undoes" != - ] || [ "$rq_number" -gt 0 ] || { WHY='the request holds no operation'; return 1; }
  [ "$(tail -n 1 "$1/request")" = 'content end' ] || { WHY='the request was cut off'; return 1; }
}

# Contents of the request into $1/payload, each checked against its name.
read_contents() {
  mkdir -p "$1/payload"
  while read -r n kind a b c d e _rest <&3; do
    case $kind:$c in
      make-home:*) [ "$e" != - ] && rc_sum=$e && decode "$a" && rc_what=$DECODED || continue ;;
      put-file:*) rc_sum=$b && decode "$a" && rc_what=$DECODED ;;
      postgres-role:*) rc_sum=$b rc_what="the role $a" ;;
      nft-table:-) continue ;;
      nft-table:*) rc_sum=$c rc_what="the nft table $a $b" ;;
      *) continue ;;
    esac
    [ ! -f "$1/payload/$rc_sum" ] || continue
    sed -n "/^content $rc_sum /{s/^content $rc_sum //p;q;}" "$1/request" | base64 -d >"$1/payload/$rc_sum" && [ "$(hash_file "$1/payload/$rc_sum")" = "$rc_sum" ] || {
      WHY="the content of $rc_what did not arrive whole (disk full?)"
      return 1
    }
  done 3<"$1/manifest"
  # What is no secret stays with the transaction, to be compared with what becomes of it.
  [ -z "$R_wrote" ] || mkdir -p "$1/wrote" || { WHY='no space for what will be written'; return 1; }
  for rc_sum in $R_wrote; do
    ln "$1/payload/$rc_sum" "$1/wrote/$rc_sum" || { WHY="no content $rc_sum came with the request"; return 1; }
  done
  PLAN_KIB=$(du -sk "$1" | { read -r rc_size _rest; echo "$rc_size"; })
}

# Writes who holds the host, for the answer of a refusal.
answer_holder() {
  open_tx "$HOLDER" || return 0
  answer_status
}

# Takes the host for transaction R_tx. An unfinished one whose time is over is taken back first; any other refuses us.
take_host() {
  mkdir -p "$STATE/tx" "$STATE/lock"
  # One that has ended is putting its own units away: worth a moment. One at work is not.
  th_wait=1
  if holder_tx && open_tx "$HOLDER"; then
    read_state
    is_final "$NOW_STATE" && th_wait=20
  fi
  lock_work "$th_wait" || { holder_tx && answer_holder; die 8 locked "$WHY"; }
  th_rounds=0
  while :; do
    th_rounds=$((th_rounds + 1))
    lock_decision || die 8 locked "$WHY"
    holder_tx || break
    if ! open_tx "$HOLDER"; then
      rm -f "$STATE/lock/holder"
      break
    fi
    read_state
    unlock_decision
    if is_final "$NOW_STATE"; then
      disarm
    elif [ "$NOW_STATE" = PREPARED ]; then
      # Nobody else works on this host (work.lock is ours), so whoever prepared it is gone; nothing was changed.
      drop_prepared
      say reclaimed "$HOLDER"
    elif [ "$th_rounds" -le 2 ] && { [ "$M_boot" != "$BOOT" ] || lease_is_gone; }; then
      transition ROLLING_BACK ARMED APPLYING APPLIED ROLLING_BACK ROLLBACK_PARTIAL && take_back live
      say recovered "$HOLDER"
    else
      answer_holder
      die 8 locked 'another transaction is open on this host'
    fi
  done
  TX=$R_tx
  T=$STATE/tx/$TX
  [ ! -e "$T" ] || { unlock_decision; die 8 replayed 'this transaction exists already: a call was replayed'; }
  th_fence=0
  [ ! -f "$STATE/fence" ] || read -r th_fence <"$STATE/fence"
  th_fence=$((th_fence + 1))
  put_line "$STATE/fence" "$th_fence" && mkdir -m 0700 "$T" && clock || { unlock_decision; die 1 failed 'no space for a transaction'; }
  {
    printf 'format %s\ntx %s\nrun %s\nstep %s\noperator %s\nplan %s\n' "$FORMAT" "$TX" "$R_run" "$R_step" "$R_operator" "$R_plan"
    printf 'lease %s\nmax %s\nbegun %s\nup %s\nboot %s\nfence %s\n' "$R_lease" "$R_max" "$(date +%s)" "$NOW" "$BOOT" "$th_fence"
    printf 'token %s\nnonce %s\nclient %s\nport %s\nundoes %s\nengine %s\n' "$R_token" "$R_nonce" "$R_client" "$R_port" "$R_undoes" "${ENGINE##*/}"
    [ -z "$R_urgent" ] || printf 'urgent yes\n'
    # Not for the engine: what was decided, for whoever looks next.
    [ -z "$R_answers" ] || printf 'answers %s\n' "$R_answers"
  } | put_durable "$T/meta" && put_line "$T/state" PREPARED && mv "$IN/manifest" "$IN/payload" "$T/" && { [ ! -d "$IN/wrote" ] || mv "$IN/wrote" "$T/"; } && sync_path "$T" || {
    rm -rf "${T:?}"
    unlock_decision
    die 1 failed 'no space for a transaction'
  }
  open_tx "$TX"
  printf '%s %s %s %s\n' "$TX" "$$" "$BOOT" "$th_fence" >"$STATE/lock/new~" && ln "$STATE/lock/new~" "$STATE/lock/holder" && rm -f "$STATE/lock/new~" && sync_path "$STATE/lock" || {
    rm -rf "${T:?}"
    unlock_decision
    die 8 locked 'another transaction is open on this host'
  }
  unlock_decision
}

# The lease ran out and the timer did not act (it would have by now).
lease_is_gone() { lease_left && [ "$LEFT" = 0 ] && ! sc is-active --quiet "portcullis-deadman-$TX.timer"; }

abort_start() { # code word message
  as_why=$3
  if drop_prepared; then
    rm -rf "${T:?}"
  else
    # ARMED although the disk said no, or nothing can be written at all: a rollback like any other. Its record stays, so
    # that the timer can go on where this one ends.
    unlock_work
    roll_back
  fi
  die "$1" "$2" "$as_why"
}

# The stable name for people on the console, and what they need to know.
publish_engine() {
  ln -sf "${ENGINE##*/}" "$STATE/engine.new~" && mv -fT "$STATE/engine.new~" "$STATE/engine"
  cat >"$STATE/UNDO.txt" <<TEXT
Portcullis keeps here what is needed to take its changes back, without Portcullis, as root:
  sh $STATE/engine history           what was done
  sh $STATE/engine rollback ID       take back a change that nobody has kept yet
  sh $STATE/engine undo ID --dry-run what undoing a kept change would do
  sh $STATE/engine undo ID           undo a kept change
TEXT
}

cmd_start() {
  IN=$1
  [ -d /run/systemd/system ] || die 5 no-init 'this host has no init system that can run the dead-man: no change is safe here'
  read_request "$IN" || die 64 request "$WHY"
  begin
}

begin() {
  [ -n "${UNDO_OF-}" ] || read_contents "$IN" || die 5 no-space "$WHY"
  PLAN_KIB=${PLAN_KIB:-64}
  take_host
  rm -rf "${IN:?}"
  find "$STATE" -maxdepth 1 -name 'incoming.*' -mmin +10 -exec rm -rf {} +
  publish_engine
  fp begin-locked || abort_start 1 failed "$WHY"
  if ! check_bases; then
    printf %s "$STALE" | while IFS= read -r bg_line; do say stale "$bg_line"; done
    abort_start 7 stale 'the host is not what the plan was made from any more'
  fi
  : >"$STATE/armed" && sync_path "$STATE/armed" && sync_path "$STATE" && write_units && start_timers || abort_start 5 cannot-arm "${WHY:-the dead-man units could not be written}"
  fp begin-units || abort_start 1 failed "$WHY"
  bg_what=all
  [ -z "$M_urgent" ] || bg_what=first
  take_snapshot "$bg_what" || abort_start 5 no-checkpoint "$WHY"
  arm || abort_start 5 cannot-arm "$WHY"
  unlock_work
  timeout 30 systemd-run --quiet --collect --unit="portcullis-apply-$TX" --property=TimeoutStopSec=5 --property=IgnoreOnIsolate=yes \
    /bin/sh "$ENGINE" apply "$TX" "$M_fence" </dev/null 9>&- || {
    roll_back
    answer_status
    die 4 not-detached 'the worker could not be started: nothing was changed'
  }
  wait_for_worker "$R_wait"
  answer_status
  # The worker's own failure took everything back already.
  case $NOW_STATE in
    ROLLED_BACK) finish_answer 4 ;;
    ROLLBACK_PARTIAL) finish_answer 9 ;;
  esac
  finish_answer 0
}

wait_for_worker() {
  ww_tries=$(($1 * 25))
  [ -z "$M_urgent" ] || ww_tries=$(($1 * 100))
  while [ "$ww_tries" -gt 0 ]; do
    [ -z "$M_urgent" ] || [ ! -f "$T/first" ] || return 0
    read_state
    # A worker that gave up has also put its units away when the host is free again.
    case $NOW_STATE in
      ARMED | APPLYING | ROLLING_BACK) ;;
      ROLLED_BACK) [ -f "$STATE/armed" ] || [ -f "$STATE/lock/holder" ] || return 0 ;;
      *) return 0 ;;
    esac
    ww_tries=$((ww_tries - 1))
    if [ -n "$M_urgent" ]; then sleep 0.01; else sleep 0.04; fi
  done
}

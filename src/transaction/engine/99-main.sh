# ---- the verbs

guard_state() {
  [ "$(id -u)" = 0 ] || die 5 not-root 'the engine needs root'
  gs_all=$(stat -c '%u %a' "$STATE" /var/lib /var /)
  [ ! -L "$STATE" ] && [ -d "$STATE" ] && [ "${gs_all%%"$NL"*}" = '0 700' ] || die 5 not-private "refusing: $STATE is not private to root"
  for gs_path in /var/lib /var /; do
    gs_all=${gs_all#*"$NL"}
    case ${gs_all%%"$NL"*} in
      "0 "*[2367] | "0 "*[2367]?) ;;
      "0 "[0-7]*) continue ;;
    esac
    die 5 not-private "refusing: $gs_path can be written by others than root"
  done
}

# Calls about one transaction carry its fencing number; a person on the console need not.
need_tx() {
  open_tx "${1-}" || die 1 unknown "there is no transaction ${1-} on this host"
  [ -z "${2-}" ] || [ "$2" = "$M_fence" ] || die 8 stale-call 'this call belongs to an earlier transaction: refused'
}

main() {
  guard_state
  read_faults
  [ ! -t 1 ] || HUMAN=yes
  verb=${1-}
  [ $# = 0 ] || shift
  case $verb in
    start) cmd_start "$1" ;;
    start-undo) cmd_start_undo "$1" ;;
    apply) need_tx "$1" "$2" && cmd_apply ;;
    status)
      if [ $# = 0 ]; then
        holder_tx && open_tx "$HOLDER" || { say none yes && finish_answer 0; }
      else
        need_tx "$@"
      fi
      answer_status
      finish_answer 0
      ;;
    renew) need_tx "$@" && cmd_renew ;;
    prove) need_tx "$1" "$3" && cmd_prove "$2" ;;
    commit) need_tx "$@" && cmd_commit ;;
    keep) need_tx "$1" "$2" && cmd_keep "${3-}" ;;
    rollback) need_tx "$@" && cmd_rollback ;;
    undo) cmd_undo "$@" ;;
    accept) need_tx "$@" && cmd_accept ;;
    history) cmd_history ;;
    expire) need_tx "$1" && cmd_expire ;;
    canary) need_tx "$1" && put_line "$T/canary" "$M_nonce" ;;
    recover) cmd_recover ;;
    finish) cmd_finish ;;
    *) die 64 usage "unknown verb; one of: status history rollback undo accept" ;;
  esac
}

main "$@"

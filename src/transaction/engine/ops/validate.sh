# ---- primitive: validate (a closed list of the daemons' own checkers, on the real tree)

do_validate() { # number checker
  case $2 in
    sshd)
      # With socket activation the directory may not exist while no daemon runs.
      dv_made=''
      [ -d /run/sshd ] || { mkdir -m 0755 /run/sshd && dv_made=yes; }
      dv_out=$(timeout 20 sshd -t 2>&1 </dev/null)
      dv_code=$?
      [ -z "$dv_made" ] || rmdir /run/sshd
      ;;
    *) dv_out='unknown checker' dv_code=1 ;;
  esac
  [ "$dv_code" = 0 ] || { WHY="the $2 configuration is not valid: $dv_out"; return 1; }
}
check_validate() { return 0; }
undo_validate() { return 0; }

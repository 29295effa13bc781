# ---- primitive: validate (a closed list of the daemons' own checkers, on the real tree)

# Where sshd starts on demand, its /run/sshd is missing until then and sshd refuses to look. It gets one in a mount namespace
# that ends with it: on the host itself it would come and go under a login that is just starting.
sshd_test() {
  if [ -d /run/sshd ]; then
    timeout 20 sshd -t
  else
    # shellcheck disable=SC2016 # expanded by the inner shell
    timeout 20 unshare -m sh -c 'mount -t tmpfs -o mode=0755 none /run && mkdir -m 0755 /run/sshd && exec "$@"' sh "$(command -v sshd)" -t
  fi
}

do_validate() { # number checker
  case $2 in
    sshd)
      dv_out=$(sshd_test 2>&1 </dev/null)
      dv_code=$?
      ;;
    fail2ban)
      dv_out=$(timeout 60 fail2ban-client -t 2>&1 </dev/null)
      dv_code=$?
      ;;
    visudo)
      dv_out=$(timeout 20 visudo -c 2>&1 </dev/null)
      dv_code=$?
      ;;
    nginx)
      dv_out=$(timeout 60 nginx -t -q 2>&1 </dev/null)
      dv_code=$?
      ;;
    caddy)
      dv_out=$(caddy_test now)
      dv_code=$?
      ;;
    *) dv_out='unknown checker' dv_code=1 ;;
  esac
  [ "$dv_code" = 0 ] || { WHY="the $2 configuration is not valid: $dv_out"; return 1; }
}
check_validate() { return 0; }
undo_validate() { return 0; }

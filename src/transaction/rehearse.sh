# ---- the engine's own operations in a rehearsal: the same code that will change the host, in namespaces that vanish. What needs the
# service manager, a real disk or a lasting checkpoint is left out; nothing here is ever part of the engine on a host.
# shellcheck disable=SC2015,SC2034,SC2154 # as in the engine, whose variables these are

sync() { :; }
sync_path() { :; }
guard_space() { :; }
snapshot_units() { :; }
pack_copies() { :; }
# The host's own rules are here only where packets are sent; whether ufw is on was asked outside.
stale_ufw() { :; }
ufw_sysctls_back() { :; }

# No authority is asked: nginx gets a pair that vouches for itself where the real one will be.
snapshot_certificate() { :; }
do_certbot_issue() { # number name
  mkdir -p "$CB_LIVE/$2" && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "/CN=$2" -keyout "$CB_LIVE/$2/privkey.pem" -out "$CB_LIVE/$2/fullchain.pem" 2>/dev/null || {
    WHY='openssl of the host made no stand-in for the certificate'
    return 1
  }
}

# The layers are of other devices than what is below them, so the original is copied and not linked.
keep_inode() {
  KEEP=$T/keep
  cp -a -- "$2" "$KEEP/$1"
}

# Carries out what request $1 (base64) asks for, as far as it is files and tables: a line "OP NUMBER KIND ok", or what stopped it.
# Called once a stage; each finds the tree as the one before left it.
rehearse_request() {
  IN=$STATE/incoming
  rm -rf "$IN" && mkdir -p "$IN" && printf %s "$1" | base64 -d >"$IN/request" && read_request "$IN" && read_contents "$IN" || { stopped refused "$WHY"; return; }
  PLAN_KIB=64 TX=$R_tx T=$STATE/tx/$R_tx
  # Stages follow one another under one name; what an earlier one brought is used up.
  rm -rf "${T:?}" && mkdir -p "$T" && sed -E '/^[0-9]+ (unit|validate|packages) /d' "$IN/manifest" >"$T/manifest" && mv "$IN/payload" "$T/payload" || { stopped refused 'no room'; return; }
  : >"$T/units"
  check_bases || { stopped stale "${STALE%%"$NL"*}"; return; }
  take_snapshot all || { stopped refused "$WHY"; return; }
  while read -r n kind a b c d e _rest <&6; do
    WHY=''
    if run_operation 'do' "$n" "$kind" "$a" "$b" "$c" "$d" "$e" && run_operation check "$n" "$kind" "$a" "$b" "$c" "$d" "$e"; then
      printf 'OP %s %s ok\n' "$n" "$kind"
    else
      stopped "failed $n" "$WHY"
      return
    fi
  done 6<"$T/manifest"
  echo CARRIED
}

stopped() {
  printf 'STOPPED %s\n' "$1"
  printf '| %s\n' "$(printf %s "$2" | tr '\n' ' ')"
}

# ---- primitive: ufw (the kernel is made to hold what ufw's files say), ufw-restore (the same as an earlier checkpoint had it)
# Rules: ufw's files are files like others; this is what makes them hold. Rules alone change in one batch a family, as ufw itself does
# it; ufw's own start and reload are used for everything else, its reset never. Only ufw's chains, the policies of the chains that
# the kernel begins with, and the sysctls that ufw sets are ours to put back: chains of Docker, fail2ban and others stay.

ufw_run() { timeout 60 "$@" 2>&1 </dev/null 8>&- 9>&-; }
ufw_of() { case $1 in 4) printf iptables ;; *) printf ip6tables ;; esac; }

# ufw_word FILE NAME: the value of a shell assignment, lower case, without quotes; the last one holds.
ufw_word() { sed -n "s/^[[:space:]]*$2=//p" "$1" 2>/dev/null | tail -n 1 | tr -d "\"'[:space:]" | tr '[:upper:]' '[:lower:]'; }
ufw_enabled() { [ "$(ufw_word /etc/ufw/ufw.conf ENABLED)" = yes ]; }
ufw_ipv6() { [ "$(ufw_word /etc/default/ufw IPV6)" = yes ] && [ -e /proc/net/if_inet6 ]; }

ufw_init() {
  for ui_file in /usr/lib/ufw/ufw-init /lib/ufw/ufw-init; do
    [ ! -x "$ui_file" ] || { ufw_run "$ui_file" "$1"; return; }
  done
  echo 'ufw-init is not on this host'
  return 1
}

# What is ufw's in the filter table of family $1, without counters; the policies of the first chains with it. Nothing where there is
# no such table: a listing makes none.
ufw_dump() {
  ud_all=$(timeout 20 "$(ufw_of "$1")-save" -t filter 2>/dev/null </dev/null 8>&- 9>&-) || return 1
  printf '%s\n' "$ud_all" | awk '
    /^:(INPUT|FORWARD|OUTPUT) / || /^:ufw6?-/ { print $1, $2; next }
    /^-A ufw6?-/ || /^-A (INPUT|FORWARD|OUTPUT) -j ufw6?-/ { print }
  '
}

# Both families as one text in UFW_NOW; "active" or "inactive" in UFW_STATE.
ufw_look() {
  command -v iptables-save >/dev/null 2>&1 || { WHY='this host has no iptables, which ufw needs'; return 1; }
  ul_four=$(ufw_dump 4) && ul_six=$(ufw_dump 6) || { WHY='the rules of ufw cannot be listed'; return 1; }
  UFW_NOW="$ul_four$NL-- ipv6$NL$ul_six" UFW_STATE=inactive
  case $ul_four in *':ufw-user-input '*) UFW_STATE=active ;; esac
}

# Which of the first chains the kernel has in family $1: a host that never filtered has none, not even the table.
ufw_first_chains() {
  command -v nft >/dev/null 2>&1 || { printf unknown; return 0; }
  uf_family=ip
  [ "$1" = 4 ] || uf_family=ip6
  case "$NL$(timeout 20 nft list tables </dev/null 8>&- 9>&-)$NL" in *"${NL}table $uf_family filter$NL"*) printf table ;; *) printf none; return 0 ;; esac
  timeout 20 nft -s list table "$uf_family" filter 2>/dev/null </dev/null 8>&- 9>&- | sed -n 's/^	chain \(INPUT\|FORWARD\|OUTPUT\) {$/,\1/p' | tr -d '\n'
}

# The sysctls that ufw sets when it starts: "path value", a line each.
ufw_sysctls() {
  us_file=$(sed -n 's/^[[:space:]]*IPT_SYSCTL=//p' /etc/default/ufw 2>/dev/null | tail -n 1 | tr -d "\"'[:space:]")
  [ -n "$us_file" ] && [ -f "$us_file" ] || return 0
  sed -n 's/^[[:space:]]*\(net[./][A-Za-z0-9_./-]*\)[[:space:]]*=.*/\1/p' "$us_file" | while IFS= read -r us_key; do
    case $us_key in */*) ;; *) us_key=$(printf %s "$us_key" | tr . /) ;; esac
    case $us_key in *..*) continue ;; esac
    [ ! -r "/proc/sys/$us_key" ] || printf '%s %s\n' "$us_key" "$(cat "/proc/sys/$us_key")"
  done
}

ufw_sysctls_back() {
  while read -r ub_key ub_value <&4; do
    [ "$(cat "/proc/sys/$ub_key")" = "$ub_value" ] || printf '%s\n' "$ub_value" >"/proc/sys/$ub_key" || { WHY="the sysctl $ub_key could not be put back"; return 1; }
  done 4<"$1"
}

# Is ufw as active as the plan saw it? Else a line in STALE.
stale_ufw() {
  if ! ufw_look; then STALE=$STALE$WHY$NL; elif [ "$UFW_STATE" != "$1" ]; then STALE="${STALE}ufw is $UFW_STATE, the plan saw it $1$NL"; fi
}

snapshot_ufw() { # number
  ufw_look || return 1
  for su_family in 4 6; do ufw_dump "$su_family" >"$T/ufw-$1.$su_family" || { WHY='the rules of ufw cannot be listed'; return 1; }; done
  ufw_sysctls >"$T/ufw-$1.sysctls" && printf '%s\n' "$UFW_NOW" >"$T/ufw-$1.before" &&
    printf '%s %s %s %s\n' "$1" "$UFW_STATE" "$(ufw_first_chains 4)" "$(ufw_first_chains 6)" | put_durable "$T/ufw" &&
    sync "$T/ufw-$1.4" "$T/ufw-$1.6" "$T/ufw-$1.sysctls" "$T/ufw-$1.before" || { WHY='no space for the checkpoint'; return 1; }
}

# ufw_rules: user rules of both families, each in one batch. They are tried first.
ufw_rules() {
  ur_families=4
  ! ufw_ipv6 || ur_families='4 6'
  for ur_test in --test ''; do
    for ur_family in $ur_families; do
      ur_file=/etc/ufw/user.rules
      [ "$ur_family" = 4 ] || ur_file=/etc/ufw/user6.rules
      # shellcheck disable=SC2086 # no word where it is empty
      ur_out=$(timeout 60 "$(ufw_of "$ur_family")-restore" -n $ur_test <"$ur_file" 2>&1 8>&- 9>&-) || { WHY="$ur_file is not accepted: $ur_out"; return 1; }
    done
  done
}

# ufw_follow: the kernel as the files say now; "rules" where nothing but the user's rules may differ.
ufw_follow() { # rules|whole
  ufw_look || return 1
  if ! ufw_enabled; then
    ufw_gone
  elif [ "$UFW_STATE" = inactive ]; then
    uo_out=$(ufw_init start) || { WHY="ufw could not be started: $uo_out"; return 1; }
  elif [ "$1" = rules ]; then
    ufw_rules
  else
    uo_out=$(ufw_init force-reload) || { WHY="ufw could not be reloaded: $uo_out"; return 1; }
  fi
}

do_ufw() { # number rules|whole
  ufw_enabled || { WHY='ufw is not enabled in /etc/ufw/ufw.conf'; return 1; }
  fp "op-$1-before-load" && ufw_follow "$2" || return 1
  trace load ufw
  fp "op-$1-after-load" && ufw_note "$1"
}

ufw_note() { ufw_look && put_line "$T/ufw-$1.ours" "$UFW_NOW"; }

# Every family that is meant to be filtered is, and nothing moved since the load.
check_ufw() { # number
  ufw_look || return 1
  case $UFW_STATE:$UFW_NOW in
    inactive:*) WHY='ufw was started and its rules are not in the kernel' && return 1 ;;
    *:*':ufw6-user-input '*) ;;
    *) ! ufw_ipv6 || { WHY='the IPv6 rules of ufw are not in the kernel'; return 1; } ;;
  esac
  [ "$UFW_NOW" = "$(cat "$T/ufw-$1.ours")" ] || { WHY='the rules of ufw are not what was loaded'; return 1; }
}

# The program that takes family $1 from what it is now to the listing in file $2: one batch, chains of others untouched.
ufw_program() {
  ufw_dump "$1" >"$T/ufw.now" && awk '
    FNR == NR && /^:/ { now[substr($1, 2)] = 1; order[++n] = substr($1, 2); next }
    FNR == NR { if (/^-A (INPUT|FORWARD|OUTPUT) /) { hooked[$0] = 1; hooks[++h] = $0 } next }
    /^:/ { was[substr($1, 2)] = 1; heads[++c] = $1 " " $2 " [0:0]"; next }
    /^-A (INPUT|FORWARD|OUTPUT) / { hook[$0] = 1; if ($0 in hooked) next }
    { rules[++r] = $0 }
    END {
      print "*filter"
      for (i = 1; i <= c; i++) print heads[i]
      for (i = 1; i <= h; i++) if (!(hooks[i] in hook)) print "-D " substr(hooks[i], 4)
      for (i = 1; i <= n; i++) if (!(order[i] in was)) print "-F " order[i]
      for (i = 1; i <= n; i++) if (!(order[i] in was)) print "-X " order[i]
      for (i = 1; i <= r; i++) print rules[i]
      print "COMMIT"
    }
  ' "$T/ufw.now" "$2"
}

ufw_restore() { # family file
  ufw_program "$1" "$2" >"$T/ufw.program" || { WHY='the rules of ufw cannot be listed'; return 1; }
  ur_out=$(timeout 60 "$(ufw_of "$1")-restore" -n <"$T/ufw.program" 2>&1 8>&- 9>&-) || { WHY="the rules of ufw could not be put back: $ur_out"; return 1; }
}

# ufw_load CHECKPOINT NUMBER: both families, the first chains and the sysctls as that checkpoint has them.
ufw_load() {
  read -r _n _state ul_first4 ul_first6 <"$1/ufw"
  for ul_family in 4 6; do
    [ "$(ufw_dump "$ul_family")" = "$(cat "$1/ufw-$2.$ul_family")" ] || ufw_restore "$ul_family" "$1/ufw-$2.$ul_family" || return 1
    fp "undo-ufw-$ul_family" || return 1
  done
  ufw_bare 4 "$ul_first4" && ufw_bare 6 "$ul_first6" && ufw_sysctls_back "$1/ufw-$2.sysctls"
}

# ufw_bare FAMILY BEFORE: takes away first chains that were not there before, and the table with them, where they are empty.
ufw_bare() {
  ub_family=ip
  [ "$1" = 4 ] || ub_family=ip6
  case $2 in unknown) return 0 ;; esac
  case $(ufw_first_chains "$1") in "$2" | none) return 0 ;; esac
  for ub_chain in INPUT FORWARD OUTPUT; do
    case ",$2," in *",$ub_chain,"*) continue ;; esac
    ub_text=$(timeout 20 nft -s list chain "$ub_family" filter "$ub_chain" 2>/dev/null </dev/null 8>&- 9>&-) || continue
    # Another hand's rules in it, or a policy that drops: it stays.
    case $(printf '%s\n' "$ub_text" | sed '/^# /d' | wc -l):$ub_text in 5:*'policy accept;'*) ;; *) continue ;; esac
    ub_out=$(ufw_run nft delete chain "$ub_family" filter "$ub_chain") || log "the empty chain $ub_chain stays: $ub_out"
  done
  [ "$2" = none ] || return 0
  ub_text=$(timeout 20 nft -s list table "$ub_family" filter 2>/dev/null </dev/null 8>&- 9>&-) || return 0
  [ "$(printf '%s\n' "$ub_text" | sed '/^# /d' | wc -l)" -gt 2 ] || ufw_run nft delete table "$ub_family" filter >/dev/null || log "the empty table $ub_family filter stays"
}

# ufw is not enabled: nothing of it filters.
ufw_gone() {
  [ "$UFW_STATE" = active ] || return 0
  printf ':INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n' >"$T/ufw.none" && ufw_restore 4 "$T/ufw.none" && ufw_restore 6 "$T/ufw.none"
}

# Taken back as a whole, in undo_ufw_rules.
undo_ufw() { return 0; }
undo_ufw_restore() { return 0; }

# undo_ufw_rules live: the kernel as it was, before any file, because ufw may be what closed the way in. After a boot the kernel has
# what the files of then said, which may be ours: it follows the files, once they are back ("files").
undo_ufw_rules() {
  [ -f "$T/ufw" ] || return 0
  read -r uw_n _rest <"$T/ufw"
  if ufw_back "$1" "$uw_n"; then
    [ "$1" = files ] || RESTORED=$((RESTORED + 1))
  else
    exception "$WHY"
    FAILED=$((FAILED + 1))
  fi
}

ufw_back() { # live|files number
  case $1:$M_boot in
    live:"$BOOT") ;;
    files:"$BOOT" | live:*) return 0 ;;
  esac
  ufw_look || return 1
  if [ "$UFW_NOW" = "$(cat "$T/ufw-$2.before")" ]; then
    [ "$1" = files ] || ufw_sysctls_back "$T/ufw-$2.sysctls"
    return
  fi
  [ "$1" = live ] || { ufw_follow whole; return; }
  if [ -f "$T/ufw-$2.ours" ] && [ "$UFW_NOW" != "$(cat "$T/ufw-$2.ours")" ]; then
    mkdir -p "$T/conflict"
    printf '%s\n' "$UFW_NOW" >"$T/conflict/ufw-$2"
    exception "the rules of ufw were changed by someone else meanwhile: restored, their version is $T/conflict/ufw-$2"
  fi
  fp "undo-$2-before" && ufw_load "$T" "$2" && fp "undo-$2-after" && ufw_look || return 1
  [ "$UFW_NOW" = "$(cat "$T/ufw-$2.before")" ] || { WHY='the rules of ufw are not as they were'; return 1; }
}

# Undo of a kept transaction, after its files: exactly what was, unless another hand has worked on it since; then as the files say now.
do_ufw_restore() { # number fromtx fromnumber
  ufw_look || return 1
  fp "op-$1-before-load" || return 1
  if [ "$UFW_NOW" = "$(cat "$STATE/tx/$2/ufw-$3.ours")" ]; then
    ufw_load "$STATE/tx/$2" "$3" || return 1
  else
    ufw_follow whole || return 1
  fi
  fp "op-$1-after-load" && ufw_note "$1"
}
check_ufw_restore() { # number
  ufw_look && [ "$UFW_NOW" = "$(cat "$T/ufw-$1.ours")" ] || { WHY='the rules of ufw are not what was put back'; return 1; }
}

plan_ufw() {
  [ -f "$T/ufw" ] || return 0
  read -r pw_n _rest <"$T/ufw"
  add_undo "ufw-restore $TX $pw_n"
  UNDO_PLAN="${UNDO_PLAN}put back what ufw filtered before$NL"
}

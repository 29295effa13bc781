# ---- primitive: certbot-issue (a certificate by the ACME client of the host), certbot-away (what an earlier one brought goes again)
# Rules: the client answers through files of the web server alone and edits no configuration; what it made is known by a listing before and one
# after, of kinds, modes and digests; what is neither is another hand's and is left; keys are kept by links, no second copy of one is made where
# the file system can link. Hooks are files like others, and other operations'.

CB_LIVE=/etc/letsencrypt/live
CB_ROOTS='/etc/letsencrypt /var/lib/letsencrypt /var/log/letsencrypt'

is_host_name() { case $1 in '' | *[!a-z0-9.-]* | [.-]* | *..*) return 1 ;; esac; [ ${#1} -le 253 ]; }

# Names with commas between them; a directory of an authority and an address of mail, or "-".
is_order() {
  is_encoded "$1" && decode "$1" || return 1
  case $DECODED in '' | *[!a-z0-9.,-]* | [.,-]*) return 1 ;; esac
  [ "$2" = - ] || { is_encoded "$2" && decode "$2" && case $DECODED in https://*[!A-Za-z0-9.:/_~%-]*) false ;; https://*) ;; *) false ;; esac; } || return 1
  [ "$3" = - ] || { is_encoded "$3" && decode "$3" && case $DECODED in *[!A-Za-z0-9._%+@-]* | -* | @* | *@*@*) false ;; *@*) ;; *) false ;; esac; }
}

# "kind:mode:uid:gid:digest" of one path, or "absent". Of a link the digest is that of where it leads.
cb_state() {
  if [ -L "$1" ]; then
    printf 'link:%s' "$(hash_text "$(readlink -- "$1")")"
  elif [ -d "$1" ]; then
    printf 'dir:%s' "$(stat -c '%a:%u:%g' -- "$1")"
  else
    state_of "$1"
  fi
}

# Every path of the client, "state path" a line, without the programs in its hooks. What cannot be walked whole is no list.
cb_list() {
  cl_paths=$(for cl_root in $CB_ROOTS; do
    [ ! -d "$cl_root" ] || find "$cl_root" -path '*/renewal-hooks/*' ! -type d -prune -o -print || exit 1
  done) || return 1
  [ -z "$cl_paths" ] || printf '%s\n' "$cl_paths" | sort | while IFS= read -r cl_path; do printf '%s %s\n' "$(cb_state "$cl_path")" "$cl_path"; done
}

# The first folder of the client that is a link out of its three places, or nothing: what is made behind it, no listing sees.
cb_elsewhere() {
  ce_homes=$NL$(for ce_root in $CB_ROOTS; do readlink -f -- "$ce_root"; done)$NL
  for ce_root in $CB_ROOTS; do
    [ ! -e "$ce_root" ] && [ ! -L "$ce_root" ] || find "$ce_root" -path '*/renewal-hooks/*' -prune -o -type l -print
  done | while IFS= read -r ce_path; do
    case " $CB_ROOTS " in
      *" $ce_path "*) ;;
      *)
        [ -d "$ce_path" ] || continue
        ce_up=$(readlink -f -- "$ce_path")
        while [ -n "$ce_up" ]; do
          case $ce_homes in *"$NL$ce_up$NL"*) continue 2 ;; esac
          ce_up=${ce_up%/*}
        done
        ;;
    esac
    printf %s "$ce_path"
    break
  done
}

# Is the client there, and the certificate as known to it as the plan saw? Else a line in STALE.
stale_certificate() { # name new|known
  command -v certbot >/dev/null 2>&1 || { STALE="${STALE}this host has no certbot$NL" && return 0; }
  sc_now=new
  [ ! -e "/etc/letsencrypt/renewal/$1.conf" ] || sc_now=known
  [ "$sc_now" = "$2" ] || STALE="${STALE}what certbot knows of $1 changed since the plan was made$NL"
  sc_link=$(cb_elsewhere)
  [ -z "$sc_link" ] || STALE="${STALE}$sc_link is a link to $(readlink -- "$sc_link"): what certbot would make behind it could not be taken back; make it a folder (a mount may stand there), or get the certificate yourself and name its files in tls.certificate$NL"
}

# The keep directory "%" says that the object is the client's tree; "before" and what is kept of it lie in $T/tree-NUMBER.
snapshot_tree() { # number name [b64webroot]
  st_tree=$T/tree-$1
  guard_space /etc/letsencrypt/x "$PLAN_KIB" && mkdir -p "$st_tree" || { WHY=${WHY:-'no space for the checkpoint'}; return 1; }
  cb_list >"$st_tree/before" || { WHY='what certbot has could not be listed'; return 1; }
  ! grep -v -q -E '^(file|link|dir):[^ ]* /' "$st_tree/before" || { WHY='below /etc/letsencrypt stands something that could not be put back: a name with a line break, or neither file, folder nor link'; return 1; }
  st_line=0
  while IFS= read -r st_entry <&4; do
    st_line=$((st_line + 1)) st_path=${st_entry#* }
    case $st_entry in
      dir:*) continue ;;
      # What certbot writes once. Its log it goes on with in place, so a link of that would grow with it.
      file:*' /etc/letsencrypt/archive/'*.pem | file:*' /etc/letsencrypt/keys/'*.pem | file:*/private_key.json | file:*.log.[0-9]*) ln -P -- "$st_path" "$st_tree/$st_line" 2>/dev/null && continue ;;
    esac
    cp -a -- "$st_path" "$st_tree/$st_line" || { WHY="$st_path could not be kept (disk full?)"; return 1; }
  done 4<"$st_tree/before"
  if [ -n "${3-}" ]; then
    decode "$3"
    find "$DECODED/.well-known" -maxdepth 2 2>/dev/null | sort >"$st_tree/answers" && printf '%s' "$DECODED" >"$st_tree/webroot" || { WHY='no space for the checkpoint'; return 1; }
  fi
  sync -f "$st_tree" && encode "$CB_LIVE/$2" && st_path=$ENCODED && encode '%' || { WHY='the checkpoint could not be synced'; return 1; }
  printf '%s %s %s tree tree %s 0 0 -\n' "$1" "$st_path" "$st_path" "$ENCODED" >>"$T/objects.part"
}
snapshot_certificate() { snapshot_tree "$1" "$2" "$3"; }

# What it said, in one line: without what is the same every time.
cb_said() {
  sed -e '/^Saving debug log/d' -e '/^Ask for help/d' -e '/^See the logfile/d' -e '/^Account registered/d' -e '/^Requesting a cert/d' -e '/^Renewing an existing/d' -e '/^[- ]*$/d' -e 's/^ *//' "$1" |
    LC_ALL=C tr -c '[:print:]\n' '?' | tr '\n' ' ' | cut -c1-600
}

do_certbot_issue() { # number name b64webroot b64names server|- b64email|-
  ci_n=$1 ci_name=$2 ci_tree=$T/tree-$1
  decode "$3" && ci_webroot=$DECODED && decode "$4" && ci_names=$DECODED || return 1
  ci_server=$5
  decode "$6" && ci_email=$DECODED
  cb_latest "$T"
  [ "$(cb_list)" = "$(cat "${LATEST:-$ci_tree/before}")" ] || { WHY='certbot was at work while the change was being applied'; return 1; }
  fp "op-$1-before-issue" || return 1
  # Its own files may name other folders.
  set -- certonly --config-dir /etc/letsencrypt --work-dir /var/lib/letsencrypt --logs-dir /var/log/letsencrypt --non-interactive --agree-tos --webroot --webroot-path "$ci_webroot" --preferred-challenges http --cert-name "$ci_name" --domains "$ci_names" --renew-with-new-domains
  if [ "$6" = - ]; then set -- "$@" --register-unsafely-without-email; else set -- "$@" --no-eff-email --email "$ci_email"; fi
  if [ "$ci_server" != - ]; then decode "$ci_server" && set -- "$@" --server "$DECODED"; fi
  log "certbot asks the authority for a certificate for $ci_names"
  : >"$ci_tree/begun"
  pk_run timeout 240 certbot "$@" >"$ci_tree/said" 2>&1
  ci_code=$?
  [ "$ci_code" = 0 ] || {
    case $ci_code in 124 | 137) ci_code="no end after 240 s; " ;; *) ci_code='' ;; esac
    WHY="certbot got no certificate for $ci_name: $ci_code$(cb_said "$ci_tree/said")"
    return 1
  }
  fp "op-$ci_n-after-issue" || return 1
  ci_now=$(cb_list) && printf '%s\n' "$ci_now" | put_durable "$ci_tree/ours" && sync -f /etc/letsencrypt && cb_trim "$ci_tree" || { WHY='what certbot made could not be recorded (disk full?)'; return 1; }
}

# The last listing that the certificates of transaction folder $1 left, in LATEST, and its number; empty when none was made yet.
cb_latest() {
  LATEST='' LATEST_N=0
  for cl_list in "$1"/tree-*/ours; do
    [ -f "$cl_list" ] || continue
    cl_n=${cl_list%/ours} cl_n=${cl_n##*-}
    [ "$cl_n" -lt "$LATEST_N" ] || LATEST=$cl_list LATEST_N=$cl_n
  done
}

# A pair that nginx can read: the key is that of the certificate, where openssl can tell.
check_certbot_issue() { # number name
  [ -s "$CB_LIVE/$2/fullchain.pem" ] && [ -s "$CB_LIVE/$2/privkey.pem" ] || { WHY="certbot left no certificate for $2 in $CB_LIVE/$2"; return 1; }
  command -v openssl >/dev/null 2>&1 || return 0
  [ "$(openssl x509 -in "$CB_LIVE/$2/fullchain.pem" -noout -pubkey 2>&1)" = "$(openssl pkey -in "$CB_LIVE/$2/privkey.pem" -pubout 2>&1)" ] || { WHY="the key in $CB_LIVE/$2 is not that of the certificate"; return 1; }
}
undo_certbot_issue() { load_object "$1" && restore_object; }

# cb_steps BEFORE OURS NOW: "remove - path", "put LINE path" of BEFORE, "left - path": what is neither. Logs that went on are no edit of anybody.
# NOW may be "-", the standard input: whoever only looks writes nothing.
cb_steps() {
  cs_steps=$(awk '
    { cut = index($0, " "); path = substr($0, cut + 1); is[part, path] = substr($0, 1, cut - 1); all[path] = 1; if (part == 1) line[path] = FNR }
    END {
      for (path in all) {
        before = is[1, path]; ours = is[2, path]; now = is[3, path]
        if (now == before) continue
        if (now != ours) { if (path !~ /^\/var\/log\//) print "left - " path }
        else if (before == "") print "remove - " path
        else print "put " line[path] " " path
      }
    }' part=1 "$1" part=2 "$2" part=3 "$3") || return 1
  [ -z "$cs_steps" ] || printf '%s\n' "$cs_steps" | sort -k 3
}

# cb_apply STEPS TREE: folders first, then files and links; what goes, from the inside out. A folder that holds something of others stays.
cb_apply() {
  while IFS=' ' read -r ca_verb ca_line ca_path <&4; do
    [ "$ca_verb" = put ] || continue
    ca_state=$(sed -n "${ca_line}p" "$2/before") && ca_state=${ca_state%% *}
    case $ca_state in
      dir:*)
        ca_owner=${ca_state#dir:*:}
        { [ -d "$ca_path" ] || mkdir -m 0700 -- "$ca_path"; } && chown "$ca_owner" -- "$ca_path" && ca_mode=${ca_state#dir:} && chmod "${ca_mode%%:*}" -- "$ca_path" || { WHY="$ca_path could not be made again"; return 1; }
        ;;
      *)
        rm -f -- "$ca_path.portcullis-$TX~"
        cp -a -- "$2/$ca_line" "$ca_path.portcullis-$TX~" && fp tree-before-rename && mv -fT -- "$ca_path.portcullis-$TX~" "$ca_path" || { WHY="$ca_path could not be put back"; return 1; }
        ;;
    esac
  done 4<"$1"
  sort -r -k 3 "$1" >"$1.r" || return 1
  while IFS=' ' read -r ca_verb _line ca_path <&4; do
    [ "$ca_verb" = remove ] || continue
    if [ -d "$ca_path" ] && [ ! -L "$ca_path" ]; then rmdir -- "$ca_path" 2>/dev/null; else rm -f -- "$ca_path" || { WHY="$ca_path could not be removed"; return 1; }; fi
  done 4<"$1.r"
  for ca_root in /etc /var/lib /var/log; do sync -f "$ca_root"; done
}

# Once it is known what was made, what stayed as it was needs no second name any more.
cb_trim() { # tree
  cb_steps "$1/before" "$1/ours" "$1/ours" >"$1/steps" || return 1
  for ct_file in "$1"/[0-9]*; do
    grep -q "^put ${ct_file##*/} " "$1/steps" || rm -f -- "$ct_file" || return 1
  done
}

# Answers to challenges that a client which was killed left in the web server's folder; as the user whose folder it is.
cb_answers_away() { # tree
  [ -f "$1/webroot" ] && caw_root=$(cat "$1/webroot") && [ -d "$caw_root" ] || return 0
  caw_owner=$(stat -c '%u %g' -- "$caw_root")
  find "$caw_root/.well-known" -maxdepth 2 2>/dev/null | sort | comm -13 "$1/answers" - | sort -r | while IFS= read -r caw_path; do
    case ${caw_path#"$caw_root"} in
      /.well-known | /.well-known/acme-challenge) as_owner "${caw_owner% *}" "${caw_owner#* }" rmdir -- "$caw_path" ;;
      /.well-known/acme-challenge/*[!A-Za-z0-9_-]*) ;;
      /.well-known/acme-challenge/*) as_owner "${caw_owner% *}" "${caw_owner#* }" rm -f -- "$caw_path" ;;
    esac
  done
}

# The tree of the object in the O_ variables as it was before; 2 when another hand was in it.
restore_tree() {
  rt_tree=$T/tree-$O_n
  [ -f "$rt_tree/begun" ] || return 0
  # Of a try that was stopped before its rename.
  for rt_root in $CB_ROOTS; do
    [ ! -d "$rt_root" ] || find "$rt_root" -type d -o -name "*.portcullis-$TX~" -exec rm -f -- {} +
  done
  cb_list >"$rt_tree/now" || { WHY='what certbot has could not be listed'; return 1; }
  ! cmp -s "$rt_tree/now" "$rt_tree/before" || { cb_answers_away "$rt_tree"; return 0; }
  if [ -n "${FILES_STAY-}" ]; then
    WHY="what certbot made is left as it is, because $FILES_STAY is not as it was"
    return "$FILES_CODE"
  fi
  # One that was stopped in its midst left no second list: all that differs is what it made.
  [ -f "$rt_tree/ours" ] || cp -- "$rt_tree/now" "$rt_tree/ours" || { WHY='no space to take back what certbot made'; return 1; }
  cb_steps "$rt_tree/before" "$rt_tree/ours" "$rt_tree/now" >"$rt_tree/steps" || return 1
  fp "undo-$O_n-before" || return 1
  cb_apply "$rt_tree/steps" "$rt_tree" || return 1
  cb_answers_away "$rt_tree"
  fp "undo-$O_n-after" || return 1
  cb_list >"$rt_tree/now" || { WHY='what certbot has could not be listed'; return 1; }
  rt_left=$(grep '^left ' "$rt_tree/steps" | cut -d' ' -f3- | head -n 3 | tr '\n' ' ')
  [ -z "$rt_left" ] || { WHY="changed by someone else meanwhile and left as it is: $rt_left"; return 2; }
  cb_steps "$rt_tree/before" "$rt_tree/ours" "$rt_tree/now" >"$rt_tree/steps" || return 1
  [ ! -s "$rt_tree/steps" ] || { WHY="what certbot made is not gone: $(head -n 1 "$rt_tree/steps")"; return 1; }
}

# Undo of a kept transaction, after its files: what certbot made goes, as long as nobody worked on it since. The last listing holds all of them.
plan_certificates() {
  cb_latest "$T"
  # An undo that was kept kept no keys: files that show them would lead nowhere.
  [ -n "$LATEST" ] || ! grep -q -E '^[0-9]+ certbot-away ' "$T/manifest" || die 5 gone "what transaction $TX took away of certbot is gone for good: plan it anew"
  [ -n "$LATEST" ] || return 0
  pc_tree=${LATEST%/ours}
  load_object "$LATEST_N" && pc_name=${O_path##*/} || die 1 failed "$WHY"
  # In pipes: whoever only looks writes nothing.
  if ! pc_now=$(cb_list) || ! pc_steps=$(printf '%s\n' "$pc_now" | cb_steps "$pc_tree/before" "$LATEST" -); then
    UNDO_LEFT="${UNDO_LEFT}what certbot made for $pc_name could not be compared with what was there: left as it is$NL"
    return 0
  fi
  if printf '%s\n' "$pc_steps" | grep -q '^left '; then
    UNDO_LEFT="${UNDO_LEFT}what certbot made for $pc_name was changed since (renewed?): left as it is$NL"
  elif [ -n "$pu_stays" ]; then
    UNDO_LEFT="${UNDO_LEFT}what certbot made for $pc_name is left as it is, because $pu_stays is$NL"
  elif [ -n "$pc_steps" ]; then
    UNDO_PLAN="${UNDO_PLAN}take away what certbot made for $pc_name$NL"
    add_undo "certbot-away $pc_name $TX $LATEST_N"
  fi
}

do_certbot_away() { # number name fromtx fromnumber
  ca_tree=$T/tree-$1 ca_from=$STATE/tx/$3/tree-$4
  : >"$ca_tree/begun" && cb_list >"$ca_tree/now" && cb_steps "$ca_from/before" "$ca_from/ours" "$ca_tree/now" >"$ca_tree/steps" || { WHY='what certbot has could not be listed'; return 1; }
  ! grep -q '^left ' "$ca_tree/steps" || { WHY="what certbot made for $2 changed while the change was being applied"; return 1; }
  fp "op-$1-before-away" && cb_apply "$ca_tree/steps" "$ca_from" && fp "op-$1-after-away" && ca_now=$(cb_list) && printf '%s\n' "$ca_now" | put_durable "$ca_tree/ours" && cp -- "$ca_tree/steps" "$ca_tree/done" && cb_trim "$ca_tree"
}
check_certbot_away() { [ ! -e "$CB_LIVE/$2" ] || ! grep -q "^remove - $CB_LIVE/$2\$" "$T/tree-$1/done" || { WHY="$CB_LIVE/$2 is still there"; return 1; }; }
undo_certbot_away() { load_object "$1" && restore_object; }

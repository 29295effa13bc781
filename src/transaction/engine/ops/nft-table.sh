# ---- primitive: nft-table (one named table of the kernel), nft-restore (the same as an earlier checkpoint had it)
# Rules: one batch a change, so a table is the old one or the new one and never half; no other table is named, nothing is
# flushed. What moves by itself is not part of a table's state: counters, and elements that come and go with time. They are
# not put back either: a ban that had run out would be alive again.

# The text of a table on stdin without elements of sets that fill or empty themselves.
nft_settled() {
  awk '
    /^\t(set|map|meter) .* \{$/ { inside = 1; moving = 0; skipping = 0 }
    /^\t\}$/ { inside = 0; skipping = 0 }
    inside && /^\t\t(flags .*(dynamic|timeout)|timeout )/ { moving = 1 }
    inside && moving && /^\t\telements = \{/ { skipping = 1 }
    !skipping { print }
  '
}

nft_run() { timeout 20 nft "$@" 2>&1 </dev/null 8>&- 9>&-; }

# nft_state FAMILY NAME: "absent" or "table:SHA256" in NFT_STATE, the text in NFT_TEXT. Returns 1 when it cannot be told.
nft_state() {
  NFT_STATE=absent NFT_TEXT=''
  command -v nft >/dev/null 2>&1 || return 0
  ns_all=$(nft_run list tables) || { WHY="nft cannot list its tables: $ns_all"; return 1; }
  case "$NL$ns_all$NL" in *"${NL}table $1 $2$NL"*) ;; *) return 0 ;; esac
  ns_raw=$(nft_run -s list table "$1" "$2") || { WHY="nft cannot list the table $1 $2: $ns_raw"; return 1; }
  NFT_TEXT=$(printf '%s\n' "$ns_raw" | nft_settled) && ns_sum=$(printf '%s\n' "$NFT_TEXT" | sha256sum) || {
    WHY='the nft table could not be read (no awk?)'
    return 1
  }
  NFT_STATE=table:${ns_sum%% *}
}

valid_table() { # family name
  case $1 in inet | ip | ip6) ;; *) return 1 ;; esac
  case $2 in '' | [!A-Za-z_]* | *[!A-Za-z0-9_]* | ?????????????????????????????????*) return 1 ;; esac
}

# Content defines the one table it is for and nothing beside it.
nft_defines() { # family name file
  awk -v head="table $1 $2 {" '
    { line = $0; gsub(/"[^"]*"/, "", line); sub(/#.*/, "", line) }
    line ~ /(^|[^A-Za-z0-9_])include([^A-Za-z0-9_]|$)/ { bad = 1 }
    NR == 1 { if ($0 != head) bad = 1 }
    NR > 1 && depth == 0 && line != "" { bad = 1 }
    { depth += gsub(/\{/, "", line); depth -= gsub(/\}/, "", line) }
    depth < 0 { bad = 1 }
    END { exit (bad || depth != 0 || NR == 0) }
  ' "$3"
}

# nft_program FAMILY NAME TO [FILE]: what makes the table that of FILE (none: no table), as the file TO.
nft_program() {
  { printf 'add table %s %s\ndelete table %s %s\n' "$1" "$2" "$1" "$2" && { [ -z "${4-}" ] || cat "$4"; } } >"$3"
}

# The text that operation NUMBER loads, in NFT_FILE (empty: the table goes): own content, or what transaction FROM kept.
nft_source() { # kind arguments
  case $1:$4 in
    nft-table:-) NFT_FILE='' ;;
    nft-table:*) NFT_FILE=$T/payload/$4 ;;
    *) NFT_FILE=$STATE/tx/$4/table-$5 && [ "$6" != absent ] || NFT_FILE='' ;;
  esac
}

# Is the table still what the plan saw ("absent" or "table SHA256")? Else a line in STALE.
stale_table() { # family name base
  if ! nft_state "$1" "$2"; then
    STALE=$STALE$WHY$NL
  elif [ "$NFT_STATE" != "$3" ]; then
    STALE="${STALE}the nft table $1 $2 changed since the plan was made$NL"
  fi
}

# The table as it is, as text, in the checkpoint. Both ways are tried out first, without loading anything.
snapshot_table() { # number kind arguments
  nft_state "$3" "$4" || return 1
  command -v nft >/dev/null 2>&1 || { WHY='this host has no nft to load a firewall with'; return 1; }
  st_keep=''
  if [ "$NFT_STATE" != absent ]; then
    st_keep=$T/table-$1
    printf '%s\n' "$NFT_TEXT" >"$st_keep" && sync_path "$st_keep" || { WHY='no space for the checkpoint'; return 1; }
  fi
  nft_source "$2" "$3" "$4" "$5" "${6-}" "${7-}"
  if [ -n "$NFT_FILE" ] && ! nft_defines "$3" "$4" "$NFT_FILE"; then
    WHY="the content for the nft table $3 $4 holds something else than that table"
    return 1
  fi
  nft_program "$3" "$4" "$T/table-$1.new" "$NFT_FILE" && nft_program "$3" "$4" "$T/table-$1.old" "$st_keep" &&
    sync "$T/table-$1.new" "$T/table-$1.old" || { WHY='no space for the checkpoint'; return 1; }
  st_out=$(nft_run -c -f "$T/table-$1.new") || { WHY="nft of this host does not accept the table $3 $4: $st_out"; return 1; }
  # Where there was none, to take ours away needs no trying out.
  [ "$NFT_STATE" = absent ] || st_out=$(nft_run -c -f "$T/table-$1.old") || { WHY="the nft table $3 $4 could not be put back as it is: $st_out"; return 1; }
  printf '%s %s %s %s\n' "$1" "$3" "$4" "$NFT_STATE" >>"$T/tables.part"
}

# load_table NUMBER: its line of the checkpoint in the N_ variables.
load_table() {
  while read -r N_n N_family N_name N_before <&4; do
    [ "$N_n" != "$1" ] || return 0
  done 4<"$T/tables"
  WHY="no table $1"
  return 1
}

# The state as it is now, after a load: it must be listed so that this nft reads it again, else no later undo could keep a way back.
nft_again() { # number
  nft_state "$N_family" "$N_name" || return 1
  [ "$NFT_STATE" != absent ] || return 0
  printf '%s\n' "$NFT_TEXT" >"$T/table-$1.listed" && nft_program "$N_family" "$N_name" "$T/table-$1.again" "$T/table-$1.listed" || {
    WHY='no space for the checkpoint'
    return 1
  }
  na_out=$(nft_run -c -f "$T/table-$1.again") || { WHY="nft of this host does not read its own listing of the table $N_family $N_name: $na_out"; return 1; }
}

do_nft_table() { # number
  load_table "$1" && nft_state "$N_family" "$N_name" || return 1
  [ "$NFT_STATE" = "$N_before" ] || { WHY="the nft table $N_family $N_name was changed while the change was being applied"; return 1; }
  fp "op-$1-before-load" || return 1
  dt_out=$(nft_run -f "$T/table-$1.new") || { WHY="the nft table $N_family $N_name could not be loaded: $dt_out"; return 1; }
  trace load "$N_family" "$N_name"
  fp "op-$1-after-load" || return 1
  nft_again "$1" && put_line "$T/table-$1.ours" "$NFT_STATE" || return 1
  fp "op-$1-after-note"
}

check_nft_table() { # number family name sha|-
  cn_ours=''
  read -r cn_ours <"$T/table-$1.ours" && nft_state "$2" "$3" || return 1
  case $4:$NFT_STATE in
    -:absent) return 0 ;;
    -:*) ;;
    *:"$cn_ours") [ "$cn_ours" = absent ] || return 0 ;;
  esac
  WHY="the nft table $2 $3 is not what was loaded"
  return 1
}

do_nft_restore() { do_nft_table "$1"; }

check_nft_restore() { # number family name fromtx fromnumber before
  nft_state "$2" "$3" && [ "$NFT_STATE" = "$6" ] || { WHY="the nft table $2 $3 is not what it was before"; return 1; }
}

# Taken back as a whole, in undo_tables.
undo_nft_table() { return 0; }
undo_nft_restore() { return 0; }

# All tables as they were, last one first: before any file, because a firewall may be what closed the way in. Another hand's
# edit of a table we loaded is put aside and said, and the table restored all the same.
undo_tables() {
  [ -f "$T/tables" ] || return 0
  ut_list=''
  while read -r ut_n _rest <&6; do ut_list="$ut_n $ut_list"; done 6<"$T/tables"
  for ut_n in $ut_list; do
    if load_table "$ut_n" && undo_one_table; then
      RESTORED=$((RESTORED + 1))
    else
      exception "$WHY"
      FAILED=$((FAILED + 1))
    fi
  done
}

undo_one_table() {
  nft_state "$N_family" "$N_name" || return 1
  [ "$NFT_STATE" != "$N_before" ] || return 0
  uo_ours=''
  [ ! -f "$T/table-$N_n.ours" ] || read -r uo_ours <"$T/table-$N_n.ours"
  # After a boot it is gone, which is nobody's edit.
  if [ -n "$uo_ours" ] && [ "$uo_ours" != "$NFT_STATE" ] && [ "$M_boot" = "$BOOT" ]; then
    mkdir -p "$T/conflict"
    printf '%s\n' "$NFT_TEXT" >"$T/conflict/table-$N_n"
    exception "the nft table $N_family $N_name was changed by someone else meanwhile: restored, their version is $T/conflict/table-$N_n"
  fi
  fp "undo-$N_n-before" || return 1
  uo_out=$(nft_run -f "$T/table-$N_n.old") || { WHY="the nft table $N_family $N_name could not be put back: $uo_out"; return 1; }
  fp "undo-$N_n-after" || return 1
  nft_state "$N_family" "$N_name" && [ "$NFT_STATE" = "$N_before" ] || { WHY="the nft table $N_family $N_name is not as it was"; return 1; }
}

# Undo of kept transaction T: a line of its plan for each table that is still ours.
plan_tables() {
  [ -f "$T/tables" ] || return 0
  while read -r N_n N_family N_name N_before <&6; do
    nft_state "$N_family" "$N_name" || die 1 failed "$WHY"
    [ "$NFT_STATE" != "$N_before" ] || continue
    pt_ours=''
    [ ! -f "$T/table-$N_n.ours" ] || read -r pt_ours <"$T/table-$N_n.ours"
    if [ "$NFT_STATE" != "$pt_ours" ]; then
      UNDO_LEFT="${UNDO_LEFT}the nft table $N_family $N_name was changed by someone else since: left as it is$NL"
      continue
    fi
    case $N_before in
      absent) UNDO_PLAN="${UNDO_PLAN}remove the nft table $N_family $N_name$NL" ;;
      *) UNDO_PLAN="${UNDO_PLAN}restore the nft table $N_family $N_name$NL" ;;
    esac
    add_undo "nft-restore $N_family $N_name $TX $N_n $N_before $NFT_STATE"
  done 6<"$T/tables"
}

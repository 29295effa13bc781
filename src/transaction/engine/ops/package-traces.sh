# ---- what dpkg touches beside its database: recorded before it starts, put back when the set is gone

# A file and the backup that is written beside it: when the file is as before, the backup goes back too.
companions() {
  for co_name in status diversions statoverride; do printf '%s\n' "/var/lib/dpkg/$co_name /var/lib/dpkg/$co_name-old"; done
  for co_name in config templates passwords; do printf '%s\n' "/var/cache/debconf/$co_name.dat /var/cache/debconf/$co_name.dat-old"; done
  for co_name in hashfile registry; do
    for co_n in 0 1 2 3 4 5 6 7; do printf '%s\n' "/var/lib/ucf/$co_name /var/lib/ucf/$co_name.$co_n"; done
  done
  for co_name in passwd group shadow gshadow subuid subgid; do printf '%s\n' "/etc/$co_name /etc/$co_name-"; done
  printf '%s\n' '/etc/ld.so.cache /var/cache/ldconfig/aux-cache'
}

# The directories that come and go with units and questions: "mode uid gid path".
list_dirs() {
  find "$UNITS" /var/cache/debconf /var/lib/systemd/deb-systemd-helper* -type d ! -name 'portcullis-*' -exec stat -c '%a %u %g %n' {} + 2>/dev/null | sort
}

names_in() { cut -d: -f1 "/etc/$1" | sort; }

# Names of accounts of the system (not of people) in table $1.
system_names() { awk -F: '$3 < 1000 { print $1 }' "/etc/$1" | sort; }

# Everything that is needed to take the set away without a trace; made once, durable before dpkg starts.
record_packages() {
  [ ! -f "$PK/ready" ] || return 0
  pk_list >"$PK/before" && printf '%s\n' "$1" >"$PK/set" && list_dirs >"$PK/dirs" && system_names passwd >"$PK/users" && system_names group >"$PK/groups" || return 1
  rm -rf "$PK/beside" && mkdir "$PK/beside" && : >"$PK/companions" || return 1
  rp_n=0
  for rp_pair in $(companions | tr ' ' '|'); do
    rp_n=$((rp_n + 1))
    [ ! -f "${rp_pair#*|}" ] || cp -a -- "${rp_pair#*|}" "$PK/beside/$rp_n" || return 1
    printf '%s %s %s %s\n' "$rp_n" "$(state_of "${rp_pair%|*}")" "${rp_pair%|*}" "${rp_pair#*|}" >>"$PK/companions"
  done
  [ ! -f /var/lib/apt/extended_states ] || cp -a /var/lib/apt/extended_states "$PK/marks" || return 1
  # Directories that the packages will make: whichever are there already are not theirs.
  for rp_deb in "$PK"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$rp_deb" | tar -tf - | sed -n 's,^\.\(/.*\)/$,\1,p'
  done | sort -u | while IFS= read -r rp_dir; do [ -e "$rp_dir" ] || printf '%s\n' "$rp_dir"; done >"$PK/made" || return 1
  sync "$PK"/* "$PK" && : >"$PK/ready" && sync_path "$PK"
}

# What came with the packages besides their files: accounts, and directories of units. Asked once, right after.
note_made() {
  [ ! -f "$1/noted" ] || return 0
  system_names passwd | comm -13 "$1/users" - >"$1/users-made" && system_names group | comm -13 "$1/groups" - >"$1/groups-made" &&
    list_dirs | cut -d' ' -f4- | sort >"$T/dirs.new~" && cut -d' ' -f4- "$1/dirs" | sort | comm -13 - "$T/dirs.new~" >>"$1/made" || return 1
  rm -f "$T/dirs.new~"
  : >"$1/noted" && sync "$1"/users-made "$1"/groups-made "$1"/made "$1"
}

# Accounts that the packages made: those that are new since, and were there when the set was.
tidy_accounts() {
  [ -f "$1/users-made" ] || return 0
  while read -r ta_name <&4; do
    ! names_in passwd | grep -q -F -x "$ta_name" || pk_run userdel "$ta_name" >>"$T/log" 2>&1 || { WHY="account $ta_name could not be taken away"; return 1; }
  done 4<"$1/users-made"
  while read -r ta_name <&4; do
    ! names_in group | grep -q -F -x "$ta_name" || pk_run groupdel "$ta_name" >>"$T/log" 2>&1 || { WHY="group $ta_name could not be taken away"; return 1; }
  done 4<"$1/groups-made"
}

# Directories that came with the packages and are empty go; those that were there before come back.
tidy_dirs() {
  sort -r "$1/made" | while IFS= read -r td_dir; do [ ! -d "$td_dir" ] || [ -L "$td_dir" ] || rmdir -- "$td_dir" 2>/dev/null; done
  while read -r td_mode td_uid td_gid td_dir <&4; do
    [ -e "$td_dir" ] || { mkdir -m "$td_mode" -- "$td_dir" && chown "$td_uid:$td_gid" -- "$td_dir"; } || { WHY="$td_dir could not be made again"; return 1; }
  done 4<"$1/dirs"
}

# apt's marks: without those of our set. The very file of before when nothing else moved in it.
tidy_marks() {
  tm_file=/var/lib/apt/extended_states
  [ -f "$tm_file" ] || return 0
  tm_gone=$(sed 's/^\([^:]*\):\([^ ]*\) .*/\1:\2/' "$1/set")
  marks_without "$tm_file" "$tm_gone" >"$T/marks.new~" || return 1
  if [ -f "$1/marks" ] && [ "$(stanzas "$T/marks.new~")" = "$(stanzas "$1/marks")" ]; then
    rm -f "$T/marks.new~"
    [ "$(state_of "$tm_file")" = "$(state_of "$1/marks")" ] || put_copy "$1/marks" "$tm_file"
  elif [ ! -f "$1/marks" ] && [ ! -s "$T/marks.new~" ]; then
    rm -f "$T/marks.new~" "$tm_file"
  elif [ "$(stanzas "$T/marks.new~")" != "$(stanzas "$tm_file")" ]; then
    chmod 0644 "$T/marks.new~" && put_copy "$T/marks.new~" "$tm_file"
  fi
}

# The stanzas of file $1 but for those of the packages "name:architecture" (a line each) in $2.
marks_without() {
  awk -v gone="$2" 'BEGIN { RS = ""; FS = "\n"; n = split(gone, list, "\n"); for (i = 1; i <= n; i++) { away[list[i]] = 1; sub(/:.*/, "", list[i]); named[list[i]] = 1 } }
    { name = ""; arch = ""
      for (i = 1; i <= NF; i++) { if ($i ~ /^Package: /) name = substr($i, 10); if ($i ~ /^Architecture: /) arch = substr($i, 15) }
      if (!((name ":" arch) in away) && !(arch == "all" && name in named) && !((name ":all") in away)) print $0 "\n" }' "$1"
}

stanzas() { awk 'BEGIN { RS = "" } { gsub(/\n/, "|"); print }' "$1" | sort; }

# put_copy FROM TO: whole or not at all, with mode and owner.
put_copy() {
  cp -a -- "$1" "$2.portcullis-$TX~" && sync_path "$2.portcullis-$TX~" && mv -fT -- "$2.portcullis-$TX~" "$2" || { WHY="$2 could not be put back"; return 1; }
}

tidy_beside() {
  while read -r tb_n tb_state tb_main tb_file <&4; do
    [ "$(state_of "$tb_main")" = "$tb_state" ] || continue
    if [ ! -f "$1/beside/$tb_n" ]; then
      rm -f -- "$tb_file"
    elif [ "$(state_of "$tb_file")" != "$(state_of "$1/beside/$tb_n")" ]; then
      put_copy "$1/beside/$tb_n" "$tb_file" || return 1
    fi
  done 4<"$1/companions"
}

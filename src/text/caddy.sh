# For a fact, a check and a proof: Caddy asked without leaving a trace, and the note that it keeps of the configuration it took last.

# caddy_quiet PROGRAM ARGS...: any command of Caddy makes a folder in the home of who asks.
caddy_quiet() { HOME=/dev/null XDG_CONFIG_HOME='' XDG_DATA_HOME='' timeout 10 "$@" </dev/null; }

# caddy_said VARIABLES: what the running process has of them ("A|B"), a line each; nothing where it does not run.
caddy_said() {
  cs_pid=$(systemctl show --property=MainPID --value caddy.service 2>/dev/null)
  case $cs_pid in
    '' | 0 | *[!0-9]*) ;;
    *) tr '\0' '\n' 2>/dev/null <"/proc/$cs_pid/environ" | grep -E "^($1)=" ;;
  esac
}

# caddy_folder USER VARIABLE BELOW-HOME: its folder for data or settings: as the running process has it, else that of its user.
caddy_folder() {
  cf_said=$(caddy_said 'HOME|XDG_DATA_HOME|XDG_CONFIG_HOME')
  cf_own=$(printf '%s\n' "$cf_said" | sed -n "s/^$2=//p" | head -n 1)
  cf_home=$(printf '%s\n' "$cf_said" | sed -n 's/^HOME=//p' | head -n 1)
  [ -n "$cf_home" ] || cf_home=$(getent passwd "$1" | cut -d : -f 6)
  printf '%s/caddy\n' "${cf_own:-$cf_home/$3}"
}

# caddy_admin: where it takes orders when its configuration does not say: as the running process has it, else as its unit gives it.
caddy_admin() {
  cd_said=$(caddy_said CADDY_ADMIN)
  [ -n "$cd_said" ] || cd_said=$(systemctl show --property=Environment --value caddy.service 2>/dev/null | tr ' ' '\n' | tr -d '"' | grep '^CADDY_ADMIN=')
  printf '%s' "${cd_said#CADDY_ADMIN=}"
}

# caddy_note USER: the file in which Caddy keeps the configuration that it took last; written only once that one is in force.
caddy_note() { printf '%s/autosave.json\n' "$(caddy_folder "$1" XDG_CONFIG_HOME .config)"; }

# caddy_loaded USER: when it was taken, seconds since 1970; nothing where Caddy does not run, or keeps no note.
caddy_loaded() {
  [ "$(systemctl show --property=ActiveState --value caddy.service 2>/dev/null)" = active ] || return 0
  stat -c '%.Y' -- "$(caddy_note "$1")" 2>/dev/null
}

# caddy_pairs JSON FIELD: the files of that kind that its configuration names with their other half, a line each.
caddy_pairs() {
  printf '%s\n' "$1" | grep -o '"certificate":"/[^"\\]*","key":"/[^"\\]*"' | sed "s/.*\"$2\":\"\([^\"]*\)\".*/\1/" | sort -u
}

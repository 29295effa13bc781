# One answer for all facts. The first line on stdin is the random word that frames it. It travels in the environment of root's shells only, and
# of nothing that they start: a process of another user shows its environment to all who are that user, and they could frame answers. Each fact runs in a shell of its own with its own time and byte limit; what it
# says on stderr and its exit code follow its output. Nothing here writes anywhere.
unset N
IFS= read -r N || exit 1
LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH LD_PRELOAD LD_LIBRARY_PATH LANGUAGE POSIXLY_CORRECT GREP_OPTIONS GREP_COLORS SYSTEMD_COLORS TZ
umask 077
cd / || exit 1
exec 3>&1
limit() {
  if command -v timeout >/dev/null; then
    timeout -k 1 "$@"
  else
    shift
    "$@"
  fi
}
# fact NAME SECONDS BYTES SCRIPT
fact() {
  printf '\n%s begin %s\n' "$N" "$1"
  told=$({
    {
      # What comes by the environment is exported until it is unset.
      (export N && limit "$2" /bin/sh -c "own=\$N; unset N; N=\$own; unset own
$4") </dev/null 2>&4 3>&- 4>&-
      printf '\n%s' "$?" >&4
    } | head -c "$3" >&3
  } 4>&1)
  printf '\n%s said %s\n%s' "$N" "$1" "$told"
}

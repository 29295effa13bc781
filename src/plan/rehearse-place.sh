# ---- the place of a rehearsal: namespaces of its own for mounts, processes, network, IPC and names, in which all that is written
# is gone with the last process. Nothing of stdin is read before the place stands; 77 says that it cannot be built here.
# shellcheck disable=SC2015 # "a && b || c" means: c when a or b fails

not_here() {
  echo "NOTHERE $1"
  exit 77
}

# build_place FOLDERS: the folders directly below / that may be written to.
build_place() {
  mount -t proc -o ro,nosuid,nodev,noexec portcullis-rehearsal /proc 2>/dev/null || not_here 'no /proc of its own'
  mount -t tmpfs -o mode=0755,nosuid,nodev,size=96m portcullis-rehearsal /run 2>/dev/null || not_here 'no file system in memory'
  mkdir -m 0755 /run/sshd /run/lock && mkdir -m 0700 /run/portcullis || not_here 'no /run of its own'
  mount -t tmpfs -o mode=1777,nosuid,nodev,size=16m portcullis-rehearsal /tmp 2>/dev/null || not_here 'no /tmp of its own'
  layers=0
  mounted=$(cat /proc/self/mounts)
  for folder in $1; do
    [ -d "/$folder" ] && [ ! -L "/$folder" ] || continue
    layer "/$folder" || not_here "no overlay over /$folder"
  done
  rest_read_only "$1"
  mkdir -p /var/lib/portcullis
  mount -t tmpfs -o mode=0700,nosuid,nodev,size=32m portcullis-rehearsal /var/lib/portcullis 2>/dev/null || not_here 'no room for the checkpoint'
}

# One overlay over a folder and over what is mounted below it; containers' own mounts are left out.
layer() {
  layers=$((layers + 1))
  layer=/run/portcullis/layer.$layers
  mkdir -p "$layer/lower" "$layer/upper" "$layer/work" && mount --rbind "$1" "$layer/lower" && over "$1" "$layer/lower" "$layer" || return 1
  part=0
  # What is mounted on the way must not be met again.
  while read -r _ place _; do
    case $place/ in
      *\\* | *[:,]* | */docker/* | */containers/* | */containerd/* | */kubelet/*) continue ;;
      "$1/"?*) ;;
      *) continue ;;
    esac
    part=$((part + 1))
    below=$layer/lower${place#"$1"}
    if [ -d "$below" ]; then
      mkdir -p "$layer/$part/upper" "$layer/$part/work" && over "$place" "$below" "$layer/$part" || mount --bind -o ro "$below" "$place"
    elif [ -e "$below" ]; then
      mount --bind -o ro "$below" "$place"
    fi
  done <<MOUNTS
$mounted
MOUNTS
  umount -l "$layer/lower"
}

# over PLACE LOWER ROOM: with the mode and the owner of what is covered.
over() {
  chown "$(stat -c %u:%g "$2")" "$3/upper" && chmod "$(stat -c %a "$2")" "$3/upper" &&
    mount -t overlay -o "lowerdir=$2,upperdir=$3/upper,workdir=$3/work" portcullis-rehearsal "$1" 2>/dev/null
}

# Whatever is mounted besides is for reading. What needs a server to answer is taken out of sight instead.
rest_read_only() {
  while read -r _ place type options _; do
    case $place in /proc | /proc/* | /run | /run/* | /tmp | /tmp/*) continue ;; esac
    for folder in $1; do
      case $place in "/$folder" | "/$folder"/*) continue 2 ;; esac
    done
    case $type:$options in
      autofs:* | *:ro | *:ro,*) ;;
      nfs*:* | cifs:* | smb3:* | ceph:* | fuse.*:*) umount -l "$place" 2>/dev/null ;;
      *) mount -o remount,bind,ro "$(printf '%b' "$place")" 2>/dev/null || not_here "$place cannot be made read-only" ;;
    esac
  done </proc/self/mounts
}

# The smaller place, where the host cannot make the other: sshd's folder is a copy, everything else is for reading.
copy_place() {
  base=''
  for try in /mnt /media /srv /opt; do
    [ -d "$try" ] && { base=$try; break; }
  done
  [ -n "$base" ] || exit 77
  mount -t tmpfs -o mode=0700,size=16m portcullis-candidate "$base" 2>/dev/null || exit 77
  mkdir -p "$base/ssh" && cp -a /etc/ssh/. "$base/ssh/" || exit 77
  chmod 0755 "$base/ssh"
  mount --bind "$base/ssh" /etc/ssh 2>/dev/null || exit 77
  umount "$base" 2>/dev/null || exit 77
  work=/etc/ssh/.portcullis-candidate
  mkdir "$work" || exit 77
  # Without a running service (socket activation) the folder sshd insists on is not there.
  if [ ! -d /run/sshd ]; then
    mount -t tmpfs -o mode=0755,size=1m portcullis-candidate /run 2>/dev/null && mkdir /run/sshd
  fi
  for place in / /etc /home /root /run /tmp /usr /var /var/log; do
    while read -r _ mounted _; do
      [ "$mounted" = "$place" ] || continue
      mount -o remount,bind,ro "$place" 2>/dev/null
      break
    done </proc/self/mounts
  done
}

# sshd for its tests only. Where the service starts on demand its /run/sshd is missing until then and sshd refuses to look;
# it gets one in a mount namespace that ends with it.
SSHD=$(command -v sshd) || SSHD=/usr/sbin/sshd
ask_sshd() {
  if [ -d /run/sshd ] || [ ! -e /etc/debian_version ]; then
    "$SSHD" "$@"
  else
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount -t tmpfs -o mode=0755 none /run && mkdir -m 0755 /run/sshd && exec "$@"' sh "$SSHD" "$@"
  fi
}

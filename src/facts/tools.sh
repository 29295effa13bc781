for name in apt-get awk base64 busybox curl dpkg fail2ban-client firewall-cmd flock getent ip ip6tables iptables \
  journalctl logger loginctl lsattr nft openssl perl python3 rc-service realpath rsync setpriv setsid sha256sum ss ssh \
  ssh-keygen stat sudo sync systemctl systemd-analyze systemd-run tar timeout ufw unshare visudo; do
  if command -v "$name" >/dev/null; then
    s yes "$name"
  else
    s no "$name"
  fi
done

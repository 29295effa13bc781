#!/bin/sh
# Runs on the machine while an image is built; $1 is the image's root. LAB_PASSWORD is the password of user ana.
# Makes the image predictable: two known sudo users, no host identity, no package source, no timers that would
# start work of their own in the middle of a test.
set -eu
root=$1

chroot "$root" useradd --create-home --shell /bin/bash --comment 'Ana (sudo with password)' ana
chroot "$root" useradd --create-home --shell /bin/bash --comment 'Deploy (sudo without password)' deploy
chroot "$root" usermod --append --groups sudo ana
printf 'ana:%s\n' "$LAB_PASSWORD" | chroot "$root" chpasswd
printf 'deploy ALL=(ALL:ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/deploy"
chmod 0440 "$root/etc/sudoers.d/deploy"

for account in root ana deploy; do
  home=$(chroot "$root" sh -c "getent passwd $account | cut -d: -f6")
  mkdir -p "$root$home/.ssh"
  chroot "$root" chown "$account:$account" "$home/.ssh"
  chmod 0700 "$root$home/.ssh"
done

# Identity belongs to a host, not to the image.
rm -f "$root"/etc/ssh/ssh_host_*_key "$root"/etc/ssh/ssh_host_*_key.pub
rm -f "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"

# A host reaches no archive; the lab's local repository brings its own source when a test wants one.
: >"$root/etc/apt/sources.list"
rm -f "$root"/etc/apt/sources.list.d/* "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/resolv.conf"

for timer in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim; do
  rm -f "$root/etc/systemd/system/timers.target.wants/$timer.timer"
done

# systemd would spend a second of the first boot on rebuilding caches that are fresh already.
ln -sf /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
touch "$root/etc/.updated" "$root/var/.updated"

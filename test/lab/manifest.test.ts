import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { describeLab, useHost } from './harness.ts';

/** One object of every class the manifest promises to see: how it is changed inside, and the line that must come. */
const CHANGES: readonly (readonly [name: string, script: string, line: RegExp])[] = [
  ['a file’s content', 'printf x >>/etc/motd', /^changed path \/etc\/motd: .*sha256:/],
  [
    'content of the same size, with the old time put back',
    'cp -p /etc/issue /tmp/issue; printf X | dd of=/etc/issue conv=notrunc; touch -r /tmp/issue /etc/issue; rm /tmp/issue',
    /^changed path \/etc\/issue: /,
  ],
  ['a mode', 'chmod 0600 /etc/issue.net', /^changed path \/etc\/issue.net: file 0644.* => file 0600/],
  ['a setuid bit', 'chmod u+s /usr/bin/less', /^changed path \/usr\/bin\/less: file 0755.* => file 4755/],
  ['an owner', 'chown 1000 /etc/debconf.conf', /^changed path \/etc\/debconf.conf: .* 0:0 .* => .* 1000:0 /],
  ['a group', 'chgrp 1000 /etc/adduser.conf', /^changed path \/etc\/adduser.conf: .* 0:0 .* => .* 0:1000 /],
  [
    'a new file with an odd name',
    'printf n >"/etc/new $(printf \'\\n\\351\')"',
    /^added path \/etc\/new \n\xe9: file/,
  ],
  ['a removed file', 'rm /etc/deluser.conf', /^removed path \/etc\/deluser.conf: /],
  ['a new directory', 'mkdir -m 0700 /srv/new', /^added path \/srv\/new: directory 0700 0:0/],
  ['a link’s target', 'ln -sfn /dev/zero /etc/mtab', /^changed path \/etc\/mtab: .* => .* -> \/dev\/zero$/],
  ['a link count', 'ln /etc/shells /srv/shells', /^changed path \/etc\/shells: .* links=1 .* => .* links=2 /],
  ['a fifo', 'mkfifo /srv/fifo', /^added path \/srv\/fifo: fifo/],
  ['a device', 'mknod /srv/null c 1 3', /^added path \/srv\/null: device .*char/],
  ['a log’s mode', 'chmod 0666 /var/log/wtmp', /^changed path \/var\/log\/wtmp: file 0664.* => file 0666/],
  [
    'an enabled unit',
    'systemctl enable console-getty',
    /^changed unit-file console-getty.service: enabled-runtime .* => enabled /,
  ],
  [
    'a stopped unit',
    'systemctl stop systemd-tmpfiles-clean.timer',
    /^removed unit systemd-tmpfiles-clean.timer: active/,
  ],
  [
    'a drop-in that systemd has not read yet',
    'mkdir /run/systemd/system/dbus.service.d; echo "[Unit]" >/run/systemd/system/dbus.service.d/x.conf',
    /^changed unit dbus.service: .*daemon-reload-needed/,
  ],
  [
    'a transient timer',
    'systemd-run --unit=left --on-active=1h true',
    /^added unit left.timer: active waiting/,
  ],
  ['a failed unit', 'systemd-run --wait --unit=broken false; true', /^added unit broken.service: failed/],
  ['a rule', 'nft add table inet left', /^changed ruleset: .*table inet left/s],
  ['an account', 'useradd --no-create-home mallory', /^added passwd mallory: /],
  ['a password’s age', 'chage -M 90 deploy', /^changed shadow deploy: .*99999.* => .* 90 /],
  ['a membership', 'gpasswd -a deploy sudo', /^changed group sudo: .* => .*deploy/],
  ['a group’s shadow', 'gpasswd -A deploy users', /^changed gshadow users: .* => .*deploy/],
  ['a package', 'dpkg --purge netcat-openbsd', /^removed package netcat-openbsd:\S+: \S+ ii/],
  [
    'a socket',
    'systemd-run systemd-socket-activate -l 4321 cat; until ss -Hltn | grep -q :4321; do sleep 0.05; done',
    /^added socket tcp .*:4321: .*systemd-socket/,
  ],
  [
    'a kernel parameter',
    'sysctl -w net.ipv4.tcp_syncookies=0',
    /^changed sysctl net.ipv4.tcp_syncookies: 1 => 0$/,
  ],
  ['a mount', 'mount -t tmpfs left /mnt', /^added mount \/mnt: mounted$/],
  [
    'a ban (told by a stand-in for fail2ban-client)',
    "printf '#!/bin/sh\\necho banned 192.0.2.7\\n' >/usr/local/bin/fail2ban-client; chmod +x /usr/local/bin/fail2ban-client",
    /^changed bans: .*192\.0\.2\.7$/s,
  ],
];

await describeLab('the manifest', () => {
  const host = useHost({ image: 'bookworm' });
  let before: Manifest;

  beforeAll(async () => {
    before = await host().manifest();
  });

  it('is equal after logins, sudo, a reboot and a power cut, which change nothing', async () => {
    await host().ssh('true', { user: 'deploy' });
    const password = host().users.find((user) => user.name === 'ana')?.password;
    expect((await host().ssh("sudo -S -p '' true", { user: 'ana', stdin: `${password}\n` })).code).toBe(0);
    await host().console('systemctl status ssh; sshd -T');
    expect(diffManifests(before, await host().manifest())).toEqual([]);
    await host().reboot();
    await host().powerCut();
    await host().boot();
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });

  it('holds the whole host', async () => {
    expect((await host().manifest()).size).toBeGreaterThan(5_000);
  });

  describe('sees', () => {
    let lines: string[];

    beforeAll(async () => {
      const failures: string[] = [];
      for (const [name, script] of CHANGES) {
        const { code, stderr } = await host().console(script);
        if (code !== 0) failures.push(`${name}: ${stderr}`);
      }
      expect(failures).toEqual([]);
      // Attributes are set from this machine: hosts have no tools for them.
      await execa('setfacl', ['-m', 'u:1000:r', `${host().root}/etc/hosts`]);
      await execa('setfattr', ['-n', 'user.left', '-v', 'x', `${host().root}/etc/hostname`]);
      await execa('setcap', ['cap_net_raw+ep', `${host().root}/usr/bin/openssl`]);
      lines = diffManifests(before, await host().manifest());
    });

    it.each(CHANGES)('%s', (_name, _script, line) => {
      expect(lines).toContainEqual(expect.stringMatching(line));
    });

    it.each([
      ['an ACL', /^changed path \/etc\/hosts: .* => .*system.posix_acl_access=0x/],
      ['an extended attribute', /^changed path \/etc\/hostname: .* => .*user.left=0x78$/],
      ['a capability', /^changed path \/usr\/bin\/openssl: .* => .*security.capability=0x/],
    ])('%s', (_name, line) => {
      expect(lines).toContainEqual(expect.stringMatching(line));
    });
  });
});

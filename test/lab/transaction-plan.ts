// A representative plan: every kind of object that a transaction can touch, and the host it needs.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../src/lab/host.ts';
import type { Change } from '../../src/model/resource.ts';
import { baseOf, putFile, reloadSshd, removeFile, setMode, unitVerb } from './transaction-kit.ts';

const UNIT = (what: string) => `[Unit]
Description=demo
[Service]
ExecStart=/bin/sleep ${what}
ExecReload=/bin/true
[Install]
WantedBy=multi-user.target
`;

/** Files that no service of the image reads, made before the first boot. */
export async function prepareDemo(root: string): Promise<void> {
  await mkdir(join(root, 'etc/demo'), { mode: 0o755 });
  await writeFile(join(root, 'etc/systemd/system/demo-on.service'), UNIT('infinity'));
  await writeFile(join(root, 'etc/systemd/system/demo-off.service'), UNIT('infinity'));
}

/** Objects with everything a file can carry. Run once per host, after its boot. */
export async function furnishDemo(host: Host): Promise<void> {
  const script = `set -e
cd /etc/demo
echo real >real.conf; ln -s real.conf link.conf
echo twin >twin-a; ln twin-a twin-b
echo gone >gone.conf; chmod 0640 gone.conf
echo owned >owned.conf; chown 4321:4321 owned.conf; chmod 4750 owned.conf
echo rich >rich.conf
echo private >private.conf; chown 4321 private.conf; chmod 0644 private.conf
python3 - <<'PY'
import os, struct
os.setxattr("rich.conf", "user.note", b"kept")
entries = [(1, 6, 0xffffffff), (2, 4, 4321), (4, 4, 0xffffffff), (16, 6, 0xffffffff), (32, 0, 0xffffffff)]
os.setxattr("rich.conf", "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries))
PY
systemctl daemon-reload
systemctl enable --now demo-on.service
[ -f /home/ana/.ssh/authorized_keys ]`;
  const result = await host.console(script);
  if (result.code !== 0) throw new Error(result.stderr);
}

export const SSHD_DROP_IN = '/etc/ssh/sshd_config.d/00-portcullis.conf';
const KEYS = '/home/ana/.ssh/authorized_keys';

/** The plan against the host as it is now. `mark` goes into every content, so that two plans differ. */
export async function demoPlan(
  host: Host,
  mark = 'one',
): Promise<{ changes: readonly Change[]; contents: readonly string[]; check: string }> {
  const keys = `${await host.readFile(KEYS)}# ${mark}\n`;
  const main = `${await host.readFile('/etc/ssh/sshd_config')}# ${mark}\n`;
  const text = (name: string) => `# ${mark} ${name}\n`;
  const dropIn = `# ${mark}\nMaxAuthTries 3\n`;
  const files: { path: string; content: string; mode?: string; uid?: number }[] = [
    { path: SSHD_DROP_IN, content: dropIn },
    { path: '/etc/ssh/sshd_config', content: main },
    { path: '/etc/demo/link.conf', content: text('link') },
    { path: '/etc/demo/twin-a', content: text('twin') },
    { path: '/etc/demo/owned.conf', content: text('owned'), mode: '4750', uid: 4321 },
    { path: '/etc/demo/rich.conf', content: text('rich'), mode: '0664' },
    { path: '/etc/demo/new/deeper/made.conf', content: text('made') },
    { path: "/etc/demo/od'd $(name)*.conf", content: text('odd') },
  ];
  const ana = Number((await host.console('id -u ana')).stdout);
  const changes: Change[] = [];
  for (const file of files) changes.push(putFile({ ...file, base: await baseOf(host, file.path) }));
  const keyBase = await baseOf(host, KEYS);
  changes.push(putFile({ path: KEYS, content: keys, base: keyBase, mode: '0600', uid: ana }));
  changes.push(removeFile('/etc/demo/gone.conf', await baseOf(host, '/etc/demo/gone.conf')));
  changes.push(setMode('/etc/demo/private.conf', { mode: '0600', was: '0644', wasUid: 4321 }));
  changes.push(reloadSshd());
  changes.push(unitVerb('demo-off.service', 'enable'), unitVerb('demo-off.service', 'start'));
  changes.push(unitVerb('demo-on.service', 'reload'));
  return {
    changes,
    contents: [...files.map(({ content }) => content), keys],
    check: `set -e
sshd -T | grep -qx 'maxauthtries 3'
[ -L /etc/demo/link.conf ] && grep -q '${mark} link' /etc/demo/real.conf
grep -q '${mark} twin' /etc/demo/twin-a && grep -qx twin /etc/demo/twin-b
[ "$(stat -c %u:%g:%a /etc/demo/owned.conf)" = 4321:4321:4750 ]
[ ! -e /etc/demo/gone.conf ]
[ "$(stat -c %u:%g:%a /etc/demo/private.conf)" = 0:0:600 ]
grep -q '${mark} made' /etc/demo/new/deeper/made.conf
[ "$(stat -c %u:%a /home/ana/.ssh/authorized_keys)" = ${ana}:600 ]
systemctl is-active --quiet demo-off.service && systemctl is-enabled --quiet demo-off.service
python3 -c 'import os; assert os.getxattr("/etc/demo/rich.conf", "user.note") == b"kept"; assert len(os.getxattr("/etc/demo/rich.conf", "system.posix_acl_access")) == 44'`,
  };
}

/** Nothing is open on the host; checkpoints of what was kept may be there. */
export const DISARMED = '[ ! -e /var/lib/portcullis/armed ] && [ ! -e /var/lib/portcullis/lock/holder ]';

/** What must be left of a transaction outside our own directory once it has ended: nothing. */
export const NO_TRACES = `set -e
[ ! -e /var/lib/portcullis/armed ] && [ ! -e /var/lib/portcullis/lock/holder ]
[ -z "$(find /etc /root /home /usr/lib/systemd -name '*portcullis*' ! -name 00-portcullis.conf)" ]
[ -z "$(systemctl list-units --all --no-legend 'portcullis-*' | grep -v 'portcullis-rollback.*activating')" ]
[ -z "$(find / -maxdepth 2 -xdev -name '.portcullis-keep*')" ]`;

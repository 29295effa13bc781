import { beforeAll, describe, expect, it } from 'vitest';
import { gather } from '../../src/facts/gather.ts';
import { FACTS, type Readings, stableReadings } from '../../src/facts/index.ts';
import { originsOf, overridesOf, parseSshdFiles } from '../../src/facts/sshd-config.ts';
import { readEffective } from '../../src/facts/sshd-effective.ts';
import type { Host } from '../../src/lab/host.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import { absent, knownValue, type Reading } from '../../src/model/outcome.ts';
import { describeLab, useHost } from './harness.ts';
import { useTransports } from './transport-harness.ts';

/** A host with everything that makes facts hard: overriding drop-ins, a Match block, odd names, accounts that cannot log in. */
const TROUBLE = `
set -e
printf 'PasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf
odd=$(printf '/etc/ssh/sshd_config.d/-odd "name\\n.conf')
printf '# \\351\\r\\nMaxAuthTries = 5\\r\\n' >"$odd"
mkdir -p '/etc/ssh/more of it'
printf 'Banner /etc/issue.net\\n' >'/etc/ssh/more of it/x'
printf 'Include "more of it/*"\\nRevokedKeys /etc/ssh/gone\\nMatch User deploy Address 10.0.0.0/8\\n  PasswordAuthentication no\\n' >>/etc/ssh/sshd_config
for user in carl dora eve frank; do useradd -m -s /bin/bash "$user"; install -d -m 700 -o "$user" -g "$user" "/home/$user/.ssh"; done
usermod -p '!$6$x$y' carl; chage -E 0 carl
chage -d 0 dora; usermod -s /usr/sbin/nologin dora
cp /root/.ssh/authorized_keys /home/dora/.ssh/; chown dora: /home/dora/.ssh/authorized_keys; chmod 600 /home/dora/.ssh/authorized_keys
ln -s /etc/shadow /home/eve/.ssh/authorized_keys
cp /root/.ssh/authorized_keys /home/frank/.ssh/; chown frank: /home/frank/.ssh/authorized_keys; chmod 666 /home/frank/.ssh/authorized_keys
`;

function read<T>(reading: Reading<T>): T {
  if (reading.kind !== 'known') throw new Error(`not known: ${JSON.stringify(reading)}`);
  return reading.value;
}

function account(readings: Readings, name: string) {
  const found = read(readings.accounts).accounts.find((it) => it.name === name);
  if (found === undefined) throw new Error(`no account ${name}`);
  return found;
}

await describeLab('the facts', () => {
  const transports = useTransports();

  describe.each([
    ['bookworm', '12', '9.2p1'],
    ['trixie', '13', '10.0p2'],
    ['trixie-bare', '13', '10.0p2'],
  ] as const)('of a %s host', (image, release, version) => {
    const host = useHost({ image });
    let readings: Readings;

    async function look(user: 'root' | 'ana', how: object = {}): Promise<Readings> {
      const password = host().users.find((it) => it.name === user)?.password;
      const answers = password === undefined ? {} : { 'sudo-password': password };
      const { transport } = await transports.connect(host(), { user, answers, ...how });
      const before = transport.counts().exchanges;
      const seen = await gather(transport);
      expect(transport.counts().exchanges - before, 'one exchange').toBe(1);
      return seen;
    }

    beforeAll(async () => {
      expect(await host().console(TROUBLE)).toMatchObject({ code: 0, stderr: '' });
      await host().settled();
    });

    it('are all known, in one exchange', async () => {
      readings = await look('root');
      const unread = Object.entries(readings).filter(([, reading]) => reading.kind !== 'known');
      // None of these hosts has Docker, nginx, Caddy, certbot or PostgreSQL: that is known too.
      expect(unread).toEqual(
        ['docker', 'nginx', 'caddy', 'certbot', 'postgresql'].map((name) => [name, absent]),
      );
      expect(Object.keys(readings)).toEqual(Object.keys(FACTS));
    });

    it('tell the machine, and how we came', async () => {
      expect(read(readings.os)).toMatchObject({ id: 'debian', versionId: release });
      expect(read(readings.init)).toMatchObject({
        name: 'systemd',
        version: release === '12' ? 252 : 257,
      });
      expect(read(readings.virtualisation)).toEqual({ kind: 'systemd-nspawn', container: true });
      expect(`${read(readings.identity).machineId}\n`).toBe(await host().readFile('/etc/machine-id'));
      expect(read(readings.who)).toMatchObject({
        user: 'root',
        clientAddress: host().operatorAddress,
        serverAddress: host().address,
        serverPort: 22,
      });
      expect(read(readings.sessions)).toEqual([expect.objectContaining({ user: 'root' })]);
      expect(read(readings.ownState).stateFolder).toBe('absent');
      expect(read(readings.tools)).toMatchObject({
        sudo: true,
        python3: image !== 'trixie-bare',
      });
      const ssh = read(readings.listeners).filter(({ port }) => port === 22);
      expect(ssh.map(({ family, unit, process }) => [family, unit, process])).toEqual([
        ['ipv4', 'ssh.service', 'sshd'],
        ['ipv6', 'ssh.service', 'sshd'],
      ]);
    });

    it('tell what is in force in sshd, for each login, and where it comes from', async () => {
      const sshd = read(readings.sshd);
      expect(sshd).toMatchObject({ version, include: true, test: { code: 0 }, commandLine: [] });
      expect(sshd.effective).toEqual(readEffective((await host().console('sshd -T')).stdout));
      const asked = sshd.perConnection.map(({ user, address }) => `${user} ${address}`);
      const addresses = [host().operatorAddress, '192.0.2.1', '2001:db8::1'];
      // The last one does not exist: what a Match opens for everybody but some is seen by asking for nobody.
      const people = ['root', 'ana', 'deploy', 'carl', 'eve', 'frank', 'portcullis-nobody'];
      expect(asked.sort()).toEqual(people.flatMap((user) => addresses.map((it) => `${user} ${it}`)).sort());
      for (const { user, address, effective } of sshd.perConnection) {
        const closed = user === 'deploy' && address === host().operatorAddress;
        expect(effective.passwordauthentication, `${user} from ${address}`).toEqual([closed ? 'no' : 'yes']);
        expect(effective.banner).toEqual(['/etc/issue.net']);
      }
      const lines = parseSshdFiles(sshd.files);
      const places = (keyword: string) =>
        originsOf(lines, keyword).map(({ file, line }) => `${file}:${line}`);
      expect(places('PasswordAuthentication')).toEqual(['/etc/ssh/sshd_config.d/50-cloud-init.conf:1']);
      expect(places('MaxAuthTries')).toEqual(['/etc/ssh/sshd_config.d/-odd "name\n.conf:2']);
      expect(places('Banner')).toEqual(['/etc/ssh/more of it/x:1']);
      expect(overridesOf(lines, 'PasswordAuthentication')).toMatchObject([
        { file: '/etc/ssh/sshd_config', match: [{ criteria: 'User deploy Address 10.0.0.0/8' }] },
      ]);
      const odd = sshd.files.find(({ path }) => path.includes('-odd'));
      expect(odd).toMatchObject({ inexact: true, mode: '0644', uid: 0, gid: 0 });
      for (const { path, sha256 } of sshd.files) {
        const [sum] = (await host().console('sha256sum <"$1"', { args: [path] })).stdout.split(' ');
        expect(sha256, path).toBe(sum);
      }
      expect(sshd.named).toContainEqual({ keyword: 'revokedkeys', path: '/etc/ssh/gone', exists: false });
      expect(sshd.named).toContainEqual({ keyword: 'banner', path: '/etc/issue.net', exists: true });
      expect(
        Object.fromEntries(sshd.hostKeys.map((key) => [key.path.split('_')[2], key.fingerprint])),
      ).toEqual(host().fingerprints);
      expect(sshd.supports.kex.includes('mlkem768x25519-sha256')).toBe(release === '13');
      expect(sshd.unit).toEqual({ name: 'ssh.service', active: 'active', enabled: 'enabled' });
      const own = read(readings.accounts).accounts.find(({ name }) => name === 'root')?.keys[0]?.fingerprint;
      expect(sshd.recentLogins).toContainEqual(
        expect.objectContaining({ user: 'root', address: host().operatorAddress, fingerprint: own }),
      );
    });

    it('tell who could log in, and why not', async () => {
      const key = host().publicKey.split(' ')[1];
      for (const name of ['root', 'ana', 'deploy']) {
        expect(account(readings, name), name).toMatchObject({
          shellUsable: true,
          keyProblems: [],
          keys: [{ blob: key }],
        });
      }
      expect(account(readings, 'ana')).toMatchObject({ password: 'set', sudo: 'all-password' });
      expect(account(readings, 'deploy')).toMatchObject({ sudo: 'all-nopasswd' });
      expect(account(readings, 'root').lastLogin).toBeGreaterThan(read(readings.boot).epochSeconds - 600);
      expect(Object.values(account(readings, 'root').lastKeyUse)).toHaveLength(1);
      expect(account(readings, 'carl')).toMatchObject({
        password: 'locked',
        accountExpired: true,
        keys: [],
        sudo: 'none',
      });
      expect(account(readings, 'dora')).toMatchObject({
        passwordExpired: true,
        shellUsable: false,
        keys: [{ blob: key }],
      });
      const [problem] = account(readings, 'frank').keyProblems;
      expect(problem).toBe('/home/frank/.ssh/authorized_keys has mode 0666: everybody may write to it');
      const refused = { user: 'frank', options: ['-l', 'frank'] } as object;
      expect((await host().ssh('true', refused)).code, 'sshd refuses that key, too').toBe(255);
    });

    it('never carry a password hash, not even through a planted link', () => {
      const { keyProblems, keys, keyFiles } = account(readings, 'eve');
      expect({ keys, keyFiles }).toEqual({ keys: [], keyFiles: [] });
      expect(keyProblems[0]).toContain('cannot be read by eve');
      expect(JSON.stringify(readings)).not.toMatch(/\$(6|y)\$/);
    });

    it('are the same for a sudo user with a password', async () => {
      const seen = await look('ana');
      expect(read(seen.who)).toMatchObject({ user: 'ana', clientAddress: host().operatorAddress });
      expect(stableReadings(seen)).toEqual(stableReadings(readings));
    });

    it('are unknown with the reason, never absent, without root', async () => {
      const seen = await look('ana', { sudo: 'none', requireRoot: false });
      expect(seen.sshd).toEqual({ kind: 'unknown', reason: 'only root may ask sshd for its configuration' });
      expect(seen.accounts).toEqual({ kind: 'unknown', reason: 'only root may read the state of accounts' });
      expect(knownValue(seen.os)).toEqual(knownValue(readings.os));
      expect(Object.values(seen).filter((reading) => reading.kind === 'absent')).toEqual([]);
    });

    it('are had without touching the host', async () => {
      const { transport } = await transports.connect(host());
      const traces =
        'journalctl -q -o cat _COMM=sudo + _COMM=sshd + _COMM=sshd-session | wc -l; ls -Rla /run/sudo 2>&1; ls -A /tmp /root';
      const before = { manifest: await host().manifest(), traces: await host().console(traces) };
      await gather(transport);
      expect(diffManifests(before.manifest, await host().manifest())).toEqual([]);
      expect(await host().console(traces)).toEqual(before.traces);
    });
  });

  describe('where a socket starts sshd', () => {
    const host = useHost({ image: 'trixie' });

    async function lookFromInside(it: Host): Promise<Readings> {
      const { renderForShell } = await import('../../src/text/command.ts');
      return gather({
        run: async (command) => ({
          kind: 'exited',
          ...(await it.console(renderForShell(command), { stdin: String(command.stdin[0]) })),
          truncated: false,
        }),
      });
    }

    it('tell its ports, and ask sshd although its folder is gone', async () => {
      await host().console(`
        mkdir -p /etc/systemd/system/ssh.socket.d
        printf '[Socket]\\nListenStream=\\nListenStream=2222\\n' >/etc/systemd/system/ssh.socket.d/port.conf
        systemctl daemon-reload; systemctl disable --now ssh.service; systemctl enable --now ssh.socket`);
      expect((await host().console('ls -d /run/sshd')).code, 'the folder is gone').not.toBe(0);
      const before = await host().manifest();
      const sshd = read((await lookFromInside(host())).sshd);
      expect(sshd.test).toEqual({ code: 0, message: '' });
      expect(sshd.effective.port).toEqual(['22']);
      expect(sshd.socket).toMatchObject({ active: true, enabled: true, unit: 'ssh.socket' });
      expect(sshd.socket.listen.every((it) => it.endsWith(':2222'))).toBe(true);
      expect(sshd.socket.dropIns).toMatchObject([
        { path: '/etc/systemd/system/ssh.socket.d/port.conf', mode: '0644' },
      ]);
      expect((await host().console('ls -d /run/sshd')).code).not.toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    it('are unknown where sshd refuses its file, and say its words', async () => {
      await host().console("printf 'Prot 2\\n' >>/etc/ssh/sshd_config");
      const sshd = read((await lookFromInside(host())).sshd);
      expect(sshd.test.code).toBe(255);
      expect(sshd.test.message).toContain('Bad configuration option: Prot');
      expect(sshd.effective).toEqual({});
    });

    it('are absent where there is no sshd at all', async () => {
      await host().console('mv /usr/sbin/sshd /usr/sbin/sshd.away');
      expect((await lookFromInside(host())).sshd).toEqual({ kind: 'absent' });
    });
  });
});

// The gate drops on a real host: strangers cut in both families and through Docker, the operator not; over a reboot; taken back
// byte for byte by unlock, by a plain script, by its own time, and by the host when the client dies before it is kept.
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { prepareDocker, startContainer } from '../../src/lab/docker.ts';
import type { Manifest } from '../../src/lab/manifest.ts';
import { type Cli, cliFor, until } from './cli-kit.ts';
import { seen } from './docker-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { expectSame, quiet } from './lockdown-kit.ts';

/** A service for everybody, in both families. */
const WEB = `[Service]
ExecStart=/usr/bin/perl -MIO::Socket::IP -e 'my $$l = IO::Socket::IP->new(LocalHost => "::", LocalPort => 8080, V6Only => 0, Listen => 9, ReuseAddr => 1) or die; while (my $$c = $$l->accept) { print $$c "hello"; close $$c }'
[Install]
WantedBy=multi-user.target
`;

const STAY = 'while [ -e /tmp/stay ]; do sleep 0.2; done';

await describeLab('Lockdown', () => {
  const host = useHost({ image: 'bookworm-docker' });
  let cli: Cli;
  let before: Manifest;
  const lock = (...words: string[]) => cli.on('lockdown', '--reason', 'key stolen', '--yes', ...words);
  const everyone = (port: number) => seen(host(), port);
  const ours = (port: number) => seen(host(), port, 'operator');
  const expectOld = () => expectSame(host(), before);
  /** A session that stays, from a stranger or from us; gives how it ended. */
  const session = async (address: string, from: string, stays: string) => {
    const running = host().ssh(`touch /tmp/on.$$; ${stays}`, {
      address,
      options: ['-b', from],
      timeout: 120_000,
    });
    return running;
  };
  const sessions = async () => (await host().console('ls /tmp/on.* 2>/dev/null | wc -l')).stdout.trim();

  beforeAll(async () => {
    cli = await cliFor(host);
    await host().writeFile('/etc/systemd/system/demo-web.service', WEB, '0644');
    // A port of sshd's by its configuration, behind which a container answers.
    await host().writeFile('/etc/ssh/sshd_config.d/99-demo.conf', 'Port 22\nPort 2222\n', '0644');
    await host().console('systemctl daemon-reload && systemctl enable --now demo-web.service');
    await prepareDocker(host());
    await startContainer(host(), { name: 'admin', publish: ['2222:80'] });
    // Docker's scope of the container is read anew by any reload.
    await host().console('systemctl daemon-reload');
    await host().settled();
    before = await host().manifest();
  });

  it('cuts strangers and lets us and the public services live; unlock gives back every byte', async () => {
    await host().console('touch /tmp/stay');
    const ended = [
      session(host().address, host().strangerAddress, STAY),
      session(host().address6, host().strangerAddress6, STAY),
    ].map(async (one) => (await one).code);
    const mine = session(host().address, host().operatorAddress, `${STAY}; echo alive`);
    await until(async () => (await sessions()) === '3', 30_000);
    expect(await everyone(2222), 'through Docker').toEqual(['answers', 'answers']);

    const locked = await lock('--allow', '198.51.100.0/24');
    expect(locked.code, locked.stderr).toBe(0);
    expect(locked.stdout).toContain(`only from ${host().operatorAddress}, 198.51.100.0/24`);
    expect(locked.stderr).toContain('Sessions cut: 2');
    expect(await Promise.all(ended)).toEqual([255, 255]);
    expect(await everyone(22)).toEqual(['silent', 'silent']);
    expect(await everyone(2222), 'through Docker').toEqual(['silent', 'silent']);
    expect(await ours(22), 'our address, and none that was not named').toEqual(['answers', 'silent']);
    expect((await ours(2222))[0]).toBe('answers');
    expect(await everyone(8080)).toEqual(['answers', 'answers']);

    const status = await cli.on('status');
    expect(status.stdout).toMatch(
      /^LOCKDOWN .*level restrict\nsince .*\nuntil somebody unlocks\nreason: key stolen\nports 22, 2222 only/,
    );
    const again = await lock();
    expect(again.code, again.stderr).toBe(5);
    const looked = await cli.on('check', '--profile', 'linux');
    expect(looked.stderr).toContain('LOCKDOWN: this host is locked down (restrict)');
    const unlocked = await cli.on('unlock', '--yes');
    expect(unlocked.code, unlocked.stderr).toBe(0);
    await host().console('rm /tmp/stay');
    expect((await mine).stdout).toBe('alive\n');
    expect(await everyone(22)).toEqual(['answers', 'answers']);
    await host().console('rm -f /tmp/on.*');
    await expectOld();
  });

  it('stays over a reboot, and the console script opens again', async () => {
    await host().console('docker rm -f admin');
    const locked = await lock('--ttl', '1d');
    expect(locked.code, locked.stderr).toBe(0);
    await host().reboot();
    expect(await everyone(22)).toEqual(['silent', 'silent']);
    expect((await ours(22))[0]).toBe('answers');
    // Who loads the host's own rules anew flushes everything.
    for (const verb of ['start', 'reload', 'stop']) {
      await host().console(`systemctl ${verb} nftables.service`);
      expect((await host().console('nft list table inet portcullis_lockdown')).code, verb).toBe(0);
    }
    // What the status names, word for word; the card of this lockdown says the same.
    const way = /^or on the console, as root: (.+)$/m.exec((await cli.on('status')).stdout)?.[1] ?? '';
    const card = /^ +Recovery card: (.+)$/m.exec(locked.stdout)?.[1] ?? '';
    expect(await readFile(card, 'utf8')).toContain(way);
    const opened = await host().console(way);
    expect(opened.code, opened.stdout).toBe(0);
    expect(await everyone(22)).toEqual(['answers', 'answers']);
    await quiet(host());
    before = await host().manifest();
  });

  it('ends by itself when its time is over', async () => {
    const locked = await lock('--ttl', '12s');
    expect(locked.code, locked.stderr).toBe(0);
    expect(await everyone(22)).toEqual(['silent', 'silent']);
    await until(async () => (await everyone(22))[0] === 'answers', 40_000);
    await expectOld();
    const nothing = await cli.on('unlock', '--yes');
    expect(nothing.code, nothing.stderr).toBe(0);
    expect(nothing.stdout).toContain('This host is not locked down.');
  });

  it('is taken back when the client dies before it is kept', async () => {
    const { child } = await cli.start('lockdown', '--reason', 'x', '--yes', '--lease', '3s');
    await until(
      async () => (await host().console('nft list table inet portcullis_lockdown')).code === 0,
      30_000,
    );
    child.kill('SIGKILL');
    await child;
    await until(async () => (await everyone(22))[0] === 'answers', 18_000);
    await expectOld();
  });
});

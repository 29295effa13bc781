// Host rules: a host is this process's until destroy(), or until this process ends; it is reachable from this machine
// only; every login on it is published here, because nothing of worth is ever on it.
import { stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { installKeys } from './host-keys.ts';
import { claimRecord, startReaper } from './host-record.ts';
import type { BootOptions, Host, LabUser, ReadyOptions } from './host-types.ts';
import { ensureImage, LAB_PASSWORD, type LabProgress, plainDirectories } from './images.ts';
import { type Machine, mountRoot, startMachine, v4Prefix, v6Prefix } from './machine.ts';
import { takeManifest } from './manifest.ts';
import { type Relay, startRelay } from './relay.ts';
import { runCommand } from './shell.ts';

export type { BootOptions, Host, LabUser } from './host-types.ts';

const USERS: readonly LabUser[] = [
  { name: 'root', password: undefined, sudo: 'root' },
  { name: 'ana', password: LAB_PASSWORD, sudo: 'password' },
  { name: 'deploy', password: undefined, sudo: 'nopasswd' },
];

/** Boots a fresh host; the image is built first when the cache lacks it. */
export async function bootHost(options: BootOptions): Promise<Host> {
  const onProgress = options.onProgress ?? (() => {});
  const image = await ensureImage(options.image, onProgress);
  const record = await claimRecord();
  const reaper = await startReaper(record);
  try {
    return await bootOn({ ...options, onProgress, imageRoot: image, record, reap: () => reaper.reap() });
  } catch (error) {
    await reaper.reap();
    throw error;
  }
}

async function bootOn(
  options: BootOptions & {
    imageRoot: string;
    onProgress: LabProgress;
    record: Awaited<ReturnType<typeof claimRecord>>;
    reap: () => Promise<void>;
  },
): Promise<Host> {
  const { record, image, reap } = options;
  const name = options.name ?? image;
  const [v4, v6] = [v4Prefix(record), v6Prefix(record)];
  const address = `${v4}.2`;
  const address6 = `${v6}::2`;
  const root = await mountRoot({
    record,
    image: options.imageRoot,
    hostname: name,
    smallDisks: options.smallDisks ?? {},
    plainDirectories: plainDirectories(image),
  });
  const keys = await installKeys({ root, data: record.data, addresses: [address, address6], hostname: name });
  await options.prepare?.(root);
  let machine: Machine = await startMachine(record);
  const relays: Relay[] = [];
  let destroyed: Promise<void> | undefined;

  const host: Host = {
    name,
    image,
    address,
    address6,
    operatorAddress: `${v4}.1`,
    operatorAddress6: `${v6}::1`,
    strangerAddress: `${v4}.9`,
    strangerAddress6: `${v6}::9`,
    link: record.link,
    keyFile: keys.keyFile,
    publicKey: keys.publicKey,
    knownHostsFile: keys.knownHostsFile,
    hostKeyFingerprint: keys.fingerprints.ed25519,
    fingerprints: keys.fingerprints,
    users: USERS,
    folder: record.data,
    root,
    get running() {
      return machine.running;
    },
    get stopped() {
      return machine.stopped;
    },
    get leader() {
      return machine.leader;
    },
    async console(script, more = {}) {
      if (!machine.running) throw new Error(`${name} is not running`);
      const enter = [
        '-t',
        String(machine.leader),
        '-m',
        '-u',
        '-n',
        '-p',
        '-i',
        '--',
        'sh',
        '-c',
        script,
        'console',
      ];
      return runCommand('nsenter', [...enter, ...(more.args ?? [])], more);
    },
    sshArguments(more = {}) {
      // Of two values of an option ssh takes the first.
      return [
        ...(more.options ?? []),
        ...['-F', 'none', '-i', keys.keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'],
        ...['-o', `UserKnownHostsFile=${keys.knownHostsFile}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
        ...['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
        ...['-o', 'LogLevel=ERROR', '-o', 'ControlPath=none', '-p', String(more.port ?? 22)],
        ...['-l', more.user ?? 'root', more.address ?? address],
      ];
    },
    async ssh(command, more = {}) {
      return runCommand('ssh', [...host.sshArguments(more), '--', command], more);
    },
    async readFile(path) {
      const result = await host.console('exec cat -- "$1"', { args: [path] });
      if (result.code !== 0) throw new Error(`${name}:${path}: ${result.stderr.trim()}`);
      return result.stdout;
    },
    async writeFile(path, content, mode) {
      const script = 'set -e; cat >"$1"; [ -z "$2" ] || chmod -- "$2" "$1"';
      const result = await host.console(script, { args: [path, mode ?? ''], stdin: content });
      if (result.code !== 0) throw new Error(`${name}:${path}: ${result.stderr.trim()}`);
    },
    async cut() {
      await execa('ip', ['link', 'set', record.link, 'down']);
    },
    async restore() {
      // IPv6 addresses leave a link that goes down; IPv4 ones stay.
      await execa('ip', ['-batch', '-'], {
        input: [
          `link set ${record.link} up`,
          `addr replace ${v6}::1/64 dev ${record.link} nodad`,
          `addr replace ${v6}::9/64 dev ${record.link} nodad preferred_lft 0`,
          '',
        ].join('\n'),
      });
    },
    async delay(milliseconds, port = 22) {
      const relay = await startRelay({ host: address, port, delay: milliseconds });
      relays.push(relay);
      return relay;
    },
    async freeze() {
      await setFrozen(record.cgroup, true);
    },
    async thaw() {
      await setFrozen(record.cgroup, false);
    },
    async powerCut() {
      const { stopped } = machine;
      process.kill(machine.leader, 'SIGKILL');
      await stopped;
    },
    async boot(ready = {}) {
      if (machine.running) throw new Error(`${name} is running already`);
      machine = await startMachine(record);
      await waitReady(host, ready);
    },
    async reboot(ready = {}) {
      const { stopped } = machine;
      // The console's own shell may be killed by the reboot it asks for; that the host stops is what counts.
      await host.console('systemctl reboot --no-block');
      const late = await Promise.race([
        stopped,
        sleep(ready.timeout ?? 30_000, 'late' as const, { ref: false }),
      ]);
      if (late === 'late') throw new Error(`${name} did not go down for its reboot`);
      await host.boot(ready);
    },
    async settled() {
      return (await host.console('systemctl is-system-running --wait')).stdout.trim();
    },
    async manifest() {
      await host.settled();
      return takeManifest({
        leader: machine.leader,
        upper: join(record.data, 'upper'),
        image: options.imageRoot,
        console: (script) => host.console(script),
      });
    },
    destroy() {
      destroyed ??= (async () => {
        await Promise.all(relays.map((relay) => relay.close()));
        await reap();
      })();
      return destroyed;
    },
  };
  await waitReady(host, {});
  options.onProgress(`Host ${name} booted`);
  return host;
}

async function setFrozen(cgroup: string, frozen: boolean): Promise<void> {
  // The payload only: systemd-nspawn itself must go on to notice that its host has ended.
  await writeFile(join(cgroup, 'payload/cgroup.freeze'), frozen ? '1' : '0');
}

async function waitReady(host: Host, options: ReadyOptions): Promise<void> {
  if (options.until === 'console') return;
  const port = options.port ?? 22;
  const deadline = Date.now() + (options.timeout ?? 30_000);
  for (;;) {
    // sshd answers before systemd lets anyone but root in; /run/nologin says which.
    if ((await sshBanner(host.address, port)) && !(await closedToUsers(host.leader))) return;
    if (!host.running) throw new Error(`${host.name} stopped while it was booting`);
    if (Date.now() > deadline) throw new Error(`${host.name}: no sshd on port ${port} in time`);
    await sleep(15);
  }
}

async function closedToUsers(leader: number): Promise<boolean> {
  return stat(`/proc/${leader}/root/run/nologin`).then(
    () => true,
    () => false,
  );
}

/** The first line an ssh server says, or undefined when there is none within two seconds. */
export function sshBanner(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const done = (banner: string | undefined) => {
      socket.destroy();
      resolve(banner);
    };
    socket.once('data', (chunk) => done(/^SSH-[^\r\n]*/.exec(chunk.toString('latin1'))?.[0]));
    socket.once('error', () => done(undefined));
    socket.once('timeout', () => done(undefined));
    socket.once('close', () => done(undefined));
  });
}

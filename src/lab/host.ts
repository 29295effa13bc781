// Host rules: a host is this process's until destroy(), or until this process ends; it is reachable from this machine
// only; every login on it is published here, because nothing of worth is ever on it.
import { stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { installKeys } from './host-keys.ts';
import { claimRecord, startReaper } from './host-record.ts';
import { ensureImage, type ImageName, LAB_PASSWORD, type LabProgress } from './images.ts';
import { type Machine, mountRoot, startMachine, v4Prefix, v6Prefix } from './machine.ts';
import { type Manifest, takeManifest } from './manifest.ts';
import { type Relay, startRelay } from './relay.ts';
import { type RunOptions, runCommand, type ShellResult } from './shell.ts';

export type { RunOptions, ShellResult } from './shell.ts';

export interface BootOptions {
  readonly image: ImageName;
  /** Hostname; the image's name when left out. */
  readonly name?: string;
  /** Absolute directory → size ("8M"): a small disk of its own there, for full-disk tests. Survives power cuts. */
  readonly smallDisks?: Readonly<Record<string, string>>;
  /** Changes the root directory (a path on this machine) before the first boot. */
  readonly prepare?: (root: string) => Promise<void>;
  readonly onProgress?: LabProgress;
}

export interface LabUser {
  readonly name: 'root' | 'ana' | 'deploy';
  /** Undefined for an account without a password. */
  readonly password: string | undefined;
  readonly sudo: 'root' | 'password' | 'nopasswd';
}

export interface SshOptions extends RunOptions {
  readonly user?: LabUser['name'];
  /** More `ssh` options, before the destination. */
  readonly options?: readonly string[];
  readonly address?: string;
  readonly port?: number;
}

/** What must answer before boot() and reboot() return: sshd on a port, or only PID 1. */
export interface ReadyOptions {
  readonly until?: 'sshd' | 'console';
  /** Where sshd is awaited; 22 when left out. */
  readonly port?: number;
  /** Milliseconds; 30,000 when left out. */
  readonly timeout?: number;
}

export interface Host {
  readonly name: string;
  readonly image: ImageName;
  readonly address: string;
  readonly address6: string;
  /** This machine, as the host sees ordinary connections come. */
  readonly operatorAddress: string;
  readonly operatorAddress6: string;
  /** A second address of this machine: bind to it (`ssh -b`) to come as somebody else. */
  readonly strangerAddress: string;
  readonly strangerAddress6: string;
  /** This machine's end of the link. */
  readonly link: string;
  readonly keyFile: string;
  readonly publicKey: string;
  readonly knownHostsFile: string;
  /** SHA256 fingerprint of the ed25519 host key. */
  readonly hostKeyFingerprint: string;
  readonly fingerprints: Readonly<Record<'ed25519' | 'ecdsa' | 'rsa', string>>;
  readonly users: readonly LabUser[];
  /** The host's root directory, as a path of this machine. */
  readonly root: string;
  readonly running: boolean;
  /** Settles when the host has stopped by itself or was cut. */
  readonly stopped: Promise<void>;
  /** Process id of the host's PID 1 on this machine. */
  readonly leader: number;
  /** Runs a POSIX sh script as root inside, without ssh. Never throws for a failing script. */
  console(script: string, options?: RunOptions): Promise<ShellResult>;
  /** `ssh` arguments for a login with the operator's key and the pinned host keys, without the command. */
  sshArguments(options?: SshOptions): string[];
  /** Runs a command line over a new ssh connection. */
  ssh(command: string, options?: SshOptions): Promise<ShellResult>;
  readFile(path: string): Promise<string>;
  /** Writes a file as root through the console; mode is octal text ("0644"), kept when the file exists. */
  writeFile(path: string, content: string, mode?: string): Promise<void>;
  /** Takes the link away as a pulled cable would: no FIN, no RST. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** A way to the host with latency: every chunk `milliseconds` late, each way. Closed by destroy(). */
  delay(milliseconds: number, port?: number): Promise<Relay>;
  /** Stops every process of the host; later freeze ends with thaw(). */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** SIGKILL to the host's PID 1: nothing inside gets to run again. */
  powerCut(): Promise<void>;
  /** Boots again on the same root, after a power cut, a power-off, or a reboot started from inside. */
  boot(options?: ReadyOptions): Promise<void>;
  /** `systemctl reboot` inside, then boot(). */
  reboot(options?: ReadyOptions): Promise<void>;
  /** Waits until the host's boot jobs are done; gives systemd's word (running, degraded). */
  settled(): Promise<string>;
  /** Everything a run could change on the host, once its boot jobs are done; compare with diffManifests(). */
  manifest(): Promise<Manifest>;
  /** Takes the host away: processes, mounts, link, files. May be called twice. */
  destroy(): Promise<void>;
}

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
      return [
        ...['-F', 'none', '-i', keys.keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'],
        ...['-o', `UserKnownHostsFile=${keys.knownHostsFile}`, '-o', 'GlobalKnownHostsFile=/dev/null'],
        ...['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10'],
        ...['-o', 'LogLevel=ERROR', '-o', 'ControlPath=none', '-p', String(more.port ?? 22)],
        ...(more.options ?? []),
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

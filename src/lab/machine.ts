// One lab host as processes, mounts and a link; nothing here knows about ssh users or tests.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { HostRecord } from './host-record.ts';
import linkUpScript from './link-up.sh?raw';

const START_SCRIPT = 'echo $$ >"$1/cgroup.procs" && log=$2 && shift 2 && exec "$@" >>"$log" 2>&1';

export interface Machine {
  /** Process id of the host's PID 1, as this machine counts. */
  readonly leader: number;
  readonly running: boolean;
  /** Settles when the host has stopped: rebooted, powered off, or killed. */
  readonly stopped: Promise<void>;
}

export const v4Prefix = (record: HostRecord) => `10.213.${record.number}`;
export const v6Prefix = (record: HostRecord) => `fd5c:bd0a:2b1e:${record.number.toString(16)}`;

/** Mounts the host's root: an overlay over the image, and small disks of their own where asked. */
export async function mountRoot(options: {
  record: HostRecord;
  image: string;
  hostname: string;
  smallDisks: Readonly<Record<string, string>>;
  /** Absolute directories that are no overlay but this machine's own file system: an overlay cannot lie on an overlay. */
  plainDirectories: readonly string[];
}): Promise<string> {
  const { record, image, hostname, smallDisks, plainDirectories } = options;
  const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(record.data, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [upper, work, root]) await mkdir(directory, { mode: 0o755 });
  // Every changed file is whole in the upper layer: the manifest relies on it.
  const layers = `metacopy=off,redirect_dir=off,lowerdir=${image},upperdir=${upper},workdir=${work}`;
  await execa('mount', ['-t', 'overlay', 'portcullis-lab', '-o', layers, root]);
  await writeFile(join(root, 'etc/machine-id'), `${randomUUID().replaceAll('-', '')}\n`);
  await rm(join(root, 'etc/hostname'), { force: true });
  await writeFile(join(root, 'etc/hostname'), `${hostname}\n`);
  await writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost\n::1 localhost\n127.0.1.1 ${hostname}\n`);
  for (const [path, size] of Object.entries(smallDisks)) {
    // Mounted on the machine's side, so that it keeps its files over a reboot and a power cut of the host.
    const target = join(root, path);
    await mkdir(target, { recursive: true, mode: 0o700 });
    await execa('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'portcullis-lab', target]);
  }
  for (const path of plainDirectories) {
    const [target, source] = [join(root, path), join(record.data, 'plain', path)];
    await mkdir(target, { recursive: true });
    await mkdir(source, { recursive: true });
    await execa('mount', ['--bind', source, target]);
  }
  return root;
}

/** Starts the host on its root and gives it its addresses. Resolves when its PID 1 runs and the link is up. */
export async function startMachine(record: HostRecord): Promise<Machine> {
  await mkdir(record.cgroup, { recursive: true });
  const log = join(record.data, 'console.log');
  const nspawn = execa(
    'sh',
    [
      '-c',
      START_SCRIPT,
      'start',
      record.cgroup,
      log,
      'systemd-nspawn',
      '--quiet',
      `--directory=${join(record.data, 'root')}`,
      '--boot',
      '--register=no',
      '--keep-unit',
      // A name of our own: systemd-networkd of this machine would adopt (and masquerade) a link called ve-*.
      `--network-veth-extra=${record.link}:host0`,
      `--machine=pcl${record.number}`,
      '--resolv-conf=off',
      '--timezone=off',
      '--link-journal=no',
      '--capability=all',
      // Without this a host could set this machine's clock, load modules or write to raw memory.
      '--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE,CAP_SYS_RAWIO',
      '--system-call-filter=@keyring bpf',
    ],
    {
      env: { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
      detached: true,
      cleanup: false,
      reject: false,
    },
  );
  let running = true;
  const stopped = nspawn.then(() => {
    running = false;
  });
  nspawn.unref();
  const up = await execa(
    'sh',
    ['-c', linkUpScript, 'link-up', String(nspawn.pid), record.link, v4Prefix(record), v6Prefix(record)],
    { reject: false },
  );
  if (up.exitCode !== 0) {
    const tail = (await readFile(log, 'utf8')).slice(-2000);
    throw new Error(`lab host ${record.number} did not start: ${up.stderr}\n${tail}`);
  }
  return {
    leader: Number(up.stdout.trim()),
    get running() {
      return running;
    },
    stopped,
  };
}

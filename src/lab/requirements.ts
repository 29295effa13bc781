import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { debianLines, machineSources } from './apt-sources.ts';
import packageList from './debian-packages.txt?raw';

/** One thing this machine lacks for the lab. */
interface MissingRequirement {
  readonly what: string;
  readonly fix: string;
}

interface DebianNeed {
  /** A command name, or an absolute path. */
  readonly needs: string;
  readonly debianPackage: string;
  readonly onlyTests: boolean;
}

/** The published list, parsed. */
function debianNeeds(text: string = packageList): DebianNeed[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [needs = '', debianPackage = '', only] = line.split(' ');
    return { needs, debianPackage, onlyTests: only === 'tests' };
  });
}

/** Everything the lab lacks here, a line each with its remedy; empty when hosts can be booted. */
export async function labProblems(): Promise<string[]> {
  return (await missingRequirements()).map(({ what, fix }) => `${what}: ${fix}`);
}

async function missingRequirements(): Promise<MissingRequirement[]> {
  if (process.platform !== 'linux') {
    return [{ what: `Linux (this is ${process.platform})`, fix: 'run this on a Debian machine' }];
  }
  const missing: MissingRequirement[] = [];
  if (process.getuid?.() !== 0) {
    missing.push({ what: 'root (hosts are mounts, namespaces and links)', fix: 'run this as root' });
  }
  const packages = new Set<string>();
  for (const need of debianNeeds()) {
    if (!need.onlyTests && !(await present(need.needs))) packages.add(need.debianPackage);
  }
  if (packages.size > 0) {
    const names = [...packages].join(' ');
    missing.push({ what: `Debian packages: ${names}`, fix: `apt-get install ${names}` });
  }
  if (!/^\S+ \S+ cgroup2 /m.test(await text('/proc/self/mounts'))) {
    missing.push({ what: 'the cgroup2 hierarchy', fix: 'mount -t cgroup2 none /sys/fs/cgroup' });
  }
  if (!/\toverlay$/m.test(await text('/proc/filesystems'))) {
    missing.push({ what: 'overlayfs in the kernel', fix: 'modprobe overlay' });
  }
  if (debianLines(await machineSources(), 'stable').length === 0) {
    missing.push({
      what: 'a Debian package source to build images from',
      fix: 'add a Debian archive with component main under /etc/apt/sources.list.d',
    });
  }
  return missing;
}

async function present(need: string): Promise<boolean> {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const candidates = need.startsWith('/') ? [need] : directories.map((directory) => join(directory, need));
  for (const candidate of candidates) {
    const found = await access(candidate, need.startsWith('/') ? constants.R_OK : constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

// What a rehearsal could leave and a manifest does not hold: namespaces, mounts, /run, logs; and this machine's own kernel parameters.
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { Host } from '../../src/lab/host.ts';
import { EXCLUDED_SYSCTLS, matcher } from '../../src/lab/manifest-exclusions.ts';

export type Traces = {
  /** Processes of a rehearsal. */
  readonly rehearsals: number;
  /** Network, process and IPC namespaces that live, `ip netns` names, mounts of ours, /run and /var/log, in lines. */
  readonly places: readonly string[];
};

// agetty.reload is made by the login prompt of the host's console, which a slow machine starts after the boot is done.
const LOOK = String.raw`
grep -lz 'portcullis-[c]andidate' /proc/[0-9]*/cmdline 2>/dev/null | wc -l
for kind in net pid ipc uts; do echo "$kind namespaces: $(readlink /proc/[0-9]*/ns/$kind | sort -u | wc -l)"; done
ls /run/netns 2>/dev/null
cat /proc/[0-9]*/mountinfo 2>/dev/null | grep portcullis- | grep -v portcullis-lab | sort -u
find /run -xdev ! -name agetty.reload ! -path '/run/systemd/*' ! -path '/run/user/*' ! -path '/run/sudo/*' ! -path '/run/log/*' -printf '%p %y %m %U %G\n' | sort
find /run/systemd -maxdepth 1 | sort
find /var/log -type f ! -path '*/journal/*' ! -name wtmp ! -name lastlog ! -name 'wtmp.db*' -exec sha256sum {} + | sort
`;

export async function traces(host: Host): Promise<Traces> {
  const { stdout } = await host.console(LOOK);
  const [rehearsals = '', ...places] = stdout.split('\n');
  return { rehearsals: Number(rehearsals), places };
}

/** What came ("+") and went ("-") between two looks, in lines; empty when nothing did. */
export function changedTraces(before: Traces, after: Traces): readonly string[] {
  const minus = (from: readonly string[], what: readonly string[]) =>
    from.filter((line) => !what.includes(line));
  return [
    ...(after.rehearsals === before.rehearsals
      ? []
      : [`rehearsals: ${before.rehearsals} > ${after.rehearsals}`]),
    ...minus(after.places, before.places).map((line) => `+ ${line}`),
    ...minus(before.places, after.places).map((line) => `- ${line}`),
  ];
}

/** Kernel parameters that no namespace holds, the name, and mounts of ours on the machine that runs the lab. */
export async function machineState(): Promise<readonly string[]> {
  const excluded = matcher([...EXCLUDED_SYSCTLS]);
  const { stdout } = await execa('sysctl', ['--all'], { reject: false });
  const settings = stdout
    .split('\n')
    .filter((line) => /^(kernel|vm|fs|dev|debug)\./.test(line) && !excluded(line.split(' ')[0] ?? ''));
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => line.includes('portcullis-rehearsal'));
  return [(await readFile('/proc/sys/kernel/hostname', 'utf8')).trim(), ...settings, ...mounts];
}

/** Process ids of the ssh clients that this process started. */
export async function sshChildren(): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [, command, parent] = /^\d+ \((.*)\) \S (\d+) /s.exec(stat) ?? [];
    if (command === 'ssh' && Number(parent) === process.pid) found.push(Number(name));
  }
  return found;
}

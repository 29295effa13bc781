// A step that wants packages, and a setting that comes after them, on a host with the lab's own package archive.
import { ensureRepository, offerPackages } from '../../src/lab/apt-repository.ts';
import type { Host } from '../../src/lab/host.ts';
import type { Control, Step } from '../../src/model/control.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import type { Session } from '../../src/model/session.ts';
import { createSession } from '../../src/session/session.ts';

/** What the firewall and the jail need on a bare host; also what the lab's repository holds. */
const ARCHIVE = ['nftables', 'ufw', 'iptables', 'fail2ban', 'python3-systemd'];

/** The archive as the host's only package source. Closed with this process, or earlier by close(). */
export async function offerArchive(host: Host, release: 'bookworm' | 'trixie') {
  return await offerPackages(host, await ensureRepository({ release, packages: ARCHIVE }));
}

const control = (id: string, more: Pick<Control, 'judge' | 'remedy'>): Control => ({
  ...{ id, title: id, severity: 'low', why: 'A test wants it.', references: [], reads: '', mayBreak: '' },
  ...more,
});

function stepFor(packages: readonly string[]): Step {
  const controls = packages.map((name) =>
    control(`lab.${name}`, {
      judge: ({ readings }) => {
        if (readings.packages.kind !== 'known') return { result: 'unknown', evidence: [] };
        const there = readings.packages.value.installed.includes(name);
        return { result: there ? 'pass' : 'fail', evidence: [] };
      },
      remedy: () => [{ kind: 'package', name, purpose: 'a test' }],
    }),
  );
  const setting = control('lab.tries', {
    judge: ({ readings }) => {
      if (readings.sshd.kind !== 'known') return { result: 'unknown', evidence: [] };
      const tries = readings.sshd.value.effective['maxauthtries']?.[0];
      return { result: tries === '3' ? 'pass' : 'fail', evidence: [] };
    },
    remedy: () => [{ kind: 'sshd-option', keyword: 'MaxAuthTries', values: ['3'] }],
  });
  const words = { title: 'Lab', what: 'Wants packages.', why: 'To see them come.' };
  return { id: 'lab', ...words, questions: [], controls: [...controls, setting] };
}

/** A session as root whose walk is that step; `events` fills as things happen. */
export function enter(
  host: Host,
  options: { readonly packages: readonly string[]; readonly stateDir: string; readonly lease?: number },
): { readonly session: Session; readonly events: SessionEvent[] } {
  const events: SessionEvent[] = [];
  const session = createSession({
    target: { name: host.name, kind: 'ssh', host: host.address, user: 'root' },
    profile: {
      ...{ id: 'lab', title: 'Lab', description: 'For tests.', schema: 1, steps: ['lab'] },
      ...{ answers: new Map(), excludes: new Map() },
    },
    steps: [stepFor(options.packages)],
    tool: '0.0.0',
    stateDir: options.stateDir,
    reach: { sudo: 'auto', identity: host.keyFile, knownHosts: host.knownHostsFile },
    recheck: [],
    repeat: () => 'portcullis',
    again: () => 'portcullis',
    ask: async () => ({ kind: 'decline' }),
    emit: (event) => events.push(event),
  });
  return { session, events };
}

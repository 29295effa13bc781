// Rules: with ssh.socket active systemd owns the listener and sshd's Port says nothing about it, so a port moves by a drop-in of
// the socket. A running ssh.service holds the socket, and systemd refuses to start a socket whose service runs: the service
// is stopped first (open sessions stay: KillMode=process) and the next connection starts it again.
import type { SshdFact } from '../facts/values.ts';
import type { Change, Primitive, SshdOptionResource } from '../model/resource.ts';
import { canonicalKeyword } from './sshd.ts';
import { baseOf, fourDigits, sha256, type Wanted } from './wanted.ts';

const HEADER = `# Written by Portcullis: the ports on which systemd listens for sshd.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
`;

function socketDropIn(sshd: SshdFact): string {
  return `/etc/systemd/system/${sshd.socket.unit}.d/portcullis.conf`;
}

/**
 * The socket's drop-in for the ports of this stage. Undefined when no socket listens, no port is asked for, or it listens
 * there already. `before` is the text an earlier stage of the same plan leaves.
 */
export function moveSocket(it: {
  readonly wanted: readonly Wanted<SshdOptionResource>[];
  readonly sshd: SshdFact;
  readonly before: string | undefined;
  readonly contents: Record<string, string>;
}): { readonly changes: readonly Change[]; readonly text: string; readonly restarts: boolean } | undefined {
  const { sshd, wanted } = it;
  const port = wanted.find((one) => canonicalKeyword(one.resource.keyword) === 'port');
  if (!sshd.socket.active || port === undefined) return undefined;
  const ports = port.resource.values;
  const path = socketDropIn(sshd);
  const fact = sshd.socket.dropIns.find((file) => file.path === path);
  const before = it.before ?? fact?.text ?? null;
  const text = `${HEADER}[Socket]\nListenStream=\n${ports.map((value) => `ListenStream=${value}\n`).join('')}`;
  const listening = [...new Set(sshd.socket.listen.map((address) => address.replace(/^.*:/, '')))].sort();
  const settled = listening.join() === [...ports].sort().join();
  if (before === text || (it.before === undefined && settled)) return undefined;
  const hash = sha256(text);
  it.contents[hash] = Buffer.from(text).toString('base64');
  const owner = fact ?? { mode: '0644', uid: 0, gid: 0 };
  const mode = fourDigits(owner.mode);
  const common = {
    step: port.step,
    controls: [port.control],
    why: port.why,
    risk: 'lockout',
    phase: port.resource.phase ?? 'expand',
    confidence: 'predicted',
    effective: [],
  } as const;
  const folder = `/etc/systemd/system/${sshd.socket.unit}.d`;
  const stop: readonly Primitive[] =
    sshd.unit.active === 'active' ? [{ kind: 'unit', name: sshd.unit.name, verb: 'stop' }] : [];
  return {
    text,
    restarts: true,
    changes: [
      {
        ...common,
        address: `file:${path}`,
        action: before === null ? 'create' : 'update',
        title: `${sshd.socket.unit} listens on ${ports.join(' and ')}`,
        before,
        after: text,
        base:
          it.before === undefined
            ? baseOf(fact)
            : { kind: 'file', sha256: sha256(it.before), mode, uid: owner.uid, gid: owner.gid },
        primitives: [
          {
            kind: 'put-file',
            path,
            sha256: hash,
            mode,
            uid: owner.uid,
            gid: owner.gid,
            parents: [{ path: folder, mode: '0755', uid: 0, gid: 0 }],
          },
        ],
      },
      {
        ...common,
        address: `unit:${sshd.socket.unit}`,
        action: 'restart',
        title: `${sshd.socket.unit} opens the new ports; open sessions stay`,
        base: {
          kind: 'unit',
          name: sshd.socket.unit,
          enabled: sshd.socket.enabled ? 'enabled' : 'disabled',
          active: 'active',
        },
        primitives: [
          { kind: 'validate', checker: 'sshd' },
          { kind: 'unit', name: sshd.socket.unit, verb: 'daemon-reload' },
          ...stop,
          { kind: 'unit', name: sshd.socket.unit, verb: 'restart' },
        ],
      },
    ],
  };
}

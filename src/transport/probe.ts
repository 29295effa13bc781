// Visits to an sshd without any credential. Rules: only the method "none" is tried, which every ssh login begins with
// anyway; nothing of the operator's authentication budget is spent; on OpenSSH ≥ 9.8 a visit still counts as "noauth"
// (1 s), so callers pace them (pacing.ts).
import { join } from 'node:path';
import type { DoorProbe } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { makeNonce } from './channel.ts';
import { hostKeyVerdict, takeLearned } from './host-keys.ts';
import type { KnownKey } from './known-hosts.ts';
import type { SshLog } from './ssh-log.ts';
import { readLog, type Shared } from './ssh-login.ts';
import { type Dial, sshArgs } from './ssh-options.ts';
import { startWire } from './wire.ts';

const NO_CREDENTIALS = [
  'PreferredAuthentications=none',
  'PubkeyAuthentication=no',
  'PasswordAuthentication=no',
  'KbdInteractiveAuthentication=no',
  'GSSAPIAuthentication=no',
  'HostbasedAuthentication=no',
];
const PATIENCE = 20_000;

/** `text`: what ssh, or a program in between, said on stderr. */
type Visit = { readonly log: SshLog; readonly text: string; readonly timedOut: boolean };

/** Ask who is there and what it would accept. Never rejects for what the host does. */
export async function visitDoor(shared: Shared, dial: Omit<Dial, 'logFile'>): Promise<DoorProbe> {
  const { log, text, timedOut } = await visit(shared, { dial, extra: NO_CREDENTIALS });
  const detail = sanitizeLine(log.messages.at(-1) ?? text);
  if (hostKeyVerdict(log) !== undefined)
    return { kind: 'closed', reason: 'other-host-key', detail: log.hostKey?.fingerprint ?? detail };
  if (log.hostKey !== undefined && (log.methods !== undefined || log.authenticated !== undefined))
    return {
      kind: 'open',
      hostKey: log.hostKey.fingerprint,
      methods: log.methods ?? [log.authenticated ?? 'none'],
    };
  return { kind: 'closed', reason: reasonOf({ log, text, timedOut }), detail };
}

function reasonOf({ log, text, timedOut }: Visit): Extract<DoorProbe, { kind: 'closed' }>['reason'] {
  const said = log.messages.join('\n');
  if (log.viaProxy) return reasonThrough({ log, text: `${said}\n${text}` });
  if (/Connection refused/.test(said)) return 'refused';
  if (/No route to host|Network is unreachable|Host is down|Could not resolve|Cannot assign/.test(said))
    return 'unreachable';
  if (log.connected) return 'not-ssh';
  return timedOut || /timed out/.test(said) ? 'timeout' : 'unreachable';
}

/**
 * Through a program in between our end is connected as soon as that runs: only what the jump host says of its own attempt, or bytes of
 * the far side, tell anything. Silence may be a closed port or a service that waits.
 */
function reasonThrough({ log, text }: Pick<Visit, 'log' | 'text'>): ReturnType<typeof reasonOf> {
  if (/Connection refused/.test(text)) return 'refused';
  if (/open failed: connect failed: Connection timed out/.test(text)) return 'timeout';
  const heard = /^Remote protocol version|banner line|Bad packet length|invalid format/;
  return log.lines.some((line) => heard.test(line)) || /banner line|invalid format/.test(text)
    ? 'not-ssh'
    : 'unreachable';
}

/** The key an unknown host presents, learnt without offering anything to it. */
export async function learnHostKey(
  shared: Shared,
  dial: Omit<Dial, 'logFile'>,
): Promise<KnownKey | undefined> {
  const file = join(shared.directory, `learn-${makeNonce().slice(0, 8)}`);
  await visit(shared, {
    dial: { ...dial, knownHosts: [file], globalKnownHosts: false },
    extra: [
      ...NO_CREDENTIALS,
      'StrictHostKeyChecking=accept-new',
      'HashKnownHosts=no',
      'VerifyHostKeyDNS=no',
    ],
  });
  return takeLearned(file);
}

async function visit(
  shared: Shared,
  it: { readonly dial: Omit<Dial, 'logFile'>; readonly extra: readonly string[] },
): Promise<Visit> {
  const logFile = join(shared.directory, `log-${makeNonce().slice(0, 8)}`);
  const attempt = shared.askpass.begin();
  shared.counters.connections += 1;
  const wire = startWire('ssh', sshArgs({ ...it.dial, logFile }, 'exit 0', it.extra), {
    ...shared.environment,
    ...attempt.environment,
  });
  let text = '';
  const take = (chunk: Buffer) => {
    if (text.length < 4096) text += chunk.toString('latin1');
  };
  wire.listen({ stdout: () => undefined, stderr: take });
  wire.end();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    wire.kill();
  }, PATIENCE);
  await wire.ended;
  clearTimeout(timer);
  return { log: await readLog(logFile), text: sanitizeLine(text), timedOut };
}

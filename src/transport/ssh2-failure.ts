// Why the ssh2 transport gave no login, in words a person can act on. Rules: the same causes have the same words as over ssh;
// what the host said is evidence, made safe.
import { EXIT, TargetError } from '../model/errors.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { REFUSED_HINTS, SILENT_HINTS } from './ssh-failure.ts';
import type { Authentication } from './ssh2-auth.ts';
import type { DialFailed, Ssh2Dial } from './ssh2-dial.ts';
import { ALGORITHMS } from './ssh2-library.ts';

type Words = { readonly message: string; readonly hints: readonly string[] };
type Failure = {
  readonly error: DialFailed;
  readonly where: string;
  readonly dial: Pick<Ssh2Dial, 'host' | 'address' | 'port'>;
  readonly auth: Authentication;
};

/** The error for a connection or login that failed; exit code 6. */
export function explainDial(it: Failure): TargetError {
  const { message, hints } = words(it);
  const evidence = it.error.detail === '' ? [] : [it.error.detail];
  return new TargetError(message, { where: it.where, hints, evidence, exitCode: EXIT.unreachable });
}

function words(it: Failure): Words {
  const { port } = it.dial;
  const host = sanitizeLine(it.dial.address ?? it.dial.host);
  switch (it.error.reason) {
    case 'unresolved':
      return {
        message: `the name ${host} cannot be resolved`,
        hints: ['check the spelling, or use the address'],
      };
    case 'refused':
      return {
        message: `connection refused: nothing listens on port ${port} of ${host}`,
        hints: REFUSED_HINTS,
      };
    case 'unreachable':
      return {
        message: `no route to ${host}`,
        hints: ['check the network of this machine'],
      };
    case 'no-answer':
      return {
        message: `no answer from port ${port} of ${host} in time`,
        hints: SILENT_HINTS,
      };
    case 'silent':
      return {
        message: 'the port accepts connections and then says nothing',
        hints: ['it may not be an ssh server, or the host is overloaded'],
      };
    case 'not-ssh':
      return /Not allowed at this time/.test(it.error.detail)
        ? {
            message: 'sshd holds a penalty against our address and closes every connection for now',
            hints: [
              'it ends by itself, mostly within a minute (PerSourcePenalties); wait, then run this again',
            ],
          }
        : { message: 'what answers there is not ssh', hints: ['check the port (user@host:port)'] };
    case 'closed':
      return {
        message: 'the server closed the connection before any login',
        hints: [
          'it may be no ssh server, hold a ban against our address (fail2ban), or have reached MaxStartups',
        ],
      };
    case 'algorithms':
      return algorithms(it.error.detail);
    case 'late':
      return { message: 'the login did not finish in time', hints: [] };
    case 'host-key':
      return { message: 'another host key answers there than the pinned one', hints: [] };
    case 'authentication':
      return refused(it);
  }
}

function algorithms(detail: string): Words {
  const kinds = [
    { pattern: /key exchange/, word: 'key exchange method', ours: ALGORITHMS.kex },
    { pattern: /host key/, word: 'host key type', ours: ALGORITHMS.hostKeys },
    { pattern: /cipher/, word: 'cipher', ours: ALGORITHMS.ciphers },
    { pattern: /MAC/, word: 'MAC', ours: ALGORITHMS.macs },
  ];
  const kind = kinds.find(({ pattern }) => pattern.test(detail));
  return {
    message: `no ${kind?.word ?? 'algorithm'} in common with the server`,
    hints: [
      ...(kind === undefined ? [] : [`the transport ssh2 offers: ${kind.ours.join(',')}`]),
      'it knows no post-quantum key exchange: install openssh-client and use --transport openssh',
    ],
  };
}

function refused({ auth, error }: Failure): Words {
  if (auth.badPassphrase())
    return {
      message: 'the passphrase does not open the private key',
      hints: ['run this again; it is asked once each time'],
    };
  if (/Too many authentication failures/.test(error.detail))
    return {
      message: `${auth.offered()} keys were offered and the server gave up before the right one`,
      hints: ['choose one identity with --identity FILE, or IdentityFile and IdentitiesOnly in ssh_config'],
    };
  const declined = auth.declined();
  return {
    message: `login refused${declined ? ': a question was not answered' : ''}`,
    hints: [
      `the server accepts: ${sanitizeLine(auth.methods()?.join(',') ?? 'nothing')}; keys offered: ${auth.offered()}`,
      declined
        ? 'run this in a terminal to be asked, or use a key the agent holds'
        : 'check the user name and the key (--identity FILE)',
    ],
  };
}

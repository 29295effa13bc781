// Why ssh ended before we had a shell, in words a person can act on. Rules: each cause has its own message (reliability.md
// C-45…C-56); what the host or ssh printed is evidence, sanitised, at most 20 lines.
import { EXIT, TargetError } from '../model/errors.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { SshLog } from './ssh-log.ts';

export type Failure = {
  readonly log: SshLog;
  /** Safe lines the far side printed on stdout and stderr. */
  readonly noise: readonly string[];
  readonly where: string;
  readonly identity?: string | undefined;
  /** A prompt was declined. */
  readonly declined: boolean;
  readonly jumpHostKey: string | undefined;
  /** The operator gave a passphrase for a private key. */
  readonly passphraseGiven: boolean;
  /** Algorithms we offer, for "no common algorithm". */
  readonly offered: { readonly [kind: string]: readonly string[] };
};

type Words = { readonly message: string; readonly hints: readonly string[] };
type Rule = { readonly pattern: RegExp; readonly words: (match: RegExpExecArray, it: Failure) => Words };

const WRONG_PASSPHRASE: Words = {
  message: 'the passphrase does not open the private key',
  hints: ['run this again; it is asked once each time'],
};

export const REFUSED_HINTS: readonly string[] = [
  'check the port (user@host:port) and that sshd runs',
  'a ban (fail2ban) answers like this too: "fail2ban-client unban ADDRESS" on the console of the host ends it, or come from another address',
];
export const SILENT_HINTS: readonly string[] = [
  'a firewall drops the packets (fail2ban, too, when it has banned this address), or the host is down',
];

const RULES: readonly Rule[] = [
  {
    pattern: /Could not resolve hostname (\S+?):/,
    words: (match) => ({
      message: `the name ${sanitizeLine(match[1] ?? '')} cannot be resolved`,
      hints: [
        'check the spelling, or use the address',
        'an ssh_config alias must be a Host name in your ~/.ssh/config',
      ],
    }),
  },
  {
    pattern: /connect to (?:host|address) (\S+) port (\d+): Connection refused/,
    words: (match) => ({
      message: `connection refused: nothing listens on port ${match[2]} of ${sanitizeLine(match[1] ?? '')}`,
      hints: REFUSED_HINTS,
    }),
  },
  {
    pattern: /connect to (?:host|address) (\S+) port (\d+): (?:Connection|Operation) timed out/,
    words: (match) => ({
      message: `no answer from port ${match[2]} of ${sanitizeLine(match[1] ?? '')} in time`,
      hints: SILENT_HINTS,
    }),
  },
  {
    pattern:
      /connect to (?:host|address) (\S+) port (\d+): (No route to host|Network is unreachable|Host is down)/,
    words: (match) => ({
      message: `no route to ${sanitizeLine(match[1] ?? '')} (${(match[3] ?? '').toLowerCase()})`,
      hints: ['check the network of this machine, or reach the host through --jump'],
    }),
  },
  {
    pattern: /Not allowed at this time/,
    words: () => ({
      message: 'sshd holds a penalty against our address and closes every connection for now',
      hints: ['it ends by itself, mostly within a minute (PerSourcePenalties); wait, then run this again'],
    }),
  },
  {
    pattern: /timed out during banner exchange|Connection timed out during/,
    words: () => ({
      message: 'the port accepts connections and then says nothing',
      hints: ['it may not be an ssh server, or the host is overloaded'],
    }),
  },
  {
    pattern: /no matching ([a-z -]+) found\. Their offer: (\S+)/,
    words: (match, it) => ({
      message: `no ${match[1]} in common with the server`,
      hints: [
        `the server offers: ${sanitizeLine(match[2] ?? '')}`,
        `this client offers: ${(it.offered[match[1] ?? ''] ?? []).join(',') || 'see ssh -G'}`,
        'a newer (or older) OpenSSH client on this machine, or the console of the host, is the way in',
      ],
    }),
  },
  {
    pattern: /kex_exchange_identification|Connection (?:closed|reset) by|invalid format.*banner|banner line/,
    words: () => ({
      message: 'the server closed the connection before any login',
      hints: [
        'it may be no ssh server, hold a ban against our address (fail2ban), or have reached MaxStartups',
      ],
    }),
  },
  {
    pattern: /Too many authentication failures/,
    words: (_match, it) => ({
      message: `the client offered ${it.log.offeredKeys} keys and the server gave up before the right one`,
      hints: ['choose one identity with --identity FILE, or IdentityFile and IdentitiesOnly in ssh_config'],
    }),
  },
  {
    pattern: /UNPROTECTED PRIVATE KEY FILE|bad permissions/,
    words: (_match, it) => ({
      message: 'the private key file can be read by others, so ssh ignores it',
      hints: [`chmod 600 ${it.identity === undefined ? 'FILE' : sanitizeLine(it.identity)}`],
    }),
  },
  {
    pattern: /incorrect passphrase|bad passphrase/i,
    words: () => WRONG_PASSPHRASE,
  },
  {
    pattern: /Load key "([^"]*)": (invalid format|error in libcrypto|unknown or unsupported key type)/,
    words: (match) => ({
      message: `the key file ${sanitizeLine(match[1] ?? '')} cannot be read: ${match[2]}`,
      hints: ['"ssh-keygen -l -f FILE" tells what it is; convert it or choose another with --identity'],
    }),
  },
  {
    pattern: /Permission denied \(([^)]*)\)/,
    words: (match, it) => ({
      message: `login refused${it.declined ? ': a question was not answered' : ''}`,
      hints: [
        `the server accepts: ${sanitizeLine(match[1] ?? '')}; keys offered: ${it.log.offeredKeys}`,
        it.declined
          ? 'run this in a terminal to be asked, or use a key the agent holds'
          : 'check the user name and the key (--identity FILE)',
      ],
    }),
  },
];

const AFTER_LOGIN: readonly { readonly pattern: RegExp; readonly words: Words }[] = [
  {
    pattern: /password (?:has )?expired|Password change required|must change your password/i,
    words: {
      message: 'the password of this user has expired, so the host allows nothing but changing it',
      hints: ['log in by hand and change it, then run this again'],
    },
  },
  {
    pattern: /account (?:has )?expired/i,
    words: {
      message: 'the account of this user has expired',
      hints: ['use another user, or "chage -E -1 USER" as root'],
    },
  },
  {
    pattern: /account is currently not available|nologin/i,
    words: { message: 'this user has no login shell (nologin)', hints: ['use another user'] },
  },
  {
    pattern: /only allowed to use sftp|sftp connections only|sftp only/i,
    words: { message: 'this user may only transfer files (sftp)', hints: ['use another user'] },
  },
];

/** The error for an ssh process that ended, or never gave us a shell. Exit code 6. */
export function explainFailure(it: Failure): TargetError {
  const evidence = [...it.log.messages.map((line) => sanitizeLine(line)), ...it.noise].slice(0, 20);
  return new TargetError(
    ...(({ message, hints }) =>
      [message, { where: it.where, hints, evidence, exitCode: EXIT.unreachable }] as const)(words(it)),
  );
}

/** The error for a login that worked and yet gave no shell of ours. Exit code 6. */
export function explainNoShell(noise: readonly string[], where: string): TargetError {
  const { message, hints } = afterLoginWords(noise.join('\n'));
  return new TargetError(message, {
    where,
    hints,
    evidence: noise.slice(0, 20),
    exitCode: EXIT.unreachable,
  });
}

function afterLoginWords(text: string): Words {
  const known = AFTER_LOGIN.find((rule) => rule.pattern.test(text));
  if (known) return known.words;
  return {
    message: 'login works but commands are replaced or refused (forced command, restricted shell, chroot?)',
    hints: [
      'use a user and a key with an ordinary shell; look at ForceCommand and command= in authorized_keys',
    ],
  };
}

function words(it: Failure): Words {
  const jump = it.jumpHostKey;
  if (jump !== undefined)
    return {
      message: 'the host key of the jump host is not known here',
      hints: ['connect to the jump host once with ssh and check its key, then run this again'],
    };
  const text = [...it.log.messages, ...it.noise].join('\n');
  if (it.log.authenticated !== undefined) return afterLoginWords(text);
  // The client says nothing about a wrong passphrase at this log level: the server took the key, yet no signature came.
  if (it.passphraseGiven && it.log.acceptedKey !== undefined && /Permission denied/.test(text))
    return WRONG_PASSPHRASE;
  for (const rule of RULES) {
    const match = rule.pattern.exec(text);
    if (match) return rule.words(match, it);
  }
  return { message: 'ssh could not log in', hints: ['"ssh -v" to the same host shows more'] };
}

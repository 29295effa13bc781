// Rules: see algorithms.ts for what is wanted; here is what it is judged by. The same list serves three questions about key
// exchange: nothing weak, post-quantum first, no group exchange whose groups nobody vouches for.
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { listOf, sshdOf } from '../../src/resources/sshd.ts';
import {
  POST_QUANTUM,
  rsaFloor,
  wantedCaAlgorithms,
  wantedCiphers,
  wantedHostKeyAlgorithms,
  wantedKex,
  wantedMacs,
  wantedPublicKeyAlgorithms,
} from './algorithms.ts';
import { hostKeyStrength } from './host-keys.ts';
import { cis, type OptionSpec, optionControl } from './option-control.ts';

const OLD_CLIENTS = 'Clients older than about ten years, and devices with old SSH stacks.';

function list(
  spec: Omit<OptionSpec, 'keywords' | 'want' | 'refusal'> & {
    readonly keyword: string;
    readonly names: (context: Context) => readonly string[];
  },
): OptionSpec {
  const { keyword, names, ...rest } = spec;
  return {
    ...rest,
    keywords: [keyword],
    want: (context) => {
      const wanted = names(context);
      return wanted.length === 0 ? [] : [{ keyword, values: [wanted.join(',')] }];
    },
    // C-30: never a list of which our own client has nothing.
    refusal: (context) =>
      names(context).length > 0
        ? undefined
        : `no algorithm left for ${keyword} that this host and your client (${context.connection.client.version}) both speak`,
  };
}

const kexWhy = 'What is recorded today can be read later, when a weak key exchange is broken.';

const kex = list({
  id: 'sshd.kex',
  title: 'Only strong key exchange',
  severity: 'high',
  why: kexWhy,
  references: ['ssh-audit hardening guides', ...cis('5.1.12', '5.1.12')],
  mayBreak: OLD_CLIENTS,
  keyword: 'KexAlgorithms',
  names: wantedKex,
});

const postQuantum = list({
  id: 'sshd.kex-post-quantum',
  title: 'Post-quantum key exchange comes first',
  severity: 'medium',
  why: `${kexWhy} A hybrid exchange also holds against quantum computers.`,
  references: cis('', '5.1.13'),
  mayBreak: 'Nothing: clients without it use the next algorithm, but in the strict policy.',
  keyword: 'KexAlgorithms',
  names: wantedKex,
  applies: (context) => POST_QUANTUM.some((name) => (sshdOf(context)?.supports.kex ?? [name]).includes(name)),
  compare: ({ values }) => (POST_QUANTUM.some((name) => name === listOf(values)[0]) ? 'same' : 'weaker'),
});

const groupExchange = list({
  id: 'sshd.group-exchange',
  title: 'No Diffie-Hellman group exchange',
  severity: 'low',
  why: 'It takes its groups from /etc/ssh/moduli, which may hold small ones; better exchanges need no such file.',
  references: ['ssh-audit hardening guides', 'OpenSSH moduli(5)'],
  mayBreak: OLD_CLIENTS,
  keyword: 'KexAlgorithms',
  names: wantedKex,
  compare: ({ values }) => (listOf(values).some((name) => /group-exchange/.test(name)) ? 'weaker' : 'same'),
});

const ciphers = list({
  id: 'sshd.ciphers',
  title: 'Only strong ciphers',
  severity: 'high',
  why: 'CBC and old stream ciphers leak plaintext to someone who can alter packets.',
  references: cis('5.1.6', '5.1.6'),
  mayBreak: OLD_CLIENTS,
  keyword: 'Ciphers',
  names: wantedCiphers,
});

const macs = list({
  id: 'sshd.macs',
  title: 'Only strong message authentication',
  severity: 'medium',
  why: 'SHA-1, MD5 and 64-bit tags are too weak; encrypt-then-MAC is the sound order.',
  references: cis('5.1.15', '5.1.16'),
  mayBreak: OLD_CLIENTS,
  keyword: 'MACs',
  names: wantedMacs,
});

const hostKeyAlgorithms = list({
  id: 'sshd.host-key-algorithms',
  title: 'The host shows itself with a strong key',
  severity: 'medium',
  why: 'SHA-1 signatures can be forged; ECDSA leaks its key when one random number is bad.',
  references: ['ssh-audit hardening guides'],
  mayBreak: 'Clients that know this host only by its ECDSA key ask about the new key once.',
  keyword: 'HostKeyAlgorithms',
  names: wantedHostKeyAlgorithms,
});

const publicKeys = list({
  id: 'sshd.pubkey-algorithms',
  title: 'People log in with strong keys',
  severity: 'medium',
  why: 'SHA-1 signatures can be forged; algorithms nobody uses here only add risk.',
  references: ['ssh-audit hardening guides'],
  mayBreak: 'Keys of a type that no account has today.',
  keyword: 'PubkeyAcceptedAlgorithms',
  names: wantedPublicKeyAlgorithms,
});

const authorities = list({
  id: 'sshd.ca-algorithms',
  title: 'Certificates are signed with strong algorithms',
  severity: 'low',
  why: 'A certificate is as good as the signature of its authority.',
  references: ['ssh-audit hardening guides'],
  mayBreak: 'Certificates of an authority with an old key.',
  keyword: 'CASignatureAlgorithms',
  names: wantedCaAlgorithms,
});

const rsaSize: OptionSpec = {
  id: 'sshd.rsa-size',
  title: 'No short RSA keys',
  severity: 'medium',
  why: 'RSA keys below 2048 bits can be factored; 3072 is today’s measure.',
  references: ['NIST SP 800-57', 'OpenSSH sshd_config(5) RequiredRSASize'],
  mayBreak: 'People with an RSA key shorter than the limit; keys that stand in accounts are respected.',
  keywords: ['RequiredRSASize'],
  want: (context) => {
    const { bits } = rsaFloor(context);
    return bits === undefined ? [] : [{ keyword: 'RequiredRSASize', values: [String(bits)] }];
  },
  refusal: (context) => {
    const { bits, because } = rsaFloor(context);
    return bits === undefined ? `${because}: replace it first` : undefined;
  },
};

export const crypto: readonly Control[] = [
  ...[kex, postQuantum, groupExchange, ciphers, macs].map(optionControl),
  hostKeyStrength,
  ...[hostKeyAlgorithms, publicKeys, rsaSize, authorities].map(optionControl),
];

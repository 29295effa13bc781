// The operator's own client and the host must still have one algorithm of each kind in common, and the host key that was pinned
// must stay: a host that shows another key is a host the client refuses.
import type { Refusal } from '../../model/plan.ts';
import { listOf } from '../../resources/sshd.ts';
import { allMine, type Guard, type GuardInput, shown } from './guard.ts';

type Kind = {
  readonly keyword: string;
  readonly word: string;
  readonly client: readonly string[];
  readonly live: string;
};

export const algorithmsGuard: Guard = {
  id: 'guard.algorithms',
  refuse(input) {
    const { client, kex, cipher, mac, transport } = input.context.connection;
    if (transport === 'local') return [];
    const kinds: readonly Kind[] = [
      { keyword: 'kexalgorithms', word: 'key exchange', client: client.kex, live: kex },
      { keyword: 'ciphers', word: 'cipher', client: client.ciphers, live: cipher },
      ...(authenticates(input) ? [] : [{ keyword: 'macs', word: 'MAC', client: client.macs, live: mac }]),
    ];
    return kinds.flatMap((kind) => missing(kind, input));
  },
};

function missing(kind: Kind, input: GuardInput): readonly Refusal[] {
  const offered = listOf(allMine(input, kind.keyword));
  const spoken = kind.client.length > 0 ? kind.client : kind.live === '' ? [] : [kind.live];
  if (offered.length === 0 || spoken.length === 0 || offered.some((name) => spoken.includes(name))) return [];
  const version = input.context.connection.client.version || 'your client';
  return [
    {
      guard: 'guard.algorithms',
      message: `no ${kind.word} left that this client supports: the host would offer ${shown(offered.join(', '))}; ${shown(version)} has none of them`,
      remedy: `keep ${shown(kind.live || (kind.client[0] ?? ''))}, or connect with a newer client and plan again`,
    },
  ];
}

/** Every cipher both sides have brings its own authentication, so no MAC is needed. */
function authenticates(input: GuardInput): boolean {
  const offered = listOf(allMine(input, 'ciphers'));
  const { client } = input.context.connection;
  const common = offered.filter((name) => client.ciphers.includes(name));
  return common.length > 0 && common.every((name) => /gcm@|chacha20-poly1305/.test(name));
}

export const hostKeyGuard: Guard = {
  id: 'guard.host-key',
  refuse(input) {
    const { connection, readings } = input.context;
    if (connection.transport === 'local' || connection.hostKey === '' || readings.sshd.kind !== 'known')
      return [];
    const pinned = readings.sshd.value.hostKeys.find((key) => key.fingerprint === connection.hostKey);
    const files = allMine(input, 'hostkey');
    if (pinned !== undefined && files.length > 0 && !files.includes(pinned.path)) {
      return [
        {
          guard: 'guard.host-key',
          message: `the host key your client knows, ${shown(pinned.path)} (${shown(connection.hostKey)}), would no longer be shown`,
          remedy: 'keep its HostKey line',
        },
      ];
    }
    const type = connection.hostKeyType;
    const names = type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type];
    const offered = listOf(allMine(input, 'hostkeyalgorithms'));
    const spoken = connection.client.hostKeys;
    const usable = names.filter((name) => spoken.length === 0 || spoken.includes(name) || type === 'ssh-rsa');
    if (type === '' || offered.length === 0 || usable.some((name) => offered.includes(name))) return [];
    return [
      {
        guard: 'guard.host-key',
        message: `the host key your client knows is of type ${shown(type)}, which HostKeyAlgorithms would no longer offer`,
        remedy: `keep ${names[0]} in HostKeyAlgorithms`,
      },
    ];
  },
};

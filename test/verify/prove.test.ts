// Decisions of src/verify on answers made up here; what real hosts answer is in test/lab.
import { describe, expect, test } from 'vitest';
import type { Proof, ProofCheck } from '../../src/model/control.ts';
import { TargetError } from '../../src/model/errors.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { WebProbes } from '../../src/model/outside.ts';
import type { Connection, DoorProbe, FreshOptions, Transport } from '../../src/model/target.ts';
import { renderForShell } from '../../src/text/command.ts';
import { proveAll } from '../../src/verify/index.ts';

const CONNECTION: Connection = {
  transport: 'openssh',
  user: 'ana',
  address: '192.0.2.1',
  port: 22,
  hostKey: 'SHA256:host',
  hostKeyType: 'ssh-ed25519',
  method: 'publickey',
  keyFingerprint: 'SHA256:ana',
  root: 'sudo',
  kex: '',
  cipher: '',
  mac: '',
  client: { version: '', kex: [], ciphers: [], macs: [], hostKeys: [], publicKeys: [] },
  viaProxy: false,
};

const SILENT: WebProbes = {
  handshake: async () => ({ kind: 'untold', why: 'silence' }),
  request: async () => ({ kind: 'untold', why: 'silence' }),
};

type World = {
  /** Sections after the nonce, e.g. "effective 0 ,\nport 22". Undefined: the connection is lost. */
  readonly inside?: readonly string[];
  readonly door?: (options: { port: number; address?: string; user?: string }) => DoorProbe;
  readonly login?: (options: FreshOptions) => Partial<Connection> | TargetError;
  readonly web?: Partial<WebProbes>;
};

/** A transport that plays one world and counts what is asked of it. */
function play(world: World) {
  const asked = { runs: 0, probes: [] as string[], logins: [] as string[], closed: 0 };
  const make = (connection: Connection): Transport => ({
    connection,
    async run(it): Promise<Outcome> {
      asked.runs += 1;
      if (world.inside === undefined) return { kind: 'lost', reason: 'cut' };
      const nonce = /\b[0-9a-f]{24}\b/.exec(renderForShell(it))?.[0] ?? '';
      const stdout = [...world.inside, 'end'].map((section) => `${nonce} ${section}\n`).join('');
      return { kind: 'exited', code: 0, stdout, stderr: '', truncated: false };
    },
    async fresh(options = {}) {
      asked.logins.push(`${options.user}@${options.address ?? ''}:${options.port}`);
      const made = world.login?.(options) ?? {};
      if (made instanceof TargetError) throw made;
      return make({
        ...connection,
        user: options.user ?? connection.user,
        port: options.port ?? connection.port,
        ...made,
      });
    },
    async probe(options) {
      asked.probes.push(`${options.user ?? ''}@${options.address ?? ''}:${options.port}`);
      return world.door?.(options) ?? { kind: 'open', hostKey: 'SHA256:host', methods: ['publickey'] };
    },
    counts: () => ({ exchanges: 0, connections: 0, logins: 0 }),
    lost: () => false,
    async close() {
      asked.closed += 1;
    },
  });
  return { transport: make(CONNECTION), fresh: make(CONNECTION), asked };
}

function proof(check: ProofCheck, expected: Proof['expect'] = 'works'): Proof {
  const inside = check.kind === 'sshd-effective' || check.kind === 'listener';
  const viewpoint = inside ? 'inside' : check.kind === 'login' ? 'fresh-login' : 'outside';
  return {
    id: `sshd.${JSON.stringify(check)}${expected}`,
    title: 'it holds',
    viewpoint,
    expect: expected,
    check,
  };
}

async function outcomes(world: World, proofs: readonly Proof[]) {
  const { transport, fresh, asked } = play(world);
  const results = await proveAll(proofs, { transport, fresh, web: { ...SILENT, ...world.web } });
  return {
    words: results.map((result) => result.outcome),
    seen: results.map((result) => result.seen),
    asked,
  };
}

const effective = (keyword: string, value: string): ProofCheck => ({
  kind: 'sshd-effective',
  keyword,
  value,
});

describe('inside proofs', () => {
  const inside = [
    'effective 0 ,\npasswordauthentication no\npermitrootlogin without-password\nallowusers deploy\nallowusers ana\nport 22\nport 2222',
    'listeners\ntcp 0016 sshd\ntcp6 0016 sshd\ntcp 08AE systemd',
    'addresses',
  ];

  test('hold both ways round, from one exchange for all of them', async () => {
    const { words, asked } = await outcomes({ inside }, [
      proof(effective('PasswordAuthentication', 'no')),
      proof(effective('PasswordAuthentication', 'yes')),
      proof(effective('PasswordAuthentication', 'yes'), 'fails'),
      proof(effective('PermitRootLogin', 'prohibit-password')),
      proof(effective('AllowUsers', 'ana deploy')),
      proof(effective('AllowUsers', 'ana')),
      proof({ kind: 'listener', port: 22 }),
      proof({ kind: 'listener', port: 2222 }),
      proof({ kind: 'listener', port: 8022 }),
      proof({ kind: 'listener', port: 22 }, 'fails'),
      proof({ kind: 'listener', port: 8022 }, 'fails'),
    ]);
    const expected =
      'proved disproved proved proved proved disproved proved proved disproved disproved proved';
    expect(words).toEqual(expected.split(' '));
    expect(asked.runs).toBe(1);
    expect(asked.probes).toEqual([]);
  });

  test('are undecided, never proved, when sshd says nothing, fails, or was not asked', async () => {
    const broken = [
      'effective 255 ,\n/etc/ssh/sshd_config: line 3: Bad configuration option',
      'listeners',
      'addresses',
    ];
    for (const expected of ['works', 'fails'] as const) {
      expect((await outcomes({ inside }, [proof(effective('NoSuchKeyword', 'x'), expected)])).words).toEqual([
        'undecided',
      ]);
      expect((await outcomes({ inside: broken }, [proof(effective('Port', '22'), expected)])).words).toEqual([
        'undecided',
      ]);
      const cut = await outcomes({}, [proof({ kind: 'listener', port: 22 }, expected)]);
      expect(cut.words).toEqual(['undecided']);
      expect(cut.seen[0]).toContain('the connection was lost');
    }
  });

  test('cannot be forged by text that looks like an answer', async () => {
    const forged = [
      'effective 0 ,\ndeadbeef listeners\ntcp 08AE sshd\npasswordauthentication yes',
      'listeners',
      'addresses',
    ];
    const { words } = await outcomes({ inside: forged }, [proof({ kind: 'listener', port: 2222 })]);
    expect(words).toEqual(['disproved']);
  });
});

describe('proofs of logins', () => {
  const inside = ['addresses'];
  const login = (user: string, port: number): ProofCheck => ({ kind: 'login', user, port, root: true });

  test('take the login that carries them, and make no second one', async () => {
    const { words, asked } = await outcomes({ inside }, [proof(login('ana', 22))]);
    expect(words).toEqual(['proved']);
    expect(asked.logins).toEqual([]);
  });

  test('make a login of their own for another port, and close it', async () => {
    const { words, asked } = await outcomes({ inside }, [proof(login('ana', 2222))]);
    expect(words).toEqual(['proved']);
    expect(asked.logins).toEqual(['ana@:2222']);
    expect(asked.closed).toBe(1);
  });

  test('fail when the login is refused or does not reach root', async () => {
    const refused = () =>
      new TargetError('login refused', { evidence: ['ana: Permission denied (publickey).'] });
    expect((await outcomes({ inside, login: refused }, [proof(login('ana', 2222))])).words).toEqual([
      'disproved',
    ]);
    const plain = await outcomes({ inside, login: () => ({ root: 'none' }) }, [proof(login('ana', 2222))]);
    expect(plain.words).toEqual(['disproved']);
    expect((await outcomes({ inside, login: refused }, [proof(login('root', 22), 'fails')])).words).toEqual([
      'proved',
    ]);
  });

  test('prove no refusal when nothing answered', async () => {
    const dead = () => new TargetError('no answer from port 22 in time');
    expect((await outcomes({ inside, login: dead }, [proof(login('root', 22), 'fails')])).words).toEqual([
      'undecided',
    ]);
  });
});

describe('proofs at the door', () => {
  const inside = ['addresses'];
  const method = (name: string): ProofCheck => ({ kind: 'method', user: 'ana', port: 22, method: name });

  test('visit it once for all methods', async () => {
    const { words, asked } = await outcomes({ inside }, [
      proof(method('publickey')),
      proof(method('password'), 'fails'),
      proof(method('password')),
      proof(method('publickey'), 'fails'),
    ]);
    expect(words).toEqual(['proved', 'proved', 'disproved', 'disproved']);
    expect(asked.probes).toEqual(['ana@:22']);
  });

  test('decide nothing about methods behind a closed door', async () => {
    const door = (): DoorProbe => ({ kind: 'closed', reason: 'refused', detail: '' });
    expect((await outcomes({ inside, door }, [proof(method('password'), 'fails')])).words).toEqual([
      'undecided',
    ]);
  });

  test.each([
    ['refused', 'proved'],
    ['timeout', 'proved'],
    ['unreachable', 'undecided'],
    ['not-ssh', 'disproved'],
    ['other-host-key', 'disproved'],
  ] as const)('a port that is %s: closed is %s', async (reason, expected) => {
    const door = (): DoorProbe => ({ kind: 'closed', reason, detail: '' });
    expect((await outcomes({ inside, door }, [proof({ kind: 'port', port: 22 }, 'fails')])).words).toEqual([
      expected,
    ]);
  });

  test('a port that answers is open', async () => {
    expect((await outcomes({ inside }, [proof({ kind: 'port', port: 22 })])).words).toEqual(['proved']);
    expect((await outcomes({ inside }, [proof({ kind: 'port', port: 22 }, 'fails')])).words).toEqual([
      'disproved',
    ]);
  });
});

describe('families', () => {
  const inside = ['addresses\n192.0.2.1/24\n2a00:1450::5/64'];
  const login: ProofCheck = { kind: 'login', user: 'ana', port: 22, root: true };

  test('both are proved where both reach the host', async () => {
    const { words, seen, asked } = await outcomes({ inside }, [proof(login)]);
    expect(words).toEqual(['proved']);
    expect(asked.logins).toEqual(['ana@2a00:1450::5:22']);
    expect(seen[0]).toMatch(/IPv4: .*; IPv6: /);
  });

  test('one that fails in the second family is not proved', async () => {
    const refused = () => new TargetError('login refused', { evidence: ['Permission denied'] });
    expect((await outcomes({ inside, login: refused }, [proof(login)])).words).toEqual(['disproved']);
  });

  test('a login that shall be refused is tried once, in one family, after those that shall work', async () => {
    const refused = (options: FreshOptions) =>
      options.user === 'root' ? new TargetError('login refused', { evidence: ['Permission denied'] }) : {};
    const root: ProofCheck = { kind: 'login', user: 'root', port: 22, root: false };
    const { words, asked } = await outcomes({ inside, login: refused }, [
      proof(root, 'fails'),
      proof({ ...login, port: 2222 }),
    ]);
    expect(words).toEqual(['proved', 'proved']);
    expect(asked.logins).toEqual(['ana@:2222', 'ana@2a00:1450::5:2222', 'root@:22']);
  });

  test('what cannot be reached from here is not claimed, and said', async () => {
    const door = (): DoorProbe => ({ kind: 'closed', reason: 'unreachable', detail: '' });
    const { words, seen, asked } = await outcomes({ inside, door }, [proof(login)]);
    expect(words).toEqual(['proved']);
    expect(seen[0]).toContain('IPv6 is not reachable from here and was not tried');
    expect(asked.logins).toEqual([]);
  });

  test('through a port forward the other family is not tried: its door has another number, and silence would cost time', async () => {
    const forwarded = [...inside, 'door 2222'];
    const { words, seen, asked } = await outcomes({ inside: forwarded }, [proof(login)]);
    expect(words).toEqual(['proved']);
    expect(seen[0]).toContain(
      'you come through a port forward (22 here is 2222 there), so IPv6 was not tried',
    );
    expect(asked.probes).toEqual([]);
    expect((await outcomes({ inside: [...inside, 'door 22'] }, [proof(login)])).asked.logins).not.toEqual([]);
  });

  test('an address of a private network is not dialled from outside it', async () => {
    const { asked } = await outcomes({ inside: ['addresses\nfd00::5'] }, [proof(login)]);
    expect(asked.probes).toEqual([]);
  });

  test('a proof that names a family nobody can try is undecided', async () => {
    const { words } = await outcomes({ inside: ['addresses'] }, [proof({ ...login, family: 'ipv6' })]);
    expect(words).toEqual(['undecided']);
  });
});

describe('proofs about web servers', () => {
  const door = { name: 'shop.example', port: 443, family: 'ipv4' } as const;
  const tls = (more: object): ProofCheck => ({ kind: 'tls', ...door, ...more });
  const http = (more: object): ProofCheck => ({
    ...{ kind: 'http', ...door, tls: true, path: '/', redirect: false, headers: [] },
    ...more,
  });
  const done = { kind: 'done', version: 'TLSv1.3', certificate: 'a'.repeat(64) } as const;

  test('a handshake is held against the certificate, and only the far side can refuse one', async () => {
    const proofs = [
      proof(tls({ certificate: 'a'.repeat(64) })),
      proof(tls({ certificate: 'b'.repeat(64) })),
      proof(tls({ version: 'TLSv1' }), 'fails'),
      proof(tls({ version: 'TLSv1.1' }), 'fails'),
    ];
    const handshake: WebProbes['handshake'] = async ({ address, version }) => {
      expect(address).toBe('192.0.2.1');
      if (version === 'TLSv1') return { kind: 'refused', why: 'alert' };
      return version === 'TLSv1.1' ? { kind: 'untold', why: 'cannot' } : done;
    };
    const { words } = await outcomes({ inside: [], web: { handshake } }, proofs);
    expect(words).toEqual(['proved', 'disproved', 'proved', 'undecided']);
    const old = await outcomes({ inside: [], web: { handshake: async () => done } }, proofs.slice(2));
    expect(old.words).toEqual(['disproved', 'disproved']);
  });

  test('an answer is held against where it leads and every header, as each was sent', async () => {
    const hsts = { name: 'Strict-Transport-Security', value: 'max-age=300' };
    const answer = (status: number, headers: Readonly<Record<string, string>>): WebProbes => ({
      ...SILENT,
      request: async () => ({
        ...{ kind: 'answered', status },
        headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      }),
    });
    const ask = async (web: WebProbes, more: object) =>
      (await outcomes({ inside: [], web }, [proof(http(more))])).words[0];
    expect(await ask(answer(301, { location: 'http://shop.example/' }), { redirect: true })).toBe(
      'disproved',
    );
    expect(await ask(answer(200, {}), { redirect: true })).toBe('disproved');
    const sent = answer(200, { 'strict-transport-security': 'max-age=300' });
    expect(await ask(sent, { headers: [hsts] })).toBe('proved');
    expect(await ask(answer(200, {}), { headers: [hsts] })).toBe('disproved');
    expect(await ask(SILENT, { headers: [hsts] })).toBe('undecided');
    const twice = { name: 'strict-transport-security', value: hsts.value };
    const doubled = async () => ({ kind: 'answered', status: 200, headers: [twice, twice] }) as const;
    expect(await ask({ ...SILENT, request: doubled }, { headers: [hsts] })).toBe('disproved');
  });

  test.each<[string, number, string | undefined, string]>([
    ['a page', 200, undefined, 'proved'],
    ['a page of the site', 302, '/start', 'proved'],
    ['another name', 301, 'https://www.shop.example/', 'proved'],
    ['the same page', 301, 'https://shop.example/', 'disproved'],
    ['the same page, in short', 302, '/', 'disproved'],
    ['the plain page', 308, 'http://shop.example/', 'disproved'],
    ['silence', 0, undefined, 'undecided'],
  ])('a redirect is followed once, by name: https answers with %s', async (_, status, location, word) => {
    const asked: unknown[] = [];
    const request: WebProbes['request'] = async ({ port, name, tls: over, path }) => {
      asked.push([port, name, over, path]);
      if (!over)
        return {
          kind: 'answered',
          status: 301,
          headers: [{ name: 'location', value: 'https://shop.example/' }],
        };
      if (status === 0) return { kind: 'untold', why: 'nothing answers' };
      return {
        kind: 'answered',
        status,
        headers: location === undefined ? [] : [{ name: 'location', value: location }],
      };
    };
    const check = http({ port: 80, tls: false, redirect: true });
    expect((await outcomes({ inside: [], web: { ...SILENT, request } }, [proof(check)])).words).toEqual([
      word,
    ]);
    expect(asked).toEqual([
      [80, 'shop.example', false, '/'],
      [443, 'shop.example', true, '/'],
    ]);
  });
});

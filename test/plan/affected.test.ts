import { describe, expect, test } from 'vitest';
import type { EffectiveSshd, SshdFact } from '../../src/facts/values.ts';
import { affected } from '../../src/plan/affected.ts';
import { account, contextOf, DEFAULTS, FINGERPRINT } from '../resources/contexts.ts';

const STRICT: EffectiveSshd = { ...DEFAULTS, passwordauthentication: ['no'], requiredrsasize: ['3072'] };
const deploy = account('deploy');
const RSA = { ...(deploy.keys[0] as object), type: 'ssh-rsa', bits: 2048, fingerprint: 'SHA256:rsa' };
const DSS = { ...(deploy.keys[0] as object), type: 'ssh-dss', bits: 1024, fingerprint: 'SHA256:dss' };

function login(more: Partial<SshdFact['recentLogins'][number]> = {}): SshdFact['recentLogins'][number] {
  return {
    user: 'deploy',
    method: 'publickey',
    address: '203.0.113.5',
    fingerprint: FINGERPRINT,
    epochSeconds: 1,
    ...more,
  };
}

function told(
  recentLogins: SshdFact['recentLogins'],
  it: {
    readonly after?: EffectiveSshd;
    readonly before?: EffectiveSshd;
    readonly keys?: readonly object[];
    readonly table?: string;
  } = {},
) {
  const { keys = deploy.keys, before = DEFAULTS, after = STRICT, table } = it;
  const accounts = [account('root'), account('ana'), { ...deploy, keys: keys as never }];
  const context = contextOf({ accounts, sshd: { recentLogins, effective: before } });
  const last = { general: after, logins: [] } as never;
  const change = { address: 'nft-table:inet portcullis', action: 'create', after: table } as never;
  return affected({ context, last, changes: table === undefined ? [] : [change] });
}

describe('who came in with a password', () => {
  const typed = login({ method: 'password', fingerprint: null });
  test('is named once, with where from, and whether a key is there', () => {
    const more = ['203.0.113.6', '203.0.113.7', '203.0.113.8'].map((address) => ({ ...typed, address }));
    expect(told([typed, ...more])).toEqual([
      'deploy came in with a password within 30 days (from 203.0.113.5, 203.0.113.6, 203.0.113.7 and 1 more); from then on only a key lets this account in; one is there',
    ]);
    expect(told([typed], { keys: [] })[0]).toContain('put one there first');
    expect(told([typed], { keys: [{ ...RSA, problem: 'mode 0666' }] })[0]).toContain('put one there first');
  });

  test.each([
    ['passwords stay', [typed], { after: DEFAULTS }],
    ['passwords were off before', [typed], { before: STRICT }],
    ['it is the operator', [{ ...typed, user: 'ana' }], {}],
    ['the account is gone', [{ ...typed, user: 'old' }], {}],
    ['he came with a key', [login()], {}],
  ] as const)('is not named where %s', (_, logins, it) => {
    expect(told(logins, it)).toEqual([]);
  });

  test('through keyboard-interactive counts as well', () => {
    const asked = login({ method: 'keyboard-interactive/pam' });
    const on = { ...DEFAULTS, kbdinteractiveauthentication: ['yes'] };
    expect(told([asked], { before: on })[0]).toContain('deploy came in with a password');
    expect(told([asked], { before: on, after: on })).toEqual([]);
  });
});

describe('who came in with a key that is taken no more', () => {
  test('is named with the reason, once for each key', () => {
    const used = login({ fingerprint: 'SHA256:rsa' });
    const lines = told([used, { ...used, address: '203.0.113.6' }, login({ fingerprint: 'SHA256:dss' })], {
      keys: [RSA, DSS],
      before: { ...DEFAULTS, pubkeyacceptedalgorithms: ['ssh-ed25519,rsa-sha2-512,ssh-dss'] },
    });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('SHA256:rsa within 30 days, and it is taken no more: an RSA key of 2048 bits');
    expect(lines[1]).toContain('keys of type ssh-dss are refused');
  });

  test('is not named for a key that was refused before, or that is not in the account', () => {
    expect(told([login({ fingerprint: 'SHA256:dss' })], { keys: [DSS] })).toEqual([]);
    expect(told([login({ fingerprint: 'SHA256:else' })])).toEqual([]);
  });
});

describe('who came from where the planned rules let nobody in', () => {
  const table = (sources: string) => `table inet portcullis {
    chain input {
      type filter hook input priority filter; policy drop;
      ${sources} tcp dport 22 accept comment "ssh"
    }
  }`;
  test('is named with the way to let that network in', () => {
    expect(
      told([login(), login({ address: '198.51.100.9' })], { table: table('ip saddr 198.51.100.0/24') }),
    ).toEqual([
      'deploy came in within 30 days from where these rules let nobody reach SSH (from 203.0.113.5); add the network to firewall.ssh-from if that should go on',
    ]);
  });
  test('is nobody where everybody may knock', () => {
    expect(told([login()], { table: table('') })).toEqual([]);
  });
});

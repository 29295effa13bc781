import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import { unknown } from '../../src/model/outcome.ts';
import type { Resource } from '../../src/model/resource.ts';
import { diffResources } from '../../src/resources/index.ts';
import { parsePublicKey } from '../../src/resources/public-key.ts';
import { compareOption, intersectAlgorithms } from '../../src/resources/sshd.ts';
import { account, configFile, contextOf, FINGERPRINT, KEY, MAIN } from './contexts.ts';
import { publicKeyLine } from './keys.ts';

function diff(context: Context, ...resources: Resource[]) {
  return diffResources(
    resources.map((resource) => ({ resource, step: 'sshd', control: 'sshd.test', why: 'Because.' })),
    context,
  );
}

const INCLUDED = 'Include /etc/ssh/sshd_config.d/*.conf\n';

describe('a file', () => {
  test('with the right bytes, mode and owner is left alone, with a reason', () => {
    const it = diff(contextOf(), { kind: 'file', path: MAIN, content: INCLUDED, mode: '0644' });
    expect(it.changes).toMatchObject([
      { action: 'none', primitives: [], title: expect.stringContaining('nothing to do') },
    ]);
  });

  test('gets another mode without other bytes', () => {
    const it = diff(contextOf(), { kind: 'file', path: MAIN, mode: '0600' });
    expect(it.changes).toMatchObject([
      {
        action: 'update',
        before: INCLUDED,
        after: INCLUDED,
        primitives: [{ kind: 'put-file', mode: '0600' }],
      },
    ]);
  });

  test('that nobody looked at is not known, never assumed away', () => {
    expect(diff(contextOf(), { kind: 'file', path: '/etc/other', content: 'x' }).unknown).toEqual([
      'nobody looked at /etc/other, so what would change there is not known',
    ]);
  });

  test('that is a link is edited where it leads', () => {
    const files = [configFile(MAIN, INCLUDED, { realPath: '/srv/config/sshd', nlink: 2 })];
    const it = diff(
      contextOf({ sshd: { files } }),
      { kind: 'sshd-option', keyword: 'Port', values: ['22', '2222'] },
      {
        kind: 'file',
        path: '/etc/ssh/sshd_config.d/x.conf',
        content: 'x\n',
      },
    );
    expect(it.changes.map((change) => change.address)).toContain('file:/etc/ssh/sshd_config.d/x.conf');
    const edit = diff(contextOf({ sshd: { files } }), { kind: 'file', path: MAIN, content: 'Port 22\n' });
    expect(edit.changes[0]?.address).toBe('file:/srv/config/sshd');
    expect(edit.notes[0]).toContain('2 hard-linked names');
  });

  test.each(['etc/x', '/etc/../x', '/etc/*.conf'])('path %s is refused', (path) => {
    expect(() => diff(contextOf(), { kind: 'file', path, content: '' })).toThrow(
      'a path must be absolute and literal',
    );
  });
});

describe('a unit', () => {
  test('in the right state is left alone; else only what differs is done', () => {
    expect(
      diff(contextOf(), { kind: 'unit', name: 'ssh.service', enabled: true, active: true }).changes,
    ).toMatchObject([{ action: 'none', title: 'nothing to do: enabled, active' }]);
    const off = diff(contextOf(), { kind: 'unit', name: 'ssh.service', active: false, enabled: false });
    expect(off.changes[0]?.primitives).toMatchObject([{ verb: 'stop' }, { verb: 'disable' }]);
    expect(off.changes[0]?.risk).toBe('lockout');
    expect(diff(contextOf(), { kind: 'unit', name: 'cron.service', active: true }).unknown).toHaveLength(1);
    const again = diff(contextOf(), { kind: 'unit', name: 'ssh.service', reload: true });
    expect(again.changes).toMatchObject([
      { action: 'reload', primitives: [{ kind: 'unit', name: 'ssh.service', verb: 'reload' }] },
    ]);
  });
});

describe('an authorized key', () => {
  test('for an account without any file comes with its folder, both closed to others', () => {
    const ana = account('ana', { keys: [], keyFiles: [] });
    const it = diff(contextOf({ accounts: [ana] }), { kind: 'authorized-key', user: 'ana', line: KEY });
    expect(it.changes[0]).toMatchObject({
      action: 'create',
      before: null,
      after: `${KEY}\n`,
      base: { kind: 'absent' },
      primitives: [
        {
          path: '/home/ana/.ssh/authorized_keys',
          mode: '0600',
          uid: 1000,
          gid: 1000,
          parents: [{ path: '/home/ana/.ssh', mode: '0700', uid: 1000, gid: 1000 }],
        },
      ],
    });
    expect(it.notes).toEqual([`adds an SSH key for ana: ${FINGERPRINT}`]);
  });

  test('in a file open to others closes it', () => {
    const file = configFile('/home/ana/.ssh/authorized_keys', `${KEY}\n`, {
      mode: '0666',
      uid: 1000,
      gid: 1000,
    });
    const ana = account('ana', { keyFiles: [file] });
    const it = diff(contextOf({ accounts: [ana] }), {
      kind: 'authorized-key',
      user: 'ana',
      line: publicKeyLine('new'),
    });
    expect(it.changes[0]?.primitives[0]).toMatchObject({ mode: '0600' });
  });

  test('for an account that is not there, or text that is not a key, is told with the rest', () => {
    expect(() => diff(contextOf(), { kind: 'authorized-key', user: 'eve', line: KEY })).toThrow(
      'no such account',
    );
    expect(() =>
      diff(contextOf(), { kind: 'authorized-key', user: 'ana', line: 'ssh-ed25519 AAAA' }),
    ).toThrow('not whole');
  });

  test('is not known where accounts are not', () => {
    const context = contextOf({ readings: { accounts: unknown('permission denied') } });
    expect(diff(context, { kind: 'authorized-key', user: 'ana', line: KEY }).unknown).toHaveLength(1);
  });

  test.each([
    ['ssh-rsa not-base64 x', /cannot be read/],
    [KEY.replace('ssh-ed25519', 'ssh-rsa'), /its content says something else/],
    [`${KEY.slice(0, 60)}`, /not whole/],
    ['hello', /not a public key/],
    [`${KEY}\n${KEY}`, /one line/],
    ['PuTTY-User-Key-File-3: ssh-ed25519', /PRIVATE/],
  ])('%s is refused with the reason', (line, reason) => {
    const key = parsePublicKey(line);
    expect('problem' in key ? key.problem : '').toMatch(reason);
  });

  test('with options and blanks in quotes is read whole', () => {
    expect(parsePublicKey(`from="10.0.0.0/8",command="echo a b" ${KEY}`)).toMatchObject({
      options: 'from="10.0.0.0/8",command="echo a b"',
      fingerprint: FINGERPRINT,
      comment: 'ana@desk',
    });
  });
});

describe('comparing options', () => {
  test.each([
    ['PermitRootLogin', 'without-password', 'prohibit-password', 'same'],
    ['PermitRootLogin', 'no', 'prohibit-password', 'stricter'],
    ['PermitRootLogin', 'yes', 'no', 'weaker'],
    ['LoginGraceTime', '2m', '60', 'weaker'],
    ['LoginGraceTime', '1m', '60', 'same'],
    ['LoginGraceTime', '1', '60', 'beyond-floor'],
    ['LoginGraceTime', '0', '60', 'weaker'],
    ['MaxSessions', '0', '10', 'beyond-floor'],
    ['MaxStartups', '10:30:60', '10:30:60', 'same'],
    ['MaxStartups', '10:30:100', '10:30:60', 'weaker'],
    ['MaxStartups', '1', '10:30:60', 'beyond-floor'],
    ['RequiredRSASize', '4096', '3072', 'stricter'],
    ['Ciphers', 'aes256-ctr', 'aes256-ctr,aes128-ctr', 'stricter'],
    ['Ciphers', 'aes256-ctr,3des-cbc', 'aes256-ctr', 'weaker'],
    ['DenyUsers', 'a b', 'a', 'stricter'],
    ['Banner', '/etc/Issue', '/etc/issue', 'different'],
    ['X11Forwarding', 'Yes', 'no', 'weaker'],
  ])('%s %s against %s is %s', (keyword, have, want, verdict) => {
    expect(compareOption(keyword, [have], [want])).toBe(verdict);
  });

  test('algorithms are those the host speaks, and none at all when the client would have none', () => {
    const wanted = ['mlkem768x25519-sha256', 'curve25519-sha256'];
    expect(intersectAlgorithms({ wanted, host: ['curve25519-sha256', 'ecdh'] })).toEqual([
      'curve25519-sha256',
    ]);
    expect(intersectAlgorithms({ wanted, host: wanted, client: ['curve25519-sha256'] })).toEqual(wanted);
    expect(intersectAlgorithms({ wanted, host: wanted, client: ['ecdh'] })).toEqual([]);
  });
});

test('sshd that could not be read makes nothing known about its options', () => {
  const context = contextOf({ readings: { sshd: unknown('not root') } });
  expect(diff(context, { kind: 'sshd-option', keyword: 'Port', values: ['22'] }).unknown).toEqual([
    'the sshd configuration could not be read: not root',
  ]);
});

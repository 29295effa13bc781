import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lexSshdFile, originsOf, parseSshdFiles } from '../../src/facts/sshd-config.ts';
import type { SshdOptionResource } from '../../src/model/resource.ts';
import { accumulates } from '../../src/resources/sshd.ts';
import { editTree } from '../../src/resources/sshd-edit.ts';
import { INCLUDE_LINE, MARKER, OWN_FILE, type Tree } from '../../src/resources/sshd-tree.ts';
import { DEFAULTS, MAIN } from './contexts.ts';

function tree(files: Readonly<Record<string, string>>): Tree {
  return Object.entries(files).map(([path, text]) => ({ path, realPath: path, text }));
}

function option(keyword: string, values: string | readonly string[], more: Partial<SshdOptionResource> = {}) {
  return { kind: 'sshd-option', keyword, values: [values].flat(), ...more } as SshdOptionResource;
}

function edit(files: Readonly<Record<string, string>>, ...wanted: SshdOptionResource[]) {
  const result = editTree({ tree: tree(files), wanted, effective: DEFAULTS });
  return { ...result, text: (path: string) => result.tree.find((file) => file.path === path)?.text };
}

const INCLUDED = `${INCLUDE_LINE}\n`;
const body = (text: string | undefined) => (text ?? '').replace(/^#.*\n/gm, '');

describe('options that end in our drop-in', () => {
  test('go into one file, in the order of the alphabet, under a header that says how to undo', () => {
    const it = edit({ [MAIN]: INCLUDED }, option('X11Forwarding', 'no'), option('MaxAuthTries', '4'));
    expect(body(it.text(OWN_FILE))).toBe('MaxAuthTries 4\n');
    expect(it.kept).toEqual([{ keyword: 'x11forwarding', value: 'no', stricter: false }]);
    expect(it.text(OWN_FILE)).toMatch(/^# Written by Portcullis/);
    expect(it.text(OWN_FILE)).toContain('portcullis rollback');
    expect(it.text(MAIN)).toBe(INCLUDED);
  });

  test('win over 50-cloud-init.conf without touching it, because it is read later', () => {
    const cloud = '/etc/ssh/sshd_config.d/50-cloud-init.conf';
    const it = edit(
      { [MAIN]: INCLUDED, [cloud]: 'PasswordAuthentication yes\n' },
      option('PasswordAuthentication', 'no'),
    );
    expect(it.text(cloud)).toBe('PasswordAuthentication yes\n');
    expect(body(it.text(OWN_FILE))).toBe('PasswordAuthentication no\n');
  });

  test('join what stands in our file from an earlier run', () => {
    const it = edit(
      { [MAIN]: INCLUDED, [OWN_FILE]: '# mine\nMaxAuthTries 4\n' },
      option('LoginGraceTime', '60'),
    );
    expect(body(it.text(OWN_FILE))).toBe('LoginGraceTime 60\nMaxAuthTries 4\n');
  });

  test('leave a stricter value of the host alone, but not one beyond its safe floor', () => {
    const files = { [MAIN]: `${INCLUDED}MaxAuthTries 2\nMaxSessions 0\n` };
    const it = edit(files, option('MaxAuthTries', '4'), option('MaxSessions', '10'));
    expect(body(it.text(OWN_FILE))).toBe('MaxSessions 10\n');
    expect(it.kept).toEqual([{ keyword: 'maxauthtries', value: '2', stricter: true }]);
  });

  test('put a stricter list into the wanted order without adding to it', () => {
    const files = { [MAIN]: `${INCLUDED}KexAlgorithms curve25519-sha256,mlkem768x25519-sha256\n` };
    const it = edit(
      files,
      option('KexAlgorithms', 'mlkem768x25519-sha256,sntrup761x25519-sha512,curve25519-sha256'),
    );
    expect(body(it.text(OWN_FILE))).toBe('KexAlgorithms mlkem768x25519-sha256,curve25519-sha256\n');
  });

  test('cannot smuggle a second line in', () => {
    expect(() => edit({ [MAIN]: INCLUDED }, option('Banner', '/etc/issue\nPermitRootLogin yes'))).toThrow(
      RangeError,
    );
  });
});

describe('lines that a drop-in cannot override', () => {
  test('in a file read before ours are switched off with a marker, the rest byte for byte', () => {
    const early = '/etc/ssh/sshd_config.d/00-aaa.conf';
    const it = edit(
      { [MAIN]: INCLUDED, [early]: '# a\r\n  PasswordAuthentication=yes\r\nUseDNS no' },
      option('PasswordAuthentication', 'no'),
    );
    expect(it.text(early)).toBe(`# a\r\n${MARKER}  PasswordAuthentication=yes\r\nUseDNS no`);
  });

  test('in the main file before its Include are switched off', () => {
    const it = edit({ [MAIN]: `PermitRootLogin yes\n${INCLUDED}` }, option('PermitRootLogin', 'no'));
    expect(it.text(MAIN)).toBe(`${MARKER}PermitRootLogin yes\n${INCLUDED}`);
    expect(body(it.text(OWN_FILE))).toBe('PermitRootLogin no\n');
  });

  test('in Match blocks that re-open are switched off when the option must hold everywhere', () => {
    const main = `${INCLUDED}Match User deploy\n\tPasswordAuthentication yes\n\tX11Forwarding yes\nMatch Group a\n PasswordAuthentication no\n`;
    const it = edit({ [MAIN]: main }, option('PasswordAuthentication', 'no', { everywhere: true }));
    expect(it.text(MAIN)).toBe(
      main.replace('\tPasswordAuthentication yes', `${MARKER}\tPasswordAuthentication yes`),
    );
    expect(it.edits).toEqual([
      expect.objectContaining({ line: 3, match: 'User deploy', keyword: 'passwordauthentication' }),
    ]);
  });

  test('in Match blocks stay where the option is only global, but "Match all" is global too', () => {
    const main = `${INCLUDED}Match User deploy\n MaxAuthTries 9\nMatch all\n MaxAuthTries 8\n`;
    const it = edit({ [MAIN]: main }, option('MaxAuthTries', '4'));
    expect(it.text(MAIN)).toBe(main.replace(' MaxAuthTries 8', `${MARKER} MaxAuthTries 8`));
  });

  test('Port 22 of the main file stays while the port moves, and goes when the old port closes', () => {
    const open = edit({ [MAIN]: `${INCLUDED}Port 22\n` }, option('Port', ['22', '2222']));
    expect(body(open.text(OWN_FILE))).toBe('Port 2222\n');
    expect(open.text(MAIN)).toBe(`${INCLUDED}Port 22\n`);
    const closed = editTree({ tree: open.tree, wanted: [option('Port', '2222')], effective: DEFAULTS });
    expect(closed.tree[0]?.text).toBe(`${INCLUDED}${MARKER}Port 22\n`);
    expect(body(closed.tree.find((file) => file.path === OWN_FILE)?.text)).toBe('Port 2222\n');
  });

  test('a port that nobody named is named beside the new one', () => {
    const it = edit({ [MAIN]: INCLUDED }, option('Port', ['22', '2222']));
    expect(body(it.text(OWN_FILE))).toBe('Port 22\nPort 2222\n');
  });

  test('AllowUsers lines that let others in are switched off, DenyUsers lines always stay', () => {
    const main = `${INCLUDED}AllowUsers eve ana\nDenyUsers mallory\n`;
    const it = edit({ [MAIN]: main }, option('AllowUsers', 'ana'), option('DenyUsers', 'trent'));
    expect(it.text(MAIN)).toBe(`${INCLUDED}${MARKER}AllowUsers eve ana\nDenyUsers mallory\n`);
    expect(body(it.text(OWN_FILE))).toBe('AllowUsers ana\nDenyUsers trent\n');
  });
});

describe('a main file without an Include', () => {
  test('gets one before its first directive', () => {
    const it = edit({ [MAIN]: '# head\n\nPort 22\nMatch all\n' }, option('MaxAuthTries', '4'));
    expect(it.text(MAIN)).toBe(`# head\n\n${INCLUDE_LINE}\nPort 22\nMatch all\n`);
    expect(it.includeAdded).toBe(true);
  });

  test('gets one with its own line ends, also when it ends without one', () => {
    expect(edit({ [MAIN]: '# head\r\n# no end' }, option('MaxAuthTries', '4')).text(MAIN)).toBe(
      `# head\r\n# no end\r\n${INCLUDE_LINE}\r\n`,
    );
  });
});

describe('for any configuration', () => {
  const word = fc.constantFrom(
    'yes',
    'no',
    '22',
    '2222',
    '4',
    'ana',
    'deploy',
    '"quoted word"',
    'aes256-ctr,aes128-ctr',
  );
  const keyword = fc.constantFrom(
    ...[
      'Port',
      'PasswordAuthentication',
      'passwordauthentication',
      'PermitRootLogin',
      'AllowUsers',
      'MaxAuthTries',
    ],
    ...['Ciphers', 'DenyUsers', 'ChallengeResponseAuthentication', 'X11Forwarding', 'Banner'],
  );
  const line = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom('', ' ', '\t'), keyword, fc.constantFrom(' ', '=', ' = ', '\t'), word)
        .map((all) => all.join('')),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '# comment',
        'Match all',
        'Match User ana',
        'Match Address 10.0.0.0/8',
        INCLUDE_LINE,
      ),
    },
  );
  // A drop-in that includes its own folder is refused by sshd (too many recursive includes), so only the main file includes.
  const plain = line.filter((one) => one !== INCLUDE_LINE);
  const text = (lines: fc.Arbitrary<string>) =>
    fc
      .tuple(fc.array(lines, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
      .map(([lines, ending, closed]) => lines.join(ending) + (closed && lines.length > 0 ? ending : ''));
  const files = fc
    .record({ main: text(line), early: fc.option(text(plain)), late: fc.option(text(plain)) })
    .map(({ main, early, late }) =>
      tree({
        [MAIN]: main,
        ...(early === null ? {} : { '/etc/ssh/sshd_config.d/00-aaa.conf': early }),
        ...(late === null ? {} : { '/etc/ssh/sshd_config.d/50-late.conf': late }),
      }),
    );
  const wanted = fc.uniqueArray(
    fc.constantFrom(
      option('PasswordAuthentication', 'no', { everywhere: true }),
      option('PermitRootLogin', 'no', { everywhere: true }),
      option('Port', ['22', '2222']),
      option('Port', ['2222']),
      option('AllowUsers', ['ana', 'deploy']),
      option('DenyUsers', 'mallory'),
      option('MaxAuthTries', '4', { everywhere: true }),
      option('Ciphers', 'aes256-gcm@openssh.com,aes256-ctr'),
    ),
    { selector: (one) => one.keyword, minLength: 1 },
  );

  test('the same options a second time change nothing', () => {
    fc.assert(
      fc.property(files, wanted, (start, options) => {
        const once = editTree({ tree: start, wanted: options, effective: DEFAULTS });
        const twice = editTree({ tree: once.tree, wanted: options, effective: DEFAULTS });
        expect(twice.tree).toEqual(once.tree);
        expect(twice.edits).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('every other byte of files that are not ours stays', () => {
    fc.assert(
      fc.property(files, wanted, (start, options) => {
        const { tree: after } = editTree({ tree: start, wanted: options, effective: DEFAULTS });
        for (const before of start) {
          const now = after.find((file) => file.path === before.path)?.text ?? '';
          const back = now.replaceAll(MARKER, '');
          const added = [
            `${INCLUDE_LINE}\r\n`,
            `${INCLUDE_LINE}\n`,
            `\n${INCLUDE_LINE}\n`,
            `\r\n${INCLUDE_LINE}\r\n`,
          ];
          expect([back, ...added.map((piece) => back.replace(piece, ''))]).toContain(before.text);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('sshd reads every option as it was wanted, or stricter, outside Match and inside', () => {
    fc.assert(
      fc.property(files, wanted, (start, options) => {
        const { tree: after, kept } = editTree({ tree: start, wanted: options, effective: {} });
        const lines = parseSshdFiles(after);
        for (const one of options) {
          const name = one.keyword.toLowerCase();
          if (kept.some((it) => it.keyword === name)) continue;
          const read = originsOf(lines, one.keyword).flatMap((origin) => origin.args);
          if (name.startsWith('deny')) expect(read).toEqual(expect.arrayContaining([...one.values]));
          else if (accumulates(one.keyword))
            expect([...new Set(read)].sort()).toEqual([...one.values].sort());
          else expect(read.join(' ')).not.toBe('yes');
          if (one.everywhere !== true) continue;
          const open = lines.filter(
            (it) => it.keyword === name && it.match.length > 0 && it.args[0] === 'yes',
          );
          expect(open).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('our drop-in parses back to what was asked', () => {
    fc.assert(
      fc.property(wanted, (options) => {
        const { tree: after } = editTree({
          tree: tree({ [MAIN]: INCLUDED }),
          wanted: options,
          effective: {},
        });
        const own = after.find((file) => file.path === OWN_FILE);
        const read = lexSshdFile(own ?? { path: OWN_FILE, text: '' }).filter((it) => it.keyword !== '');
        const asked = options.flatMap((one) => one.values.map((value) => `${one.keyword} ${value}`));
        expect(read.map((it) => `${it.written} ${it.rest}`).sort()).toEqual([...asked].sort());
      }),
    );
  });
});

// Frames as files, at the three sizes that matter, reviewed in the diff. Accept new ones with: npx vitest run test/ui/frames.test.ts -u
// Colour: the same states through Ink, as bytes a terminal gets, in one file; without colour no byte of it is an escape.
import { describe, expect, test } from 'vitest';
import { frame } from '../../src/ui/frame.ts';
import { plainText } from '../../src/ui/lines.ts';
import { toAscii } from '../../src/ui/theme.ts';
import { Walk } from './drive.ts';
import { throughInk } from './ink.ts';
import { kept, proofs } from './sample.ts';

const SIZES = [
  { columns: 60, rows: 16 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;

const [first, second, third] = proofs;

/** Screens worth looking at; each brings a fresh walk there. */
const SCENES: Record<string, (walk: Walk) => unknown> = {
  room: (walk) => walk.arrive(),
  question: (walk) => walk.arrive().press('down', 'down', 'enter'),
  finding: (walk) => walk.arrive().press('down', 'down', 'down', 'down', 'down', 'space'),
  diff: (walk) => walk.arrive().press('d'),
  explain: (walk) => walk.arrive().press('down', 'down', 'down', 'down', 'down', 'x'),
  view: (walk) => walk.arrive().press('v', 'down'),
  ready: (walk) => walk.arrive().press('a'),
  applying: (walk) => {
    walk.arrive().applying();
    walk.session({ type: 'progress', id: 't1', done: 2, total: 3, detail: 'ssh.service reloaded' });
    if (first)
      walk.session({
        type: 'proved',
        result: { proof: first, outcome: 'proved', seen: 'key accepted', milliseconds: 412 },
      });
    if (second)
      walk.session({
        type: 'proved',
        result: { proof: second, outcome: 'disproved', seen: 'password is offered', milliseconds: 9 },
      });
    if (third) walk.session({ type: 'proving', proof: third.id, title: third.title });
  },
  lost: (walk) => walk.arrive().applying().session({ type: 'connection-lost', reason: 'no answer for 15 s' }),
  decide: (walk) => walk.arrive().deciding(),
  'decide-stage': (walk) => walk.arrive().decidingSecond(),
  'between-stages': (walk) => {
    walk.arrive().decidingSecond();
    walk.types('keep');
    walk.press('enter');
    walk.session({ type: 'transaction', id: 't1', step: 'sshd', state: 'COMMITTED', detail: '' });
    walk.session({
      type: 'stage',
      number: 3,
      total: 3,
      name: 'fail2ban',
      next: [],
      proofs: proofs.slice(0, 1),
    });
  },
  leaving: (walk) => walk.arrive().deciding().press('ctrl-c'),
  undo: (walk) => {
    walk.arrive().press('u');
    walk.happens({ type: 'history-read', transactions: [kept()] });
  },
  'host-key': (walk) =>
    walk.happens({
      type: 'asked',
      question: {
        kind: 'host-key',
        host: 'shop.example.com',
        type: 'ssh-ed25519',
        fingerprint: 'SHA256:9Gk2mP0xq7Yd4sJtVbLwQeRzUoIhNfC1aT8uX3yZkWM',
      },
    }),
  failed: (walk) =>
    walk.happens({
      type: 'failed',
      during: 'connect',
      problem: {
        kind: 'target',
        message: 'The host refuses this login.',
        where: 'ana@shop.example.com:22',
        hints: [
          'check that your key is in ~/.ssh/authorized_keys of ana',
          'name another key with --identity FILE',
        ],
        evidence: ['ana@shop.example.com: Permission denied (publickey).'],
        exitCode: 6,
      },
    }),
  help: (walk) => walk.arrive().press('?'),
};

describe.each(SIZES)('at $columns×$rows', (size) => {
  test.each(Object.keys(SCENES))('%s', async (name) => {
    const walk = new Walk({ size });
    SCENES[name]?.(walk);
    await expect(`${walk.text()}\n`).toMatchFileSnapshot(
      `frames/${name}.${size.columns}x${size.rows}.golden.txt`,
    );
  });
});

test('a dry run says so on every screen that it has', async () => {
  const walk = new Walk({ mode: 'dry-run' }).arrive();
  await expect(`${walk.text()}\n`).toMatchFileSnapshot('frames/dry-run.80x24.golden.txt');
});

test('a smaller window says what it needs and what it has', () => {
  const walk = new Walk({ size: { columns: 59, rows: 16 } }).arrive();
  expect(walk.text().trim().split('\n')).toEqual(['needs 60×16', 'has 59×16']);
});

test('every character of ours has one ASCII character in its place', () => {
  for (const scene of Object.values(SCENES)) {
    const walk = new Walk();
    scene(walk);
    const shown = walk.text();
    const ascii = toAscii(shown.replaceAll('\n', ''));
    expect(ascii).toMatch(/^[\x20-\x7e]*$/);
    // A question mark that was none before is a character without a place in the table.
    expect(ascii.split('?').length, shown).toBe(shown.split('?').length);
  }
});

test('through Ink colour is added to the same text, for each meaning its own', async () => {
  const walk = new Walk();
  SCENES['applying']?.(walk);
  const { coloured, bare } = await throughInk(walk.state);
  expect(bare).toBe(plainText(frame(walk.state)));
  await expect(`${coloured.replaceAll('\u001b', '␛')}\n`).toMatchFileSnapshot(
    'frames/applying.colour.golden.txt',
  );
});

import { expect, test } from 'vitest';
import type { Side, ThreeWay, TransactionSides } from '../../src/model/three-way.ts';
import { threeWayRows } from '../../src/report/three-way.ts';
import { threeWayJson } from '../../src/report/three-way-json.ts';
import { threeWayText } from '../../src/report/three-way-text.ts';

const file = (text: string | null, mode = '0644'): Side => ({
  ...{ kind: 'file', mode, uid: 0, gid: 0 },
  ...{ bytes: text === null ? 40 : text.length, text },
});
const absent: Side = { kind: 'absent' };
const plain = { color: false, unicode: true, columns: 80 };

const object = (it: Partial<ThreeWay>): ThreeWay => ({
  ...{ path: '/etc/ssh/sshd_config', fate: 'restore', later: null, shown: true },
  ...{ before: file('a\n'), ours: file('b\n'), now: file('b\n') },
  ...it,
});
const sides = (...objects: readonly ThreeWay[]): TransactionSides[] => [
  { id: 't1', objects, would: ['reload ssh.service', 'restore /etc/ssh/sshd_config'], left: [] },
];
const chosen = [{ id: 't1', step: 'sshd' }];
const text = (it: readonly TransactionSides[], of = chosen) => threeWayText(it, of, plain);

test('an edit of somebody else is told first, with all three texts', () => {
  const edited = object({
    fate: 'left',
    before: file('Port 22\nPasswordAuthentication yes\n'),
    ours: file('Port 22\nPasswordAuthentication no\n'),
    now: file('Port 22\nPasswordAuthentication no\nPermitRootLogin yes\n'),
  });
  expect(text(sides(edited))).toBe(`B before, W what we wrote, N now
sshd  t1
  1/1 /etc/ssh/sshd_config
    ! Changed since by somebody else: the undo leaves it as it is now.
    before: 35 bytes, 0644 root; we wrote: 34 bytes, 0644 root; now: 54 bytes,
    0644 root
    BWN  Port 22
    B··  PasswordAuthentication yes
    ·WN  PasswordAuthentication no
    ··N  PermitRootLogin yes
    Then, on the host: reload ssh.service
`);
});

test('what may carry a secret is told by its length alone', () => {
  const said = text(sides(object({ shown: false, before: file(null), ours: file(null), now: file(null) })));
  expect(said).toContain('before: 40 bytes, 0644 root');
  expect(said).toContain('What is in it is not shown: it may carry a secret.');
  expect(said).not.toMatch(/[BW·][W·][N·] {2}/);
});

test('what we wrote and nobody kept is not made up', () => {
  const said = text(sides(object({ fate: 'left', ours: file(null), now: file('c\n') })));
  expect(said).toContain('What we wrote was not kept by the version that wrote it');
  expect(said).toContain('B?·  a');
  expect(said).toContain('·?N  c');
});

test.each([
  ['same', 'It is as before already: nothing to do.'],
  ['remove', 'it was not there before'],
  ['mode', 'puts mode and owner back'],
  ['lines', 'Our lines are taken out'],
  ['home', 'unless something of its own is in it'],
] as const)('%s: %s', (fate, words) => {
  expect(text(sides(object({ fate, before: fate === 'remove' ? absent : file('a\n') })))).toContain(words);
});

test('what a later transaction of ours wrote is put back after that one, or left when that one stays', () => {
  const under = sides(object({ fate: 'left', later: 't2', now: file('c\n') }));
  expect(text(under)).toContain('Changed again by Portcullis since (t2): left as it is. Undo that one');
  expect(text(under, [{ id: 't2', step: 'tls' }, ...chosen])).toContain(
    'Changed again by tls (t2), which is undone first',
  );
});

test('a refusal of the host stands for all of it', () => {
  const it = [{ id: 't1', objects: [object({})], would: [], left: [], refused: 'the journal was edited' }];
  expect(threeWayRows(it, chosen).map((row) => row.kind)).toEqual(['title', 'warn']);
});

test('long stretches that all three have are folded, a missing last newline is told', () => {
  const same = Array.from({ length: 20 }, (_, at) => `line ${at}`).join('\n');
  const rows = threeWayRows(
    sides(
      object({ before: file(`${same}\nold\n`), ours: file(`${same}\nnew\n`), now: file(`${same}\nnew\n`) }),
    ),
    chosen,
  );
  expect(rows.filter((row) => row.kind === 'fold').map((row) => row.text)).toEqual([
    '18 lines alike in all three',
  ]);
  expect(text(sides(object({ before: file('a'), ours: file('a\n'), now: file('a\n') })))).toContain(
    'They differ in how the last line ends.',
  );
});

test('bytes of a host are made safe', () => {
  const said = text(
    sides(object({ path: '/etc/\u001b[2Jx', now: file('\u001b]52;c;aa\u0007\n'), fate: 'left' })),
  );
  expect(said).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  expect(said).toContain('\\x1b[2Jx');
});

test('a line of the host is left out where an object says the same, never where the object is only its reason', () => {
  const said = text([
    {
      ...{ id: 't1', objects: [object({ fate: 'left', now: file('c\n') })], would: ['reload nginx.service'] },
      left: [
        '/etc/ssh/sshd_config was changed by someone else since: left as it is',
        'what certbot made for shop.example is left as it is, because /etc/ssh/sshd_config is',
      ],
    },
  ]);
  expect(said.match(/left as it is/g)).toHaveLength(1);
  expect(said.replace(/\s+/g, ' ')).toContain(
    '! what certbot made for shop.example is left as it is, because /etc/ssh/sshd_config is',
  );
});

test.each([
  [{ now: file('token=4f9c\n', '0640') }],
  [{ before: file('token=4f9c\n', '0640') }],
  [{ ours: file('token=4f9c\n', '0600') }],
])('in JSON a text stands only where everybody may read all three: not with %o', (closed) => {
  const [told] = threeWayJson(sides(object({ fate: 'left', ...closed })));
  expect(told?.objects[0]).toMatchObject({
    shown: false,
    fate: 'left',
    before: { bytes: expect.any(Number) },
  });
  expect(JSON.stringify(told)).not.toMatch(/4f9c|"a\\n"/);
  expect(threeWayJson(sides(object({ before: absent })))).toEqual(sides(object({ before: absent })));
});

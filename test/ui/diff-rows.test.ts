import { expect, test } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import { cells, wrap } from '../../src/ui/lines.ts';
import { diffRows } from '../../src/ui/machine/diff-rows.ts';
import { diffView } from '../../src/ui/screens/diff.ts';
import { Walk } from './drive.ts';

const list = Array.from({ length: 9 }, (_, index) => `sk-ecdsa-sha2-nistp${index}@openssh.com`);

const change: Change = {
  address: 'file:/etc/ssh/sshd_config.d/00-portcullis.conf',
  action: 'create',
  title: '2 options in a drop-in of our own',
  step: 'sshd',
  controls: ['sshd.kex', 'sshd.macs', 'sshd.ciphers'],
  why: 'Because of this. '.repeat(40),
  risk: 'lockout',
  phase: 'expand',
  confidence: 'validated',
  before: null,
  after: 'LogLevel VERBOSE\n',
  effective: [
    { name: 'HostKeyAlgorithms', before: [...list, 'kept'].join(','), after: 'kept,new' },
    { name: 'LogLevel', before: 'INFO', after: 'VERBOSE' },
  ],
  primitives: [],
};

test('many reasons are one line, and what is set comes before the rest', () => {
  const rows = diffRows([change], { width: 80 });
  expect(rows.slice(1, 3).map((it) => it.text)).toEqual([
    '2 options for 3 controls; x in the step explains them',
    expect.stringMatching(/^HostKeyAlgorithms without sk-/),
  ]);
  const text = rows.map((it) => it.text);
  expect(text).toContain('HostKeyAlgorithms with new');
  expect(text.indexOf('LogLevel: INFO → VERBOSE')).toBeLessThan(
    text.findIndex((it) => /may lock out/.test(it)),
  );
});

test.each([40, 60, 80])('no row is wider than a screen of %i columns, with its margin', (width) => {
  const wide = diffRows([change], { width }).filter(
    (it) => cells(it.text) + (it.kind === 'effective' && it.continued ? 5 : 3) > width && it.kind !== 'title',
  );
  expect(wide).toEqual([]);
});

test('a change without text or setting says what it does', () => {
  const { before: _, after: __, ...bare } = change;
  const unit: Change = { ...bare, address: 'unit:ssh.service', title: 'ssh.service reloads', effective: [] };
  expect(diffRows([unit], { width: 80 }).map((it) => it.text)).toEqual([
    '1/1 create ssh.service',
    'for 3 controls; x in the step explains them',
    'ssh.service reloads',
    expect.stringMatching(/^may lock out/),
  ]);
});

test('a package reads as what apt installs, not as a file', () => {
  const nft: Change = {
    ...change,
    ...{ address: 'package:nftables', action: 'install', risk: 'none', phase: 'packages' },
    title: '1.1.3-1 by the host’s apt: loads the rules',
    controls: [],
    why: 'It is needed.',
    effective: [],
    after: 'nftables 1.1.3-1 amd64 76 kB\nlibmnl0 1.0.5-3 amd64 12 kB\n',
  };
  expect(diffRows([nft], { width: 100 }).map((it) => it.text)).toEqual(
    [
      '1/1 install nftables',
      'It is needed.',
      '1.1.3-1 by the host’s apt: loads the rules',
      'nobody notices; apt on the host said what comes; before everything else, in a transaction of its own',
      '2 packages: name, version, architecture, size to fetch',
      'nftables 1.1.3-1 amd64 76 kB',
      'libmnl0 1.0.5-3 amd64 12 kB',
    ].flatMap((it) => wrap(it, 97)),
  );
});

test('a line of a file goes on as what it is, and its pieces are the line again', () => {
  const rule = `    tcp dport 22 ip saddr { ${Array.from({ length: 20 }, (_, it) => `192.0.2.${it}`).join(', ')} } accept`;
  const table: Change = { ...change, before: 'old\n', after: `${rule}\n`, effective: [], why: '' };
  const rows = diffRows([table], { width: 60 });
  const added = rows.filter((it) => it.kind === 'added');
  expect(added.length).toBeGreaterThan(3);
  expect(added.map((it) => it.continued ?? false)).toEqual(added.map((_, index) => index > 0));
  expect(added.map((it) => it.text).join('')).toBe(rule);
  // Cut after a blank, so that no address is in two pieces.
  for (const { text } of added.slice(0, -1)) expect(text).toMatch(/ $/);
  const shown = diffView(
    {
      ...new Walk().state,
      screen: { name: 'diff', top: 0, all: rows, rows, folded: new Set(), search: null },
    },
    { width: 60, height: 30 },
  );
  const drawn = shown.map((it) => ({
    text: it.map((piece) => piece.text).join(''),
    tones: it.map((p) => p.tone),
  }));
  const goesOn = drawn.filter(({ text }) => text.startsWith(' +↳'));
  expect(goesOn).toHaveLength(added.length - 1);
  for (const { tones } of goesOn) expect(tones).toEqual(['added']);
});

import { expect, test } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import { cells } from '../../src/ui/lines.ts';
import { diffRows } from '../../src/ui/machine/diff-rows.ts';

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

const none = new Set<string>();

test('many reasons are one line, and what is set comes before the rest', () => {
  const rows = diffRows([change], { folded: none, width: 80 });
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
  const wide = diffRows([change], { folded: none, width }).filter(
    (it) => cells(it.text) + (it.kind === 'effective' && it.continued ? 5 : 3) > width && it.kind !== 'title',
  );
  expect(wide).toEqual([]);
});

test('a change without text or setting says what it does', () => {
  const { before: _, after: __, ...bare } = change;
  const unit: Change = { ...bare, address: 'unit:ssh.service', title: 'ssh.service reloads', effective: [] };
  expect(diffRows([unit], { folded: none, width: 80 }).map((it) => it.text)).toEqual([
    '1/1 create ssh.service',
    'for 3 controls; x in the step explains them',
    'ssh.service reloads',
    expect.stringMatching(/^may lock out/),
  ]);
});

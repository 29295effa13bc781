import { expect, test } from 'vitest';
import type { Rehearsal } from '../../src/model/plan.ts';
import { rehearsalLines } from '../../src/report/rehearsal-text.ts';
import { plan } from './fixture.ts';

const style = { color: false, unicode: true, columns: 100 };

const rehearsal: Rehearsal = {
  method: 'rehearsed',
  reason: '',
  checkers: [
    { step: 'sshd', phase: 'expand', name: 'sshd', result: 'passed', message: '' },
    { step: 'sshd', phase: 'expand', name: 'visudo', result: 'broken', message: 'it did not run (exit 126)' },
  ],
  packets: [
    {
      step: 'firewall',
      phase: 'expand',
      from: 'operator',
      address: '192.0.2.7',
      family: 'ipv4',
      port: 22,
      before: true,
      after: true,
    },
    {
      step: 'firewall',
      phase: 'expand',
      from: 'stranger',
      address: '203.0.113.77',
      family: 'ipv4',
      port: 22,
      before: true,
      after: false,
    },
  ],
  downgraded: [{ address: 'file:/etc/sudoers.d/portcullis', reason: 'visudo: it did not run (exit 126)' }],
};

test('a rehearsal is told: checkers, packets, and what is less sure and why', () => {
  expect(rehearsalLines({ ...plan, rehearsal }, style)).toEqual([
    '',
    'Rehearsed on the host, in namespaces that are gone',
    '  sshd accepts it; visudo could not be believed',
    '  visudo: it did not run (exit 126)',
    '  packets to port 22 ipv4: you open, a stranger open → closed',
    '  less sure: file:/etc/sudoers.d/portcullis: visudo: it did not run (exit 126)',
  ]);
});

test('what was not rehearsed says so and why, once', () => {
  const reason = 'no overlay over /etc';
  const lines = rehearsalLines(
    {
      ...plan,
      rehearsal: {
        ...rehearsal,
        method: 'namespace',
        reason,
        checkers: [],
        packets: [],
        downgraded: [{ address: 'file:/x', reason }],
      },
    },
    style,
  );
  expect(lines).toEqual(['', 'Not rehearsed: sshd looked at copies of its files (no overlay over /etc)']);
});

test('nothing tried, nothing told', () => {
  expect(rehearsalLines(plan, style)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import type { Change } from '../../src/model/resource.ts';
import { notShown, sameRequest } from '../../src/session/same-plan.ts';

const change = (address: string, more: Partial<Change> = {}): Change => ({
  ...{ address, action: 'create', title: '', step: 'firewall', controls: ['firewall.one'], why: '' },
  ...{
    risk: 'none',
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
    primitives: [],
    after: 'text\n',
  },
  ...more,
});
const planOf = (changes: readonly Change[], more: object = {}) => ({ changes, ...more }) as unknown as Plan;
const SHOWN = planOf([change('package:nftables', { phase: 'packages' }), change('file:/etc/x')]);

describe('a plan that is made again after packages came', () => {
  it.each<[string, Change[]]>([
    ['is the same', [change('file:/etc/x')]],
    [
      'finds a file that the package brought',
      [change('file:/etc/x', { action: 'update', before: 'its own\n' })],
    ],
    ['has nothing left to do', [change('file:/etc/x', { action: 'none' })]],
    ['no longer names what the package settled', []],
  ])('goes on when it %s', (_, changes) => {
    expect(notShown(SHOWN, planOf(changes))).toEqual([]);
  });

  it.each<[string, Change[], string]>([
    ['writes other text', [change('file:/etc/x', { after: 'other\n' })], 'comes out differently now'],
    ['removes instead', [change('file:/etc/x', { action: 'remove' })], 'comes out differently now'],
    ['does more', [change('file:/etc/x'), change('file:/etc/y')], 'file:/etc/y: was not in the plan'],
    ['is another step’s', [change('file:/etc/x', { step: 'other' })], 'was not in the plan'],
    ['does it later', [change('file:/etc/x', { phase: 'contract' })], 'was not in the plan'],
    [
      'does something else there',
      [change('file:/etc/x', { primitives: [{ kind: 'remove-file', path: '/etc/x' }] })],
      'comes out differently now',
    ],
  ])('stops when it %s', (_, changes, why) => {
    expect(notShown(SHOWN, planOf(changes))).toEqual([expect.stringContaining(why)]);
  });

  it('lets verbs of a unit fall away that the package took care of, and no other come', () => {
    const unit = (...verbs: ('enable' | 'start' | 'mask')[]) =>
      planOf([
        change('unit:x.service', {
          action: 'start',
          primitives: verbs.map((verb) => ({ kind: 'unit', name: 'x.service', verb })),
        }),
      ]);
    expect(notShown(unit('enable', 'start'), unit('start'))).toEqual([]);
    expect(notShown(unit('enable', 'start'), unit('start', 'mask'))).toEqual([
      'unit:x.service: comes out differently now',
    ]);
  });

  it('asks for the same steps and answers, and leaves out what was left out', () => {
    const finding = (control: string, result: string, step = 'firewall') => ({ control, result, step });
    const findings = [
      finding('firewall.one', 'fail'),
      finding('firewall.left', 'fail'),
      finding('firewall.fine', 'pass'),
      finding('sshd.fine', 'pass', 'sshd'),
    ];
    const request = sameRequest(planOf(SHOWN.changes, { findings, answers: { 'firewall.a': ['b'] } }));
    expect(request).toEqual({
      steps: ['firewall', 'sshd'],
      answers: new Map([['firewall.a', ['b']]]),
      without: new Set(['firewall.left']),
    });
  });
});

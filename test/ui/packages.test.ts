// Packages in the wizard: what will be installed stands before the word, progress while apt waits and works, and what became of the rest.
import { describe, expect, test } from 'vitest';
import type { RunSummary } from '../../src/model/event.ts';
import { summaryText } from '../../src/report/summary-text.ts';
import { PLAIN } from '../report/fixture.ts';
import { installing, readyWithPackages as ready, told } from './sample-packages.ts';

describe('before the word', () => {
  test('the packages are a stage of their own, with what comes along and what is promised', () => {
    const text = ready({ rows: 40, columns: 120 }).text();
    expect(text).toContain('in 2 stages?');
    expect(text).toMatch(/Stage 1: packages\n.*nftables {2}1\.1\.3-1/);
    expect(text).toMatch(/brings fail2ban\.service, started once\s+configured/);
    expect(text).toContain('with libedit2, libnftables1');
    expect(text).toContain('undo purges exactly these packages');
    expect(text).toMatch(/Stage 2: sshd\n.*00-portcullis/);
  });
});

describe('while they are installed', () => {
  test('the screen says what comes, whose lock is waited for, and what apt does', () => {
    const walk = installing();
    expect(walk.text()).toContain('Installs nftables 1.1.3-1, fail2ban 1.1.0-8, with 2 packages they need');
    told(walk, 'waiting for the dpkg lock held by unattended-upgr (412), 5 s', true);
    expect(walk.text()).toMatch(/Changing +waiting for the dpkg lock held by unattended-upgr/);
    told(walk, 'Setting up nftables (1.1.3-1) ...');
    expect(walk.text()).toMatch(/Changing +Setting up nftables/);
  });

  test('then the rest is planned again, which is said while it lasts and afterwards', () => {
    const walk = installing();
    for (const state of ['APPLIED', 'COMMITTED'] as const)
      walk.session({ type: 'transaction', id: 'p1', step: 'packages', state, detail: '' });
    expect(walk.text()).toContain('Reading the host again, and planning the rest');
    walk.session({ type: 'planned-again', differences: [] });
    walk.session({ type: 'stage', number: 2, total: 2, name: 'sshd', next: [], proofs: [] });
    expect(walk.text()).toContain('planned again with them: the rest is as it was shown');
    expect(walk.text()).not.toContain('Installs nftables');
  });

  test('a run that is taken back after them does not claim that the host is as it was', () => {
    const walk = installing();
    const ended = (step: string, state: 'COMMITTED' | 'ROLLED_BACK') => ({ id: step, step, state });
    const summary: Omit<RunSummary, 'transactions'> = {
      ...{
        outcome: 'rolled-back' as const,
        exitCode: 4,
        message: 'Taken back: you asked for it',
        repeat: '',
      },
      ...{ scoreBefore: 0, scoreAfter: 0, keptStricter: [], recoveryCards: [] },
    };
    const both = [ended('packages', 'COMMITTED'), ended('sshd', 'ROLLED_BACK')];
    walk.happens({ type: 'finished', summary: { ...summary, transactions: both } });
    expect(walk.text()).toContain('Rolled back in its last stage; what was kept before stays');
    expect(summaryText({ ...summary, transactions: both }, PLAIN)).toContain('what was kept before stays');
    walk.happens({ type: 'finished', summary: { ...summary, transactions: both.slice(1) } });
    expect(walk.text()).toContain('Rolled back: the host is as it was before');
    expect(summaryText({ ...summary, transactions: both.slice(1) }, PLAIN)).toContain(
      'the host is as it was',
    );
  });

  test('a rest that is another one now stops calmly, and r looks again', () => {
    const walk = installing();
    walk.session({ type: 'transaction', id: 'p1', step: 'packages', state: 'COMMITTED', detail: '' });
    walk.session({ type: 'planned-again', differences: ['file:/etc/x: was not in the plan'] });
    walk.happens({
      type: 'failed',
      during: 'apply',
      problem: {
        ...{
          kind: 'target',
          message: 'the packages are installed; with them the rest of the plan is another one',
        },
        ...{ where: undefined, hints: [], evidence: ['file:/etc/x: was not in the plan'], exitCode: 7 },
      },
    });
    expect(walk.text()).toContain('r reads the host again and shows the new plan');
    expect(walk.press('r')).toEqual([{ type: 'discover' }]);
  });
});

// The sample host whose plan needs packages first: until its word is asked for, and while apt is at work.
import type { Plan } from '../../src/model/plan.ts';
import type { Change } from '../../src/model/resource.ts';
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { plan } from './sample.ts';

function install(name: string, title: string, after: string): Change {
  return {
    ...{ address: `package:${name}`, action: 'install', title, step: 'gates', controls: [], why: '' },
    ...{ risk: 'none', phase: 'packages', confidence: 'validated', before: null, after, effective: [] },
    primitives: [],
  };
}

const CHANGES: readonly Change[] = [
  install(
    'nftables',
    '1.1.3-1 by the host’s apt: loads the rules; with 2 packages it needs',
    'nftables 1.1.3-1 amd64 227 kB\nlibedit2 3.1-1 amd64 93 kB\nlibnftables1 1.1.3-1 amd64 368 kB\n',
  ),
  install(
    'fail2ban',
    '1.1.0-8 by the host’s apt: bans addresses that guess; brings fail2ban.service, started once configured',
    'fail2ban 1.1.0-8 all 414 kB\n',
  ),
];

function shown(): Plan {
  const made = plan({ answers: new Map() });
  return {
    ...made,
    changes: [...CHANGES, ...made.changes],
    notes: ['4 packages (1.1 MB to fetch, 4.9 MB on the disk) come first'],
  };
}

/** The plan asks for its word. */
export function readyWithPackages(size?: Size): Walk {
  const walk = new Walk(size === undefined ? {} : { size }).arrive();
  walk.press('x', 'escape');
  walk.happens({ type: 'surveyed', survey: walk.state.survey ?? never() });
  walk.happens({ type: 'plan-made', plan: shown() });
  walk.press('a');
  return walk;
}

function never(): never {
  throw new Error('the sample host was not read');
}

/** Until apt is at work. */
export function installing(size?: Size): Walk {
  const walk = readyWithPackages(size);
  walk.types('apply');
  walk.press('enter');
  walk.session({ type: 'stage', number: 1, total: 2, name: 'packages', next: ['sshd'], proofs: [] });
  for (const state of ['PREPARED', 'ARMED', 'APPLYING'] as const)
    walk.session({ type: 'transaction', id: 'p1', step: 'packages', state, detail: '' });
  walk.session({ type: 'lease', id: 'p1', left: 90, length: 90 });
  return walk;
}

/** What the host says about it. */
export function told(walk: Walk, detail: string, waiting = false): void {
  walk.session({ type: 'progress', id: 'p1', done: 0, total: 1, detail, ...(waiting ? { waiting } : {}) });
}

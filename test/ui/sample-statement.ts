// The sample host with something that only the operator can tell, something attested, and a critical control that was waived.
import { attestable } from '../../src/model/control.ts';
import type { Survey } from '../../src/model/session.ts';
import { type Statement, statementWords } from '../../src/model/statement.ts';
import { selectedItem } from '../../src/ui/machine/room-items.ts';
import { Walk } from './drive.ts';
import { findings, step, survey } from './sample.ts';

const ask = (id: string, title: string, question: string) =>
  attestable({
    ...{ id, title, question, severity: 'medium', days: 180 },
    why: 'When SSH is what broke, the console is the only way back.',
    references: ['NIST SP 800-53 CP-4'],
  });

const CONSOLE = ask(
  'sshd.console-tried',
  'There is a way in without SSH, and somebody has tried it',
  'Did somebody of you log in on the console of this host and reach root?',
);
const CARD = ask('sshd.recovery-card', 'The recovery card can be read elsewhere', 'Is it printed?');

export const WAIVER: Statement = {
  ...{ kind: 'waive', control: 'sshd.password-login', reason: 'the till cannot use a key', by: 'ana@desk' },
  ...{ at: '2026-11-20T10:00:00.000Z', until: '2027-02-18', expired: false },
};
const ATTESTED: Statement = {
  ...{ kind: 'attest', control: 'sshd.recovery-card', reason: 'in the safe', by: 'Bo' },
  ...{ at: '2026-11-01T10:00:00.000Z', until: '2027-04-30', expired: false },
};

export function spokenAbout(): Survey {
  const all = survey();
  const of = (control: typeof CONSOLE) => ({
    ...{ control: control.id, step: 'sshd', title: control.title, severity: control.severity },
    stricter: false,
  });
  return {
    ...all,
    context: { ...all.context, statements: [WAIVER, ATTESTED] },
    steps: [{ ...step, controls: [...step.controls, CONSOLE, CARD] }],
    findings: [
      ...findings.map((it) =>
        it.control === WAIVER.control
          ? {
              ...it,
              result: 'waived' as const,
              statement: WAIVER,
              evidence: [statementWords(WAIVER), ...it.evidence],
            }
          : it,
      ),
      { ...of(CONSOLE), result: 'notchecked', evidence: [CONSOLE.attest?.question ?? ''] },
      {
        ...of(CARD),
        result: 'attested',
        statement: ATTESTED,
        evidence: [statementWords(ATTESTED), 'Is it printed?'],
      },
    ],
  };
}

/** The room of that host. */
export function statementWalk(it: ConstructorParameters<typeof Walk>[0] = {}): Walk {
  const walk = new Walk(it).arrive();
  walk.happens({ type: 'surveyed', survey: spokenAbout() });
  return walk.planned();
}

/** The cursor on the finding of this control. */
export function onFinding(walk: Walk, control: string): Walk {
  walk.press('home');
  for (let step = 0; step < 40; step += 1) {
    const item = selectedItem(walk.state);
    if (item.kind === 'finding' && item.finding.control === control) return walk;
    walk.press('down');
  }
  throw new Error(`no finding of ${control} in the room`);
}

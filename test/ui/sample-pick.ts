// The sample host with many accounts: who may log in is picked from a list.
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { survey } from './sample.ts';

const NAMES = ['ana', 'deploy', ...Array.from({ length: 38 }, (_, index) => `user${index + 1}`)];

/** The list is open, with 40 accounts of which two are in. */
export function pickWalk(size: Size): Walk {
  const walk = new Walk({ size }).arrive();
  const now = survey();
  const steps = now.steps.map((step) => ({
    ...step,
    questions: step.questions.map((question) =>
      question.id === 'sshd.allow-users'
        ? { ...question, choices: () => NAMES.map((value) => ({ value, label: 'has a usable key' })) }
        : question,
    ),
  }));
  walk.happens({ type: 'surveyed', survey: { ...now, steps } });
  walk.planned().press('down', 'down', 'enter');
  return walk;
}

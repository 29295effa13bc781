// The sample host with a step whose tables want a look from outside, and whose questions are tables: for whoever shows or edits them.
import type { Step } from '../../src/model/control.ts';
import type { OutsideSight } from '../../src/model/outside.ts';
import type { Survey } from '../../src/model/session.ts';
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { survey } from './sample.ts';

export const SIGHT: OutsideSight = {
  doors: [
    { family: 'ipv4', port: 22, reached: 'answers' },
    { family: 'ipv4', port: 443, reached: 'silent' },
  ],
  untried: [{ family: 'ipv6', reason: 'the host has no address of it that could be reached from here' }],
};

/** What a table of ports looks like before and after the knock. */
export const gates: Step = {
  id: 'gates',
  title: 'Gates',
  what: 'Only what is meant to be reached can be reached.',
  why: 'Every service that listens by accident is open to everybody until somebody closes it.',
  questions: [],
  controls: [],
  doors: () => SIGHT.doors.map(({ family, port }) => ({ family, port })),
  views: ({ outside }) => [
    {
      id: 'gates.reality',
      title: 'What can be reached',
      about:
        'Port by port: what the kernel’s rules do (to you, where that differs), what a knock from here says, what the policy wants, who listens, what Docker publishes; ! where two contradict.',
      columns: ['Port', 'Rules', 'From here', 'Policy', 'Listens', 'Docker'],
      rows: [
        {
          state: 'good',
          cells: [
            '22/tcp IPv4',
            'open',
            outside === undefined ? 'not tried' : 'answers',
            'everyone',
            'sshd',
            '–',
          ],
          notes: [],
        },
        outside === undefined
          ? {
              state: 'good',
              cells: ['443/tcp IPv4', 'open', 'not tried', 'everyone', 'nginx', '–'],
              notes: [],
            }
          : {
              state: 'bad',
              cells: ['443/tcp IPv4', 'open', 'silent', 'everyone', 'nginx', '–'],
              notes: [
                'The rules let you in, but nothing answers from here: something on the way keeps it closed.',
              ],
              differ: [1, 2],
            },
        {
          state: 'bad',
          cells: ['5432/tcp IPv4', 'open', 'not tried', 'nobody', 'docker-proxy on 0.0.0.0', 'db on 0.0.0.0'],
          notes: ['Everybody reaches it, and the policy wants nobody to.'],
          differ: [1, 3, 5],
        },
      ],
      empty: 'Nothing listens to the outside.',
      legend: {
        good: 'as the policy wants it, and nobody contradicts',
        bad: 'reached against the policy, or two of the columns contradict each other',
      },
      next: '5432/tcp: apply this step to bring the rules to the policy, or change the policy (gates.open).',
    },
  ],
};

/** The sample host whose only step is that one. */
export function gateSurvey(step: Step = gates): Survey {
  return { ...survey(), steps: [step], findings: [] };
}

/** The room of that step. */
export function gateWalk(size?: Size): Walk {
  const walk = new Walk(size === undefined ? {} : { size }).arrive();
  walk.happens({ type: 'surveyed', survey: gateSurvey() });
  return walk.planned();
}

/** When the look from outside that is under way was begun. */
export function begunIn(walk: Walk): number {
  const asked = walk.effects.findLast((it) => it.type === 'look-outside');
  return asked?.type === 'look-outside' ? asked.begun : Number.NaN;
}

// The sample host with a question whose answer is a table: rows of the answer, one that stays, one that is ready.
import type { AnswerTable } from '../../src/model/answer-table.ts';
import type { Step } from '../../src/model/control.ts';
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { gateSurvey, gates } from './sample-gates.ts';

const table: AnswerTable = {
  columns: [
    { title: 'Port', help: 'a number' },
    { title: 'Protocol', help: 'tcp, or udp', choices: ['tcp', 'udp'] },
    { title: 'From', help: 'anyone, or networks with blanks between' },
  ],
  blank: ['', 'tcp', 'anyone'],
  read: (entry) => {
    const match = /^(\d+)\/(tcp|udp)(?: from (.+))?$/.exec(entry);
    return match === null ? undefined : [match[1] ?? '', match[2] ?? '', match[3] ?? 'anyone'];
  },
  write: ([port = '', protocol = '', from = '']) =>
    /^\d{1,5}$/.test(port)
      ? { entry: `${port}/${protocol}${from === 'anyone' ? '' : ` from ${from}`}` }
      : { column: 0, problem: 'a port is needed: a number such as 443' },
  pinned: () => [{ cells: ['22', 'tcp', 'anyone'], why: 'SSH stays in: you came by it' }],
  offered: 'Listens today, and is shut then',
  offers: (_, entries) =>
    entries.some((entry) => entry.startsWith('443/'))
      ? []
      : [
          {
            text: 'nginx listens on 443/tcp',
            choices: [
              { label: 'open to anyone', entry: '443/tcp' },
              { label: 'open to operators: 198.51.100.0/24', entry: '443/tcp from 198.51.100.0/24' },
            ],
            leave: 'leave it shut',
          },
        ],
};

const step: Step = {
  ...gates,
  questions: [
    {
      id: 'gates.open',
      prompt: 'What else may be reached from outside?',
      help: 'PORT/tcp or PORT/udp. What is not listed is dropped.',
      type: 'list',
      table,
      risky: false,
      propose: () => ({ value: ['80/tcp'], reason: 'web servers that listen' }),
      check: (value) =>
        Array.isArray(value) && new Set(value).size < value.length
          ? 'named twice: write one entry with all its networks'
          : undefined,
    },
  ],
};

/** The table of ports stands on the screen. */
export function tableWalk(size?: Size): Walk {
  const walk = new Walk(size === undefined ? {} : { size }).arrive();
  walk.happens({ type: 'surveyed', survey: gateSurvey(step) });
  walk.planned().press('down', 'enter');
  return walk;
}

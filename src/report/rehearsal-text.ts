// How a plan was tried on the host, for people: what carried it out, which checkers looked, and what is less sure than it could be.
import type { Plan, Rehearsal } from '../model/plan.ts';
import { wrap } from '../text/wrap.ts';
import { drawn, type Style, safe } from './style.ts';

const METHODS: Readonly<Record<Rehearsal['method'], string>> = {
  rehearsed: 'Rehearsed on the host, in namespaces that are gone',
  namespace: 'Not rehearsed: sshd looked at copies of its files',
  flattened: 'Not rehearsed: sshd looked at our own rendering of its files',
};

const RESULTS: Readonly<Record<Rehearsal['checkers'][number]['result'], string>> = {
  passed: 'accepts it',
  failed: 'REFUSES it',
  broken: 'could not be believed',
  missing: 'is not there',
};

/** Empty when nothing was tried. */
export function rehearsalLines(plan: Plan, style: Style): readonly string[] {
  const { rehearsal } = plan;
  if (rehearsal === undefined) return [];
  const say = (text: string, first = '  ') =>
    wrap(safe(text, style), { width: style.columns, indent: '      ', first });
  const { method, reason, checkers, downgraded } = rehearsal;
  const runs = new Set(checkers.map(({ name, result }) => `${name} ${RESULTS[result]}`));
  return [
    '',
    ...say(`${METHODS[method]}${reason === '' ? '' : ` (${reason})`}`, ''),
    ...(runs.size === 0 ? [] : say([...runs].join('; '))),
    // That one is not there was said just now.
    ...checkers.flatMap(({ name, message, result }) =>
      message === '' || result === 'missing' ? [] : say(`${name}: ${message}`),
    ),
    ...packetLines(rehearsal, style),
    // What holds for all of them was said once.
    ...downgraded
      .filter((one) => one.reason !== reason)
      .flatMap((one) => say(`less sure: ${one.address}: ${one.reason}`)),
  ];
}

/** One line a port and family: who gets through, today and then. */
function packetLines({ packets }: Rehearsal, style: Style): readonly string[] {
  const word = (open: boolean) => (open ? 'open' : 'closed');
  const keys = [...new Set(packets.map(({ port, family }) => `${port} ${family}`))];
  return keys.map((key) => {
    const told = packets
      .filter(({ port, family }) => `${port} ${family}` === key)
      .map(({ from, before, after }) => {
        const who = from === 'operator' ? 'you' : 'a stranger';
        return `${who} ${before === after ? word(after) : `${word(before)} → ${word(after)}`}`;
      });
    // A later stage may have tried the same again.
    return drawn(`  packets to port ${key}: ${[...new Set(told)].join(', ')}`, style);
  });
}

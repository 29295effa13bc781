// What lies over a screen: a question of the connection, help, a window that is too small.
import type { TransportQuestion } from '../../model/target.ts';
import { WORDS } from '../../report/guide-text.ts';
import { hanging, type Line, line, padEnd, span, wrapped } from '../lines.ts';
import { currentStep } from '../machine/answers.ts';
import { leaseLeft, MINIMUM, type State } from '../machine/state.ts';
import { hostKeyWord } from '../machine/words.ts';
import { helpBindings } from '../places.ts';
import type { Document, View } from './area.ts';
import { withCursor } from './connect.ts';

export const helpDocument: Document = (state, width) => [
  line(span(' Keys', 'strong')),
  ...helpBindings(state).flatMap(({ binding, off }) =>
    hanging(
      line(span(`   ${padEnd(binding.show, 11)}`, 'info')),
      off === undefined ? binding.about : `${binding.about} (off now: ${off})`,
      width,
      off === undefined ? 'plain' : 'muted',
    ),
  ),
  [],
  line(span(' Words', 'strong')),
  ...[...WORDS, ...stepWords(state)].flatMap(([word, means]) =>
    hanging(line(span(`   ${padEnd(word, 14)}`, 'info')), means, width),
  ),
];

function stepWords(state: State): readonly (readonly [string, string])[] {
  return (currentStep(state)?.words ?? []).map(({ word, means }) => [word, means]);
}

export const smallView: View = (state, { height }) => {
  const { rows, columns } = state.size;
  const left = leaseLeft(state);
  const lines: Line[] = [
    ...(left === undefined ? [] : [line(`lease ${left} s`)]),
    line(`needs ${MINIMUM.columns}×${MINIMUM.rows}`),
    line(`has ${columns}×${rows}`),
  ];
  return lines.slice(0, Math.max(1, height));
};

function hostKeyLines(question: TransportQuestion & { kind: 'host-key' }, width: number): Line[] {
  return [
    line(span(` Is this ${question.host}?`, 'strong')),
    [],
    ...hanging(line(' '), 'This host was never seen before. It shows this key:', width),
    [],
    line(span(`   ${question.type}`, 'muted')),
    ...wrapped(question.fingerprint, width - 3, 'strong', 3),
    [],
    ...hanging(
      line(' '),
      `Compare it with what your provider’s console shows (ssh-keygen -lf on the host’s public key). If it is the same, type its last 4 characters: ${hostKeyWord(question)}`,
      width,
    ),
  ];
}

function secretTitle(question: TransportQuestion): string {
  switch (question.kind) {
    case 'sudo-password':
      return `Password of ${question.user} on ${question.host}, for sudo:`;
    case 'host-key':
      return '';
    case 'new-secret':
      return `${question.prompt}${question.again ? ' (once more)' : ''}`;
    default:
      return question.prompt.trim() === '' ? 'Answer:' : question.prompt.trim();
  }
}

function whyAsked(question: TransportQuestion): string {
  if (question.kind === 'sudo-password')
    return 'It goes to sudo on its standard input, is tried once, and is never stored.';
  if (question.kind === 'new-secret') return question.empty;
  if (question.kind === 'confirm') return 'Type yes and press Enter. Esc says no.';
  return 'It goes to your own ssh and is never stored.';
}

function askLines(state: State, question: TransportQuestion, width: number): Line[] {
  if (question.kind === 'host-key') return hostKeyLines(question, width);
  return [
    ...wrapped(secretTitle(question), width - 1, 'strong', 1),
    [],
    ...hanging(line(' '), whyAsked(question), width, 'muted'),
    ...(state.asks.length > 1 ? [line(span(` ${state.asks.length - 1} more after this`, 'muted'))] : []),
  ];
}

export const askView: View = (state, { width, height }) => {
  const question = state.asks[0];
  if (question === undefined) return [];
  const shown =
    question.kind === 'host-key' ||
    question.kind === 'confirm' ||
    (question.kind === 'prompt' && question.echo);
  const { text, cursor } = state.answer;
  const value = shown ? text : '•'.repeat(Array.from(text).length);
  const field = withCursor(value, cursor);
  const tail = field.length > width - 4 ? `…${field.slice(-(width - 5))}` : field;
  const airy: Line[] = [[], ...askLines(state, question, width), []];
  // The field is always in sight: first the empty lines give way, then the text.
  const room = Math.max(1, height - 1);
  const above = airy.length <= room ? airy : airy.filter((it) => it.length > 0).slice(0, room);
  return [...above, line(span(' > ', 'cursor'), tail)];
};

// What leaving means while work is under way: the same truth before (the question) and after (the shell).
import { hanging, type Line, line, span, windowed } from '../lines.ts';
import { armed, leaseLeft, type State, transactionNow } from '../machine/state.ts';
import { LEAVE_WORD } from '../machine/words.ts';
import type { View } from './area.ts';
import { type Block, fitting } from './blocks.ts';
import { withCursor } from './connect.ts';

/** What the host does without us, in sentences; empty when no work was begun or all of it ended. */
export function withoutUs(state: State): readonly string[] {
  const { run, target } = state;
  if (run === null || state.summary !== null) return [];
  const left = leaseLeft(state);
  const within = left === undefined ? 'when its lease ends' : `within ${left} s`;
  const now = transactionNow(run);
  const rest =
    run.stage === null || run.stage.next.length === 0 ? [] : ['The stages after this one are not begun.'];
  if (armed(state)) {
    const said = run.decision === 'keep' ? ['You said keep, but the last checks are not over.'] : [];
    return [...said, `Not kept: ${target} takes the change back by itself ${within}.`, ...rest];
  }
  if (now?.state === 'ROLLING_BACK')
    return [`${target} is taking the change back, and needs nobody for it.`, ...rest];
  if (now?.state === 'COMMITTED') return ['What was kept so far stays.', ...rest];
  if (now?.state === 'ROLLED_BACK') return [`${target} took the change back.`, ...rest];
  if (now?.state === 'ROLLBACK_PARTIAL') return [`${target} could take the change back only in part.`];
  return [`Work was beginning on ${target}: what it may have begun, it takes back by itself ${within}.`];
}

export const leavingView: View = (state, { width, height }) => {
  const { text, cursor } = state.leaving?.word ?? { text: '', cursor: 0 };
  const { run, target } = state;
  const applied = run !== null && transactionNow(run)?.state === 'APPLIED';
  const after = applied
    ? `Nothing is left to do for that. In that time you can still keep it: portcullis confirm ${target}`
    : `Nothing is left to do for that. How it stands: portcullis status ${target}`;
  const kept = (run?.transactions ?? []).filter((it) => it.state === 'COMMITTED');
  const blocks: Block[] = [
    { lines: [[]], goes: true },
    { lines: [line(span(' Leave now?', 'strong'))] },
    { lines: [[], ...hanging(line(' '), `${withoutUs(state).join(' ')} ${after}`, width)] },
    ...(kept.length === 0
      ? []
      : [
          {
            lines: [
              [],
              ...hanging(
                line(' '),
                `Kept already, and stays: ${kept.map((it) => it.name).join(', ')}`,
                width,
              ),
            ],
          },
        ]),
    { lines: cardLines(run?.cards ?? [], width), goes: true },
    { lines: [[]], goes: true },
    {
      lines: [
        ...hanging(line(' '), `Type ${LEAVE_WORD} and press Enter, or press Ctrl-C again. Esc stays.`, width),
        line(span(' > ', 'cursor'), withCursor(text, cursor)),
      ],
    },
  ];
  const fitted = fitting(blocks, height);
  return windowed(fitted, fitted.length, height);
};

/** Every recovery card of the run: the folder once, and the names in it. */
function cardLines(cards: readonly string[], width: number): Line[] {
  const [first = '', ...more] = cards;
  if (cards.length === 0) return [];
  if (more.length === 0) return [[], ...hanging(line(' '), `Recovery card: ${first}`, width)];
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  const names = cards.map((it) => (it.startsWith(folder) ? it.slice(folder.length) : it));
  return [
    [],
    ...hanging(line(' '), `${cards.length} recovery cards in ${folder}: ${names.join(', ')}`, width),
  ];
}

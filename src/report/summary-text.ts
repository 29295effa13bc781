import type { RunSummary } from '../model/event.ts';
import { wrap } from '../text/wrap.ts';
import {
  capital,
  drawn,
  type Paint,
  paint,
  type Style,
  safe,
  safeLines,
  stateLabel,
  statePaint,
} from './style.ts';

const OUTCOMES: Readonly<Record<RunSummary['outcome'], readonly [string, string, Paint]>> = {
  'nothing-to-do': ['=', 'Nothing to do', 'good'],
  committed: ['✓', 'Applied, proved and kept', 'good'],
  undone: ['✓', 'Taken back, proved and kept', 'good'],
  unconfirmed: ['!', 'Applied, not confirmed: the host takes it back unless you confirm', 'warn'],
  'rolled-back': ['✓', 'Taken back: the host is as it was', 'warn'],
  partial: ['✗', 'Taken back in part: see what could not be restored', 'bad'],
  refused: ['✗', 'Refused: nothing was changed', 'bad'],
  failed: ['✗', 'Failed', 'bad'],
  checked: ['✓', 'Checked: nothing was changed', 'good'],
  planned: ['✓', 'Planned: nothing was changed', 'good'],
};

const IN_PART = 'Taken back in its last stage; what was kept before stays';

/** What a run did, for the scrollback. */
export function summaryText(summary: RunSummary, style: Style): string {
  const [sign, usual, colour] = OUTCOMES[summary.outcome];
  const kept = summary.transactions.some(({ state }) => state === 'COMMITTED');
  const words = summary.outcome === 'rolled-back' && kept ? IN_PART : usual;
  const say = (text: string) => wrap(safe(text, style), { width: style.columns, indent: '  ' });
  const lines = [paint(drawn(`${sign} ${words}`, style), colour, style)];
  for (const line of messageLines(summary.message, words, style)) {
    lines.push(...wrap(line, { width: style.columns, indent: '  ' }));
  }
  for (const it of summary.transactions) {
    // An undo that is kept is not what was kept before.
    const undo = summary.outcome === 'undone' && it.state === 'COMMITTED' ? ' as it was before' : '';
    const label = paint(`${stateLabel(it.state, style)}${undo}`, statePaint(it.state), style);
    lines.push(`  ${safe(it.step, style)}: ${label} (${safe(it.id, style)})`);
  }
  if (summary.scoreBefore !== null) {
    const after = summary.scoreAfter === null ? '' : drawn(` → ${summary.scoreAfter}`, style);
    lines.push(`  score ${summary.scoreBefore}${after}`);
  }
  if (summary.keptStricter.length > 0)
    lines.push(...say(`Kept, because yours is stricter: ${summary.keptStricter.join(', ')}`));
  for (const card of summary.recoveryCards) lines.push(`  Recovery card: ${safe(card, style)}`);
  // Not wrapped: it is to be copied.
  if (summary.repeat !== '') lines.push(`  The same again: ${safe(summary.repeat, style, 4000)}`);
  return `${lines.join('\n')}\n`;
}

/** The message without what the heading has said already. */
function messageLines(message: string, heading: string, style: Style): readonly string[] {
  const [first = '', ...rest] = safeLines(message, style);
  if (!first.toLowerCase().startsWith(heading.toLowerCase())) return first === '' ? [] : [first, ...rest];
  const more = /^(?:[.:;]\s*|$)(.*)$/.exec(first.slice(heading.length))?.[1];
  if (more === undefined) return [first, ...rest];
  return more === '' ? rest : [capital(more), ...rest];
}

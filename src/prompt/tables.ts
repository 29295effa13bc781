// Rules: the tables of a step line by line, as on the full screen: offered, never pushed on anybody; what the operator's machine can see
// of the host's ports is looked at when the tables are asked for.
import type { Context } from '../model/context.ts';
import type { Step } from '../model/control.ts';
import { TargetError, UserError } from '../model/errors.ts';
import type { Session } from '../model/session.ts';
import { plural, type Style, safe } from '../report/style.ts';
import { viewText } from '../report/view-text.ts';
import { askLine, type Terminal } from './terminal.ts';

const VIEW_WORD = 'view';

/** Offers the tables of the step, if it has any. False when the person left. */
export async function offerTables(it: {
  readonly step: Step;
  readonly context: Context;
  readonly session: Pick<Session, 'lookOutside'>;
  readonly terminal: Terminal;
  readonly style: Style;
  readonly write: (text: string) => void;
}): Promise<boolean> {
  const { step, context, terminal, style, write } = it;
  const titles = (step.views?.(context) ?? []).map(({ title }) => safe(title, style));
  if (titles.length === 0) return true;
  const message = `Type "${VIEW_WORD}" to see the ${titles.length === 1 ? 'table' : 'tables'} (${titles.join(', ')}), or Enter to go on:`;
  const typed = await askLine({ message }, terminal);
  if (typed === undefined) return false;
  if (typed.trim() !== VIEW_WORD) return true;
  const seen = await lookedAt(it);
  const tables = (step.views?.(seen) ?? []).map((view) => viewText(view, style).join('\n'));
  write(`\n${tables.join('\n\n')}\n\n`);
  return true;
}

/** The context with the look from outside where the step wants one; without it where there is none to be had. */
async function lookedAt(it: {
  readonly step: Step;
  readonly context: Context;
  readonly session: Pick<Session, 'lookOutside'>;
  readonly style: Style;
  readonly write: (text: string) => void;
}): Promise<Context> {
  const { step, context, session, style, write } = it;
  const doors = step.doors?.(context) ?? [];
  if (doors.length === 0 || context.outside !== undefined) return context;
  write(`Knocking from here at ${plural(doors.length, 'port')}; it takes seconds.\n`);
  try {
    return { ...context, outside: await session.lookOutside() };
  } catch (error) {
    if (!(error instanceof TargetError || error instanceof UserError)) throw error;
    write(`Nobody could knock from here: ${safe(error.message, style, 300)}\n`);
    return context;
  }
}

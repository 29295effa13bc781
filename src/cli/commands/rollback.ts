import { EXIT, UserError } from '../../model/errors.ts';
import { chooseRun, type UndoChoice } from '../../model/undo.ts';
import { threeWayJson } from '../../report/three-way-json.ts';
import { threeWayText } from '../../report/three-way-text.ts';
import { openSession } from '../open-session.ts';
import type { LeaseOptions, ReachOptions } from '../options.ts';
import { deliver, openView, styleOf } from '../view.ts';

type RollbackOptions = ReachOptions &
  LeaseOptions & {
    to?: string;
    step?: string;
    run?: string;
    transaction?: string;
    dryRun: boolean;
    yes: boolean;
  };

/** `portcullis rollback`: an open transaction is taken back at once; otherwise the last run is undone, newest first. */
export async function rollback(target: string, options: RollbackOptions, version: string): Promise<number> {
  if (!options.yes && !options.dryRun) {
    throw new UserError('rollback changes the host and needs your approval', {
      where: '--yes',
      hints: [`see what it would restore: portcullis rollback ${target} --dry-run`, 'then add --yes'],
    });
  }
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, lease: options, version, ...view });
  try {
    await session.connect();
    const choice = choiceOf(options);
    const summary = await session.undo({
      confirm: options.confirm,
      lease: options.lease,
      dryRun: options.dryRun,
      ...choice,
    });
    if (options.dryRun && summary.exitCode === EXIT.pending) {
      const chosen = chooseRun(await session.history(), choice);
      const sides = chosen.length === 0 ? [] : await session.sides(chosen.map(({ id }) => id));
      if (options.json) view.emit({ type: 'three-way', transactions: threeWayJson(sides) });
      else if (sides.length > 0) await deliver(threeWayText(sides, chosen, styleOf(process.stdout, options)));
    }
    return await view.conclude(summary);
  } finally {
    await session.close();
  }
}

/** What was asked for; two ways of saying it at once are refused. */
function choiceOf({ to, step, run, transaction }: RollbackOptions): UndoChoice {
  const named = Object.entries({ to, step, run, transaction }).filter(([, value]) => value !== undefined);
  if (named.length > 1) {
    throw new UserError('these say in two ways what to take back', {
      where: named.map(([flag]) => `--${flag}`).join(', '),
      hints: ['name one of --to, --step, --run and --transaction'],
    });
  }
  if (transaction !== undefined) return { transactions: [transaction] };
  return Object.fromEntries(named);
}

// What can be undone, and what an undo was asked for. Rules: only what was kept and stands; newest first, because a later change may
// lie on an earlier one; a lockdown is none of them: who takes a change back does not mean to open the gate.
import { UserError } from './errors.ts';
import type { TransactionStatus } from './transaction.ts';

/** Which of them; nothing named: the last run. */
export type UndoChoice = {
  /** Everything after this transaction. */
  readonly to?: string;
  /** Of the last run, the transactions of this step. */
  readonly step?: string;
  /** A whole run, by its id or that of one of its transactions. */
  readonly run?: string;
  /** These transactions alone. */
  readonly transactions?: readonly string[];
};

/** Kept and not undone since. The history comes newest first, and so does the answer. */
export function standing<Status extends TransactionStatus>(history: readonly Status[]): readonly Status[] {
  const undone = new Set(history.filter((it) => it.state === 'COMMITTED').map((it) => it.undoes));
  return history
    .filter((it) => it.state === 'COMMITTED' && it.undoes === undefined && it.undone !== true)
    .filter((it) => it.step !== 'lockdown' && !undone.has(it.id));
}

/** The history comes newest first. Throws UserError for what is not there, or does not stand any more. */
export function chooseRun<Status extends TransactionStatus>(
  history: readonly Status[],
  choice: UndoChoice,
): readonly Status[] {
  const all = standing(history);
  if (choice.transactions !== undefined) {
    for (const id of choice.transactions) mustStand(all, id, '--transaction');
    return all.filter(({ id }) => choice.transactions?.includes(id));
  }
  if (choice.run !== undefined) {
    const named = all.find(({ id, run }) => run === choice.run || id === choice.run);
    if (named === undefined) throw notThere(choice.run, '--run');
    return all.filter(({ run }) => run === named.run);
  }
  if (choice.to !== undefined) {
    mustStand(all, choice.to, '--to');
    return all.slice(
      0,
      all.findIndex(({ id }) => id === choice.to),
    );
  }
  const ofRun = all.filter(({ run }) => run === all[0]?.run);
  return choice.step === undefined ? ofRun : ofRun.filter(({ step }) => step === choice.step);
}

/** The words of a command line that choose the same. */
export function choiceWords({ to, step, run, transactions }: UndoChoice): readonly string[] {
  const [one, ...more] = transactions ?? [];
  if (one !== undefined) return more.length === 0 ? ['--transaction', one] : ['--run', one];
  if (run !== undefined) return ['--run', run];
  if (to !== undefined) return ['--to', to];
  return step === undefined ? [] : ['--step', step];
}

function mustStand(all: readonly TransactionStatus[], id: string, flag: string): void {
  if (!all.some((it) => it.id === id)) throw notThere(id, flag);
}

function notThere(id: string, flag: string): UserError {
  return new UserError(`there is no kept transaction "${id.slice(0, 60)}" on this host`, {
    where: flag,
    hints: ['portcullis history TARGET lists them'],
  });
}

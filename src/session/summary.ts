import type { Finding } from '../model/control.ts';
import { EXIT } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import { waivedCritical } from '../model/statement.ts';
import type { End } from './carry-out.ts';

/** What a run leaves to say, from how its transactions ended. The last one decides, because the first that fails stops. */
export function summarise(run: {
  readonly ends: readonly End[];
  readonly done: string;
  /** The run took something back that had been kept. */
  readonly undo?: boolean;
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
  readonly findings: readonly Finding[];
  readonly recoveryCards: readonly string[];
  readonly repeat: string;
}): RunSummary {
  const last = run.ends.at(-1);
  const { outcome, exitCode, message } = verdictOf(last, run);
  return {
    outcome,
    exitCode,
    message: [message, ...waivedLines(run.findings)].join('\n'),
    transactions: run.ends.map(({ step, status }) => ({ id: status.id, step, state: status.state })),
    scoreBefore: run.scoreBefore,
    scoreAfter: run.scoreAfter,
    keptStricter: run.findings.filter((finding) => finding.stricter).map((finding) => finding.title),
    recoveryCards: run.recoveryCards,
    repeat: run.repeat,
  };
}

/** No score is told without what is critical and was waived. */
function waivedLines(findings: readonly Finding[]): readonly string[] {
  return waivedCritical(findings).map(
    ({ control }) => `Critical, waived and left as it is: ${control}; the score is without it.`,
  );
}

function verdictOf(
  last: End | undefined,
  run: { readonly done: string; readonly undo?: boolean },
): Pick<RunSummary, 'outcome' | 'exitCode' | 'message'> {
  if (last === undefined)
    return { outcome: 'nothing-to-do', exitCode: EXIT.fine, message: 'Everything is as it should be.' };
  const { status, why } = last;
  switch (status.state) {
    case 'COMMITTED':
      return { outcome: run.undo === true ? 'undone' : 'committed', exitCode: EXIT.fine, message: run.done };
    case 'ROLLED_BACK':
      return {
        outcome: 'rolled-back',
        exitCode: EXIT.rolledBack,
        message: `Taken back (${status.result ?? 'host restored'}): ${why}`,
      };
    case 'ROLLBACK_PARTIAL':
      return {
        outcome: 'partial',
        exitCode: EXIT.partial,
        message: `Taken back only in part (${status.exceptions.join('; ') || 'see the log on the host'}): ${why}`,
      };
    default:
      return {
        outcome: 'unconfirmed',
        exitCode: EXIT.unconfirmed,
        message: `Applied and not kept yet: portcullis confirm keeps it, the host takes it back in ${status.leaseLeft ?? 0} s.`,
      };
  }
}

/** A summary for a run that ended before any transaction. */
export function summaryWithout(run: {
  readonly outcome: RunSummary['outcome'];
  readonly message: string;
  readonly exitCode: number;
  readonly score: number | null;
  readonly repeat: string;
}): RunSummary {
  return {
    outcome: run.outcome,
    exitCode: run.exitCode,
    transactions: [],
    scoreBefore: run.score,
    scoreAfter: run.score,
    keptStricter: [],
    recoveryCards: [],
    repeat: run.repeat,
    message: run.message,
  };
}

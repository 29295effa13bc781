// Rules: "rehearsed" is only for what the engine carried out in the namespaces and every checker it touches then accepted; "validated" for
// what a daemon's own checker accepted; everything else is "predicted". Whatever is missing, broken or in doubt lowers the word
// and is said; nothing raises it.
import type { Context } from '../model/context.ts';
import type { Rehearsal } from '../model/plan.ts';
import type { Change, Confidence } from '../model/resource.ts';
import type { Candidate, CandidateStage } from './candidate.ts';
import { type CarriedStage, checkersOf } from './rehearse.ts';
import { canBeRehearsed, readBySshd } from './stage-files.ts';

type Seen = Extract<Candidate, { kind: 'seen' }>;

/** How sure a change is, and why not surer; an empty reason goes with the best that its kind can have. */
export type Assurance = { readonly confidence: Confidence; readonly reason: string };

/** What can be said about each change that does something. */
export function assurances(
  changes: readonly Change[],
  seen: Seen,
  context: Context,
): ReadonlyMap<Change, Assurance> {
  const broken = seen.stages.findIndex((stage) => stage.test.code !== 0);
  const believed = broken === -1 ? seen.stages : seen.stages.slice(0, broken);
  const { sshd } = context.readings;
  const files = sshd.kind === 'known' ? sshd.value.files : [];
  return new Map(
    changes
      // What installs a package was asked of apt, not of a rehearsal.
      .filter((change) => change.action !== 'none' && change.phase !== 'packages')
      .map((change) => {
        const here = ({ step, phase }: { step: string; phase: string }): boolean =>
          step === change.step && phase === change.phase;
        const carried = seen.carried.find(here);
        const stage = believed.find(here);
        const read = change.primitives.some((one) => 'path' in one && readBySshd(one.path, files));
        return [change, assurance({ change, seen, carried, stage, read })];
      }),
  );
}

type Judged = {
  readonly change: Change;
  readonly seen: Seen;
  readonly carried: CarriedStage | undefined;
  /** sshd's answers for the stage, where it accepted it. */
  readonly stage: CandidateStage | undefined;
  readonly read: boolean;
};

function assurance(it: Judged): Assurance {
  const { change, seen, carried, stage } = it;
  if (seen.method === 'flattened') return { confidence: 'predicted', reason: seen.reason };
  const ssh = it.read || /^unit:sshd?\./.test(change.address);
  const accepted: Confidence = ssh && stage !== undefined ? 'validated' : 'predicted';
  if (seen.method === 'namespace') return { confidence: accepted, reason: seen.reason };
  const operations = change.primitives.filter(canBeRehearsed);
  if (operations.length === 0) return unitAssurance(it, accepted);
  const done = new Set((carried?.done ?? []).map((one) => JSON.stringify(one)));
  if (!operations.every((one) => done.has(JSON.stringify(one)))) {
    return { confidence: accepted, reason: carried?.stopped?.why ?? 'the host did not say that it was done' };
  }
  if (it.read && stage === undefined) return { confidence: 'predicted', reason: 'sshd does not accept it' };
  for (const name of operations.flatMap((one) => ('path' in one ? checkersOf(one.path) : []))) {
    const run = carried?.checkers.find((one) => one.name === name);
    if (run?.result !== 'passed') {
      const why = run === undefined ? 'it was not asked' : run.message || run.result;
      return { confidence: 'predicted', reason: `${name}: ${why}` };
    }
  }
  // The kernel took the rules; what they do was not seen.
  if (operations.some(({ kind }) => kind === 'nft-table' || kind === 'ufw') && carried?.packets.length === 0)
    return { confidence: 'validated', reason: `no packets: ${carried.noPackets}` };
  return { confidence: 'rehearsed', reason: '' };
}

/** Units are never started or stopped in a rehearsal; what can be checked of them is what they would read. */
function unitAssurance({ change, carried }: Judged, accepted: Confidence): Assurance {
  const unit = change.address.replace(/^unit:/, '');
  const verified = carried?.checkers.some(
    ({ name, result }) => name === `systemd-analyze:${unit}` && result === 'passed',
  );
  return { confidence: verified === true ? 'validated' : accepted, reason: '' };
}

/** The rehearsal as the plan tells it. */
export function rehearsalOf(seen: Seen, all: ReadonlyMap<Change, Assurance>): Rehearsal {
  return {
    method: seen.method,
    reason: seen.reason,
    checkers: seen.carried.flatMap(({ step, phase, checkers }) => {
      const test = seen.stages.find((one) => one.step === step && one.phase === phase)?.test;
      const sshd = { name: 'sshd', result: test?.code === 0 ? 'passed' : 'failed', message: '' } as const;
      const runs = test === undefined ? checkers : [sshd, ...checkers];
      return runs.map(({ name, result, message }) => ({ step, phase, name, result, message }));
    }),
    packets: seen.carried.flatMap(({ step, phase, packets }) =>
      packets.map((packet) => ({ step, phase, ...packet })),
    ),
    downgraded: [...all]
      .filter(([, { reason }]) => reason !== '')
      .map(([{ address }, { reason }]) => ({ address, reason })),
  };
}

// How a transaction begins. Rules: it is told before the host is asked, because until the answer comes nobody knows whether it
// did; when the answer never comes we connect again and look, we never guess and never ask a second time; what cannot be
// looked at is told with what the host does by itself, and how to see, keep and undo it.
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, TargetError } from '../model/errors.ts';
import type { Emit } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import { EngineLost, type HostStatus } from '../transaction/answer.ts';
import { findStarted, type Handle } from '../transaction/driver.ts';
import { type Line, LineClosed } from './line.ts';

export type Started = { readonly handle: Handle; readonly status: HostStatus };

export type Beginning = {
  readonly id: string;
  /** What it was begun with, when it can be taken up again after an answer that never came. */
  readonly nonce?: string;
  readonly step: string;
  /** Seconds. */
  readonly lease: number;
  /** Begins it on the host: lock, checkpoint, arm, detached apply. Undefined: there was nothing to do. */
  readonly start: (transport: Transport) => Promise<Started | undefined>;
};

/** Milliseconds between looks for a transaction whose start was not answered: it may just be taking its checkpoint. */
const LOOKS = [0, 1000, 3000];

export async function begin(
  job: Beginning,
  { line, emit }: { readonly line: Line; readonly emit: Emit },
): Promise<Started | undefined> {
  const transport = await line.transport();
  emit({ type: 'starting', id: job.id, step: job.step, lease: job.lease });
  try {
    return await job.start(transport);
  } catch (error) {
    if (!(error instanceof EngineLost)) throw error;
    emit({ type: 'connection-lost', reason: error.message });
    return await lookForIt(job, { line, lost: error });
  }
}

async function lookForIt(
  job: Beginning,
  { line, lost }: { readonly line: Line; readonly lost: EngineLost },
): Promise<Started> {
  const { id, nonce } = job;
  for (const wait of nonce === undefined ? [] : LOOKS) {
    await sleep(wait);
    const found = await findStarted(await again(job, { line, lost }), { id, nonce: nonce ?? '' });
    if (found !== undefined) return found;
  }
  throw notKnown(job, lost, 'the host was not seen to hold it');
}

async function again(
  job: Beginning,
  { line, lost }: { readonly line: Line; readonly lost: EngineLost },
): Promise<Transport> {
  try {
    return await line.transport();
  } catch (error) {
    if (!(error instanceof TargetError) || error instanceof LineClosed) throw error;
    throw notKnown(job, lost, error.message);
  }
}

function notKnown(job: Beginning, lost: EngineLost, seen: string): TargetError {
  return new TargetError(`${lost.message}: whether the host has begun ${job.id} is not known`, {
    exitCode: EXIT.unreachable,
    evidence: [...lost.evidence, seen],
    hints: [
      `if it has, it takes everything back by itself when its lease of ${job.lease} s ends: nothing is left to do for that`,
      'see how it stands: portcullis status TARGET',
      'before that: portcullis confirm TARGET keeps it, portcullis rollback TARGET --yes takes it back at once',
    ],
    cause: lost,
  });
}

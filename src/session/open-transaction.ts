// A transaction that is open on the host, begun by this machine or another: keep it, or have the host take it back now.
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, TargetError } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import type { HostStatus } from '../transaction/answer.ts';
import { adopt, commit, history, readOpen, renew, rollback } from '../transaction/driver.ts';
import { dropOpenRecord, loadOpenRecord } from './open-record.ts';
import { proveOnce } from './prove-stage.ts';
import type { SessionState } from './session.ts';
import { summarise, summaryWithout } from './summary.ts';

/** Proves what the transaction promised over a new login, then keeps it. */
export async function confirmOpen(state: SessionState): Promise<RunSummary> {
  const { emit, stateDir, target } = state.options;
  const transport = await state.line.transport();
  const repeat = state.options.again('confirm');
  const open = await readOpen(transport);
  if (open === undefined) return await nothingOpen(state, repeat);
  const record = await loadOpenRecord(stateDir, open.id);
  if (record === undefined) {
    throw new TargetError('this machine does not hold the token of that transaction', {
      where: open.id,
      evidence: [`begun by ${open.operator}`],
      hints: [
        'confirm it from the machine that began it',
        `or take it back: portcullis rollback ${target.name} --yes`,
      ],
    });
  }
  const { token, port, proofs } = record;
  const handle = { ...record.handle, fence: open.fence };
  const reached = await proveOnce({ claims: { login: { port }, proofs }, handle, line: state.line, emit });
  if ('refused' in reached) {
    emit({ type: 'note', level: 'warning', text: `Taking it back: ${reached.refused}` });
    const status = await rollback(await state.line.transport(), handle);
    return ended(state, status, { why: reached.refused, repeat });
  }
  const { fresh } = reached;
  try {
    const { status } = await commit(fresh, handle, token);
    emit({ type: 'transaction', id: handle.id, step: record.step, state: status.state, detail: 'Kept' });
    if (status.final) await dropOpenRecord(stateDir, handle.id);
    return ended(state, status, { why: 'the host had already taken it back', repeat });
  } finally {
    await fresh.close();
  }
}

/** As the host tells it now. */
export async function openStatus(state: SessionState): Promise<HostStatus | null> {
  return (await readOpen(await state.line.transport())) ?? null;
}

/** Starts the lease of the open transaction again, whoever began it. */
export async function extendOpen(state: SessionState): Promise<HostStatus | null> {
  const transport = await state.line.transport();
  const handle = await adopt(transport);
  if (handle === undefined) return null;
  const { kind, status } = await renew(transport, handle);
  if (kind === 'renewed') return status;
  throw new TargetError('the host gives it no more time', {
    where: handle.id,
    evidence: [`it is ${status.state}, begun ${new Date(status.begun * 1000).toISOString()}`],
    hints: ['keep it or take it back now; silence takes it back'],
  });
}

/** No transaction is open: what became of the newest one is the answer. */
async function nothingOpen(state: SessionState, repeat: string): Promise<RunSummary> {
  const newest = (await history(await state.line.transport())).at(-1);
  if (newest === undefined || newest.state === 'COMMITTED') {
    const message = newest === undefined ? 'Nothing is open on this host.' : `${newest.id} is kept already.`;
    return summaryWithout({ outcome: 'nothing-to-do', message, exitCode: EXIT.fine, score: null, repeat });
  }
  return ended(state, newest, { why: 'the host took it back before it was confirmed', repeat });
}

/** Has the host take the open transaction back at once. */
export async function rollbackOpen(state: SessionState): Promise<RunSummary> {
  const transport = await state.line.transport();
  const repeat = state.options.again('rollback', '--yes');
  const handle = await adopt(transport);
  if (handle === undefined) {
    return summaryWithout({
      outcome: 'nothing-to-do',
      message: 'Nothing is open on this host.',
      exitCode: EXIT.fine,
      score: null,
      repeat,
    });
  }
  let status = await rollback(transport, handle);
  for (let looks = 0; !status.final && looks < 60; looks += 1) {
    await sleep(500);
    const now = (await history(await state.line.transport())).find((one) => one.id === handle.id);
    status = now ?? status;
  }
  const { id, step } = status;
  state.options.emit({ type: 'transaction', id, step, state: status.state, detail: status.result ?? '' });
  if (status.final) await dropOpenRecord(state.options.stateDir, id);
  const summary = ended(state, status, { why: 'you asked for it', repeat });
  // Asked for and done is success: only what could not be restored is not.
  return status.state === 'ROLLED_BACK' ? { ...summary, exitCode: EXIT.fine } : summary;
}

function ended(state: SessionState, status: HostStatus, it: { why: string; repeat: string }): RunSummary {
  return summarise({
    ends: [{ step: status.step, status, why: it.why }],
    done: 'Proved over a new login and kept.',
    scoreBefore: state.survey?.score ?? null,
    scoreAfter: null,
    findings: [],
    recoveryCards: [],
    repeat: it.repeat,
  });
}

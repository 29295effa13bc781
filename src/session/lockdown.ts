// Lockdown: one transaction of the normal engine, begun from what one look says, kept once a fresh login of the operator works
// under it. Rules: the operator's own address is always allowed, and without one nothing is begun; while locked nothing is
// locked again; nothing is installed, because an emergency waits for no package; unlocking is the plain undo.
import { randomBytes } from 'node:crypto';
import { gatherSome } from '../facts/gather.ts';
import { FACTS } from '../facts/index.ts';
import type { LockdownFact } from '../facts/lockdown-record.ts';
import { EXIT, TargetError } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import { type LockdownRecord, lockedUntil } from '../model/lockdown.ts';
import { knownValue } from '../model/outcome.ts';
import type { LockdownRequest, Session } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import { history, newTransaction, readOpen, startTransaction } from '../transaction/driver.ts';
import { issueCard } from './card.ts';
import { carryOut, type Job } from './carry-out.ts';
import { type Look, lookAlready, lookFresh, recordOf, told } from './lockdown-look.ts';
import { describe, lockdownChanges } from './lockdown-plan.ts';
import { endStrangers, listPeers } from './lockdown-strangers.ts';
import { dropOpenRecord, saveOpenRecord } from './open-record.ts';
import { rollbackOpen } from './open-transaction.ts';
import { operatorName } from './operator.ts';
import type { SessionState } from './session.ts';
import { summarise, summaryWithout } from './summary.ts';
import { undoChosen } from './undo-run.ts';

const STEP = 'lockdown';

/** Locks the host down and keeps it; silence before that is taken back by the host. */
export async function lockDown(state: SessionState, request: LockdownRequest): Promise<RunSummary> {
  const transport = await state.line.transport();
  const already = lookAlready(state, transport);
  // Whatever comes of it, what was seen before it counts no more.
  state.surveyed = undefined;
  const lockedThen = already?.lockdown.kind === 'known' && already.lockdown.value.record !== null;
  let look =
    already === undefined || lockedThen
      ? await lookFresh(transport, await state.firstLook('lockdown'))
      : already;
  for (let tries = 1; ; tries += 1) {
    try {
      return await lockWith({ state, request, transport, look });
    } catch (error) {
      // Somebody moved the host between the look and the start: on what it says now, which may be that it is locked already.
      if (!(error instanceof TargetError) || error.exitCode !== EXIT.stale || tries > 2) throw error;
      look = await lookFresh(transport);
    }
  }
}

async function lockWith(it: {
  readonly state: SessionState;
  readonly request: LockdownRequest;
  readonly transport: Transport;
  readonly look: Look;
}): Promise<RunSummary> {
  const { state, request, look } = it;
  const { emit, target } = state.options;
  const { connection } = it.transport;
  const tokenHex = randomBytes(16).toString('hex');
  const fresh = newTransaction(new Date(), tokenHex);
  const operator = operatorName(connection);
  const record = { ...recordOf(target.name, look, request), transaction: fresh.id, operator };
  const tell = (level: 'info' | 'warning', text: string) => emit({ type: 'note', level, text });
  if (connection.viaProxy)
    tell(
      'warning',
      `You come through a jump host: the host sees ${record.allow[0]}, and lets in whoever comes from there.`,
    );
  const repeat = state.options.again('lockdown', ...wordsOf(request));
  if (request.approve !== undefined && !(await request.approve([`${STEP}: ${describe(record)}`]))) {
    const message = 'Nothing was begun.';
    return summaryWithout({ outcome: 'refused', message, exitCode: EXIT.refused, score: null, repeat });
  }
  const plan = lockdownChanges(record);
  const card = await issueCard({
    ...{ state, id: fresh.id, step: STEP, lease: request.lease },
    changes: plan.changes,
  });
  const peers: { seen?: ReturnType<typeof listPeers> } = {};
  const job = jobOf({ ...it, record, fresh, tokenHex, plan });
  const end = await carryOut(
    {
      ...job,
      claims: async () => {
        // Beside the new login, on the line that has nothing else to do.
        peers.seen = listPeers(it.transport, record.ports);
        return { login: { port: connection.port }, proofs: [] };
      },
    },
    { line: state.line, emit, confirm: 'auto', recheck: [] },
  );
  if (end?.status.state === 'COMMITTED') {
    emit({ type: 'lockdown', record });
    if (peers.seen !== undefined) await endStrangers(it.transport, { record, emit, peers: await peers.seen });
  }
  if (end?.status.final === true) await dropOpenRecord(state.options.stateDir, fresh.id);
  return summarise({
    ends: end === undefined ? [] : [end],
    done: doneText(target.name, record),
    ...{ scoreBefore: null, scoreAfter: null, findings: [], recoveryCards: [card], repeat },
  });
}

function jobOf(it: {
  readonly state: SessionState;
  readonly request: LockdownRequest;
  readonly transport: Transport;
  readonly look: Look;
  readonly record: LockdownRecord;
  readonly fresh: ReturnType<typeof newTransaction>;
  readonly tokenHex: string;
  readonly plan: ReturnType<typeof lockdownChanges>;
}): Omit<Job, 'claims'> {
  const { token, ...identity } = it.fresh;
  const { lease } = it.request;
  const { port, hostKey } = it.transport.connection;
  const who = knownValue(it.look.who);
  return {
    id: identity.id,
    step: STEP,
    token,
    lease,
    urgent: true,
    start: async (line) => {
      const started = await startTransaction(line, {
        ...{ ...identity, ...it.plan, lease, step: STEP, urgent: true, operator: it.record.operator },
        ...{ run: randomBytes(6).toString('hex'), planDigest: '0'.repeat(64) },
        ...(who === undefined ? {} : { client: { address: who.clientAddress, port: who.serverPort } }),
      });
      const open = { handle: started.handle, hostKey, step: STEP, token: it.tokenHex, port, proofs: [] };
      await saveOpenRecord(it.state.options.stateDir, open);
      return started;
    },
  };
}

function doneText(target: string, record: LockdownRecord): string {
  return `Locked down ${lockedUntil(record)}, proved over a new login from your address: ${describe(record)}.\nUnlock: portcullis unlock ${target} --yes; on the console: sh /var/lib/portcullis/engine undo ${record.transaction}`;
}

/** Gives back what was before the lockdown, proved and kept like any change. */
export async function unlock(
  state: SessionState,
  request: Parameters<Session['unlock']>[0],
): Promise<RunSummary> {
  const transport = await state.line.transport();
  const repeat = state.options.again('unlock', '--yes');
  const open = await readOpen(transport);
  if (open?.step === STEP) return { ...(await rollbackOpen(state)), repeat };
  const chosen = (await history(transport)).filter(
    (one) => one.step === STEP && one.state === 'COMMITTED' && !one.undone && one.undoes === undefined,
  );
  if (chosen.length === 0) {
    const message = 'This host is not locked down.';
    return summaryWithout({ outcome: 'nothing-to-do', message, exitCode: EXIT.fine, score: null, repeat });
  }
  const done = 'Unlocked, proved and kept: who may come is as it was before the lockdown.';
  const summary = await undoChosen(state, chosen, { confirm: 'auto', lease: request.lease, repeat, done });
  if (summary.exitCode === EXIT.fine) state.options.emit({ type: 'lockdown', record: null });
  return summary;
}

/** The lockdown as the host says it is now. Throws TargetError when that cannot be told. */
export async function lockdownNow(state: SessionState): Promise<LockdownFact> {
  const { lockdown } = await gatherSome(await state.line.transport(), { lockdown: FACTS.lockdown });
  return told(lockdown, 'whether this host is locked down');
}

function wordsOf({ level, allow, ttl, reason }: LockdownRequest): readonly string[] {
  return [
    ...['--level', level],
    ...allow.flatMap((source) => ['--allow', source]),
    ...(ttl === undefined ? [] : ['--ttl', `${ttl}s`]),
    ...['--reason', reason, '--yes'],
  ];
}

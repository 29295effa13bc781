// Undo of what was kept: the last run, newest transaction first, each undone by a transaction of its own that is armed and
// proved like any other. Rules: an open transaction is taken back first; what somebody else changed since is told and left.
import { randomBytes } from 'node:crypto';
import { gather } from '../facts/gather.ts';
import { sshPorts } from '../facts/ssh-ports.ts';
import type { Proof } from '../model/control.ts';
import { EXIT, TargetError } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import type { Session } from '../model/session.ts';
import { PACKAGES } from '../model/stage.ts';
import type { Transport } from '../model/target.ts';
import { choiceWords, chooseRun } from '../model/undo.ts';
import type { HostStatus } from '../transaction/answer.ts';
import { history, newTransaction, previewUndo, readOpen, startUndo } from '../transaction/driver.ts';
import { issueCard } from './card.ts';
import { carryOut, type End, type Job } from './carry-out.ts';
import { forgetRotated } from './look-at-secrets.ts';
import { dropOpenRecord, saveOpenRecord } from './open-record.ts';
import { rollbackOpen } from './open-transaction.ts';
import { operatorName } from './operator.ts';
import { type SessionState, surveyAgain } from './session.ts';
import { LONGEST_INSTALL, tellStage } from './stages.ts';
import { summarise, summaryWithout } from './summary.ts';

type UndoRequest = Parameters<Session['undo']>[0];

export async function undoRun(state: SessionState, request: UndoRequest): Promise<RunSummary> {
  const transport = await state.line.transport();
  const repeat = state.options.again('rollback', ...choiceWords(request), '--yes');
  const open = await readOpen(transport);
  if (open !== undefined) {
    if (request.dryRun !== true) return await rollbackOpen(state);
    return previewed([`${open.id} (${open.step}) is ${open.state} and would be taken back at once`], repeat);
  }
  const chosen = chooseRun((await history(transport)).toReversed(), request);
  if (chosen.length === 0) {
    return summaryWithout({
      outcome: 'nothing-to-do',
      message: 'There is nothing of ours on this host to take back.',
      exitCode: EXIT.fine,
      score: null,
      repeat,
    });
  }
  if (request.dryRun === true) return previewed(await preview(transport, chosen), repeat);
  const done = 'Taken back, proved and kept: the host is as it was before.';
  return await undoChosen(state, chosen, { ...request, recheck: state.options.recheck, repeat, done });
}

/** Undoes these transactions in this order, each as a transaction of its own. */
export async function undoChosen(
  state: SessionState,
  chosen: readonly HostStatus[],
  request: Pick<UndoRequest, 'confirm' | 'lease' | 'decide'> & {
    /** Seconds after the first proofs; none when left out. */
    readonly recheck?: readonly number[];
    readonly repeat: string;
    /** What to say when all of it is kept. */
    readonly done: string;
  },
): Promise<RunSummary> {
  const { recheck = [], repeat } = request;
  const ends: End[] = [];
  const left: string[] = [];
  const cards: string[] = [];
  const run = randomBytes(6).toString('hex');
  for (const [index, done] of chosen.entries()) {
    tellStage(state.options.emit, chosen, { index });
    const { id, job } = undoJob({ state, done, run, left, lease: request.lease });
    cards.push(await issueCard({ state, id, step: done.step, changes: [], lease: request.lease }));
    const end = await carryOut(job, {
      line: state.line,
      emit: state.options.emit,
      confirm: request.confirm,
      recheck: done === chosen.at(-1) ? recheck : recheck.slice(0, 1),
      ...(request.decide === undefined ? {} : { decide: request.decide }),
    });
    if (end === undefined) continue;
    ends.push(end);
    if (end.status.final) await dropOpenRecord(state.options.stateDir, end.status.id);
    if (end.status.state !== 'COMMITTED') break;
    if (state.steps.some(({ id, secrets }) => id === done.step && secrets !== undefined))
      forgetRotated(state);
  }
  const after = await surveyAgain(state);
  const summary = summarise({
    ends,
    done: request.done,
    undo: true,
    scoreBefore: null,
    scoreAfter: after?.score ?? null,
    findings: [],
    recoveryCards: cards,
    repeat,
  });
  if (left.length === 0 || summary.exitCode !== EXIT.fine) return summary;
  return {
    ...summary,
    outcome: 'partial',
    exitCode: EXIT.partial,
    message: `Taken back but for what somebody else changed since: ${left.join('; ')}`,
  };
}

async function preview(transport: Transport, chosen: readonly HostStatus[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const before: string[] = [];
  for (const done of chosen) {
    const { would, left } = await previewUndo(transport, done.id);
    // What a later transaction of ours changed again looks changed until that one is taken back.
    const ours = left.filter((line) =>
      before.some((earlier) => pathsOf(earlier).some((path) => line.includes(path))),
    );
    lines.push(
      `${done.id} (${done.step})`,
      ...would.map((line) => `would ${line}`),
      ...ours.map((line) => `would restore, once the transaction above is taken back: ${line}`),
      ...left
        .filter((line) => !ours.includes(line))
        .map((line) => `left alone, changed by somebody else: ${line}`),
    );
    before.push(...would);
  }
  return lines;
}

/** Absolute paths named in a line. */
function pathsOf(line: string): readonly string[] {
  return line.split(' ').filter((word) => word.startsWith('/'));
}

function previewed(lines: readonly string[], repeat: string): RunSummary {
  return summaryWithout({
    outcome: 'planned',
    message: lines.join('\n'),
    exitCode: EXIT.pending,
    score: null,
    repeat,
  });
}

function undoJob(it: {
  readonly state: SessionState;
  readonly done: HostStatus;
  readonly run: string;
  readonly left: string[];
  readonly lease: number;
}): { readonly id: string; readonly job: Job } {
  const { state, done, run, left, lease } = it;
  const tokenHex = randomBytes(16).toString('hex');
  const { token, ...identity } = newTransaction(new Date(), tokenHex);
  const job: Job = {
    id: identity.id,
    step: done.step,
    token,
    lease,
    ...(done.step === PACKAGES ? { patience: LONGEST_INSTALL } : {}),
    start: async (transport) => {
      const started = await startUndo(transport, {
        ...identity,
        run,
        step: done.step,
        operator: operatorName(transport.connection),
        planDigest: '0'.repeat(64),
        lease,
        ...(done.step === PACKAGES ? { maximum: LONGEST_INSTALL } : {}),
        undoes: done.id,
      });
      left.push(...started.left);
      if (started.kind === 'nothing') return undefined;
      return started;
    },
    claims: async (transport, handle) => {
      // A lockdown moves no sshd, and the port we came by may be one that is forwarded to it.
      const port = done.step === 'lockdown' ? transport.connection.port : await portAfter(transport);
      const proofs = [loginProof(transport, port)];
      await saveOpenRecord(state.options.stateDir, {
        handle,
        hostKey: transport.connection.hostKey,
        step: done.step,
        token: tokenHex,
        port,
        proofs,
      });
      state.line.movedTo(port);
      return { login: { port }, proofs };
    },
  };
  return { id: identity.id, job };
}

/** Where sshd listens now that the old state is back: the port we came by when it still does, else its first. */
async function portAfter(transport: Transport): Promise<number> {
  const ports = sshPorts(await gather(transport));
  const { port } = transport.connection;
  const first = ports[0];
  if (ports.includes(port)) return port;
  if (first === undefined)
    throw new TargetError('no sshd listens on the host after the change was taken back');
  return first;
}

function loginProof(transport: Transport, port: number): Proof {
  const { user } = transport.connection;
  return {
    id: 'undo.login',
    title: `${user} can log in on port ${port} and reach root`,
    viewpoint: 'fresh-login',
    expect: 'works',
    check: { kind: 'login', user, port, root: true },
  };
}

// One transaction from its first byte to its end, as the operator's side sees it. Rules: the host decides, we only ask
// and read; after a lost connection we reconnect and read the state, we never guess; the lease is renewed by its own
// loop and never while nobody could be watching; a change is kept only over a login made after it was applied.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Proof, ProofResult } from '../model/control.ts';
import { TargetError } from '../model/errors.ts';
import type { Decision, Emit } from '../model/session.ts';
import type { FreshOptions, Transport } from '../model/target.ts';
import type { TransactionState, TransactionStatus } from '../model/transaction.ts';
import type { Secret } from '../text/secret.ts';
import type { Line } from './line.ts';

/** What the driver in src/transaction can do with a transaction that exists on the host. */
export type Engine = {
  status(transport: Transport, id: string): Promise<TransactionStatus>;
  renew(transport: Transport, id: string): Promise<{ readonly leaseLeft: number }>;
  proveFresh(fresh: Transport, id: string): Promise<void>;
  commit(fresh: Transport, id: string, token: Secret): Promise<void>;
  rollback(transport: Transport, id: string): Promise<void>;
};

export type Job = {
  readonly id: string;
  readonly step: string;
  readonly token: Secret;
  /** Seconds. */
  readonly lease: number;
  /** Begins it on the host: lock, checkpoint, arm, detached apply. */
  readonly start: (transport: Transport) => Promise<void>;
  /** Where the deciding login goes, and what must hold; asked once the change is applied. */
  readonly claims: (
    transport: Transport,
  ) => Promise<{ readonly login: FreshOptions; readonly proofs: readonly Proof[] }>;
};

export type Watch = {
  readonly line: Line;
  readonly engine: Engine;
  readonly emit: Emit;
  readonly prove: (options: {
    proofs: readonly Proof[];
    transport: Transport;
    fresh: Transport;
    onStart: (proof: Proof) => void;
    onResult: (result: ProofResult) => void;
  }) => Promise<readonly ProofResult[]>;
  readonly confirm: 'auto' | 'ask' | 'manual';
  /** Seconds after the first proofs. */
  readonly recheck: readonly number[];
  readonly decide?: () => Promise<Decision>;
  /** Milliseconds between looks at the host. */
  readonly poll: number;
};

export type End = {
  readonly id: string;
  readonly step: string;
  readonly state: TransactionState;
  readonly status: TransactionStatus;
  readonly why: string;
};

/** How long a question may keep the lease alive before silence counts as absence, reliability.md F-14. */
const QUESTION_LIMIT = 10 * 60_000;

const FINAL: readonly TransactionState[] = ['COMMITTED', 'ROLLED_BACK', 'ROLLBACK_PARTIAL'];

/** Carries the job out. Resolves to how it ended on the host; rejects only when the host's word cannot be had. */
export async function carryOut(job: Job, watch: Watch): Promise<End> {
  const { emit, line, engine } = watch;
  const told = tell(job, emit);
  told('PREPARED', 'Checkpoint made and read back, dead-man armed and tried');
  await job.start(await line.transport());
  const applied = await waitUntil(
    job,
    watch,
    (status) => status.state === 'APPLIED' || FINAL.includes(status.state),
    told,
  );
  if (applied.state !== 'APPLIED') return ending(job, applied, applied.log.at(-1) ?? 'the host took it back');
  if (watch.confirm === 'manual') return await checkAndLeave(job, watch, applied, told);

  const heart = startHeart(job, watch);
  try {
    const refused = await proveOnce(job, watch);
    if (refused !== undefined) return await takeBack(job, watch, refused, told);
    const settled = await keepOrNot(job, watch, heart);
    if (settled.decision === 'roll-back') return await takeBack(job, watch, settled.why, told);
    if (settled.decision === 'later') {
      return ending(
        job,
        await engine.status(await line.transport(), job.id),
        'left armed; confirm it or the host takes it back',
      );
    }
    return await keep(job, watch, told);
  } finally {
    heart.stop();
  }
}

/** `--confirm manual`: proofs are made and told; what fails is taken back at once, the rest waits for `confirm`. */
async function checkAndLeave(job: Job, watch: Watch, applied: TransactionStatus, told: Teller): Promise<End> {
  const refused = await proveOnce(job, watch);
  if (refused !== undefined) return await takeBack(job, watch, refused, told);
  return ending(job, applied, 'applied and proved; left armed for `portcullis confirm`');
}

/** Makes the proofs over a fresh login. Undefined when all hold, otherwise the first that does not, in words. */
async function proveOnce(job: Job, watch: Watch): Promise<string | undefined> {
  const { line, emit, engine } = watch;
  const transport = await line.transport();
  const claims = await job.claims(transport);
  let fresh: Transport;
  try {
    fresh = await transport.fresh(claims.login);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return `a new login no longer works: ${error.message}`;
  }
  try {
    await engine.proveFresh(fresh, job.id);
    const results = await watch.prove({
      proofs: claims.proofs,
      transport,
      fresh,
      onStart: (proof) => emit({ type: 'proving', proof: proof.id, title: proof.title }),
      onResult: (result) => emit({ type: 'proved', result }),
    });
    const bad = results.find((result) => result.outcome !== 'proved');
    return bad === undefined ? undefined : `${bad.proof.title}: ${bad.seen}`;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return error.message;
  } finally {
    await fresh.close();
  }
}

/** Rechecks and the operator's word run side by side; a recheck that fails wins over any word. */
async function keepOrNot(job: Job, watch: Watch, heart: Heart): Promise<{ decision: Decision; why: string }> {
  const rechecks = recheckAll(job, watch, heart);
  if (watch.confirm === 'auto' || watch.decide === undefined) {
    const refused = await rechecks;
    return refused === undefined ? { decision: 'keep', why: '' } : { decision: 'roll-back', why: refused };
  }
  const limit = setTimeout(() => heart.stop(), QUESTION_LIMIT);
  try {
    const word = watch
      .decide()
      .then((decision) => ({ decision, why: decision === 'roll-back' ? 'you asked for it' : '' }));
    const alarm = rechecks.then((refused) => refused ?? new Promise<never>(() => {}));
    const first = await Promise.race([word, alarm.then((why) => ({ decision: 'roll-back' as const, why }))]);
    if (first.decision !== 'keep') return first;
    const refused = await rechecks;
    return refused === undefined ? first : { decision: 'roll-back', why: refused };
  } finally {
    clearTimeout(limit);
  }
}

async function recheckAll(job: Job, watch: Watch, heart: Heart): Promise<string | undefined> {
  const started = Date.now();
  for (const after of watch.recheck) {
    await sleep(Math.max(0, after * 1000 - (Date.now() - started)), undefined, {
      signal: heart.signal,
    }).catch(() => {});
    if (heart.signal.aborted) return undefined;
    const refused = await loginAgain(job, watch);
    watch.emit({
      type: 'recheck',
      afterSeconds: after,
      ok: refused === undefined,
      detail: refused ?? 'A new login works',
    });
    if (refused !== undefined) return `${after} s later: ${refused}`;
  }
  return undefined;
}

async function loginAgain(job: Job, watch: Watch): Promise<string | undefined> {
  const transport = await watch.line.transport();
  try {
    const { login } = await job.claims(transport);
    const fresh = await transport.fresh(login);
    await watch.engine.proveFresh(fresh, job.id);
    await fresh.close();
    return undefined;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return error.message;
  }
}

async function keep(job: Job, watch: Watch, told: Teller): Promise<End> {
  const transport = await watch.line.transport();
  const { login } = await job.claims(transport);
  let fresh: Transport;
  try {
    fresh = await transport.fresh(login);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return await takeBack(job, watch, `a new login no longer works: ${error.message}`, told);
  }
  try {
    await watch.engine.commit(fresh, job.id, job.token);
  } catch (error) {
    // Lost or refused, the answer is on the host: a commit that arrived stands, one that came too late does not.
    if (!(error instanceof TargetError)) throw error;
    watch.emit({ type: 'note', level: 'warning', text: `The host's answer to the commit: ${error.message}` });
  } finally {
    await fresh.close();
  }
  const status = await waitUntil(job, watch, (now) => FINAL.includes(now.state), told);
  return ending(job, status, status.state === 'COMMITTED' ? 'kept' : 'the host had already taken it back');
}

async function takeBack(job: Job, watch: Watch, why: string, told: Teller): Promise<End> {
  watch.emit({ type: 'note', level: 'warning', text: `Taking it back: ${why}` });
  try {
    await watch.engine.rollback(await watch.line.transport(), job.id);
  } catch (error) {
    // Whatever stopped our asking, the host's own timer does the same within the lease.
    if (!(error instanceof TargetError)) throw error;
    watch.emit({
      type: 'note',
      level: 'warning',
      text: `Could not ask for it (${error.message}); the host's timer does it by itself`,
    });
  }
  const status = await waitUntil(job, watch, (now) => FINAL.includes(now.state), told);
  return ending(job, status, why);
}

/** Looks until `done`, through lost connections, for as long as the host can still be acting. */
async function waitUntil(
  job: Job,
  watch: Watch,
  done: (status: TransactionStatus) => boolean,
  told: Teller,
): Promise<TransactionStatus> {
  const patience = Date.now() + (job.lease + 60) * 1000;
  for (;;) {
    try {
      const status = await watch.engine.status(await watch.line.transport(), job.id);
      told(status.state, status.log.at(-1) ?? '');
      watch.emit({
        type: 'progress',
        id: job.id,
        done: status.operationsDone,
        total: status.operationsTotal,
        detail: status.log.at(-1) ?? '',
      });
      if (status.leaseLeft !== null)
        watch.emit({ type: 'lease', id: job.id, left: status.leaseLeft, length: job.lease });
      if (done(status)) return status;
    } catch (error) {
      if (!(error instanceof TargetError) || Date.now() > patience) throw error;
      watch.emit({ type: 'connection-lost', reason: error.message });
    }
    if (Date.now() > patience) {
      throw new TargetError('the host does not say how the transaction ended', {
        where: job.id,
        hints: [
          'portcullis status TARGET asks again',
          'the recovery card says how to take it back from the console',
        ],
      });
    }
    await sleep(watch.poll);
  }
}

type Heart = { readonly stop: () => void; readonly signal: AbortSignal };

/** Renews the lease every third of it, at most every 10 s, until stopped. A missed beat is told, never hidden. */
function startHeart(job: Job, watch: Watch): Heart {
  const stopper = new AbortController();
  const every = Math.min(10, job.lease / 3) * 1000;
  const beat = async () => {
    while (!stopper.signal.aborted) {
      try {
        const { leaseLeft } = await watch.engine.renew(await watch.line.transport(), job.id);
        watch.emit({ type: 'lease', id: job.id, left: leaseLeft, length: job.lease });
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        if (!stopper.signal.aborted)
          watch.emit({ type: 'note', level: 'warning', text: `Lease not renewed: ${error.message}` });
      }
      await sleep(every, undefined, { signal: stopper.signal }).catch(() => {});
    }
  };
  void beat();
  return { stop: () => stopper.abort(), signal: stopper.signal };
}

type Teller = (state: TransactionState, detail: string) => void;

/** Emits a state once, when it changes. */
function tell(job: Job, emit: Emit): Teller {
  let last: TransactionState | undefined;
  return (state, detail) => {
    if (state === last) return;
    last = state;
    emit({ type: 'transaction', id: job.id, step: job.step, state, detail });
  };
}

function ending(job: Job, status: TransactionStatus, why: string): End {
  return { id: job.id, step: job.step, state: status.state, status, why };
}

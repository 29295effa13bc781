// One transaction from its first byte to its end, as the operator's side sees it. Rules: the host decides, we only ask
// and read; after a lost connection we reconnect and read the state, we never guess; the lease is renewed by its own
// loop and never while nobody could be watching; a change is kept only over a login made after it was applied.
import { setTimeout as sleep } from 'node:timers/promises';
import { TargetError } from '../model/errors.ts';
import type { Decision, Emit } from '../model/session.ts';
import type { FreshOptions, Transport } from '../model/target.ts';
import type { Secret } from '../text/secret.ts';
import type { HostStatus } from '../transaction/answer.ts';
import { commit, type Handle, keep as proveAndKeep, rollback, status } from '../transaction/driver.ts';
import { type Beginning, begin } from './begin.ts';
import { type Heart, startHeart } from './heart.ts';
import { type Line, LineClosed } from './line.ts';
import { type Claims, loginAgain, proveOnce } from './prove-stage.ts';
import { createTeller, type Teller } from './teller.ts';

export type Job = Beginning & {
  readonly token: Secret;
  /** Seconds that the work itself may take (a package manager's locks, downloads); the lease is renewed meanwhile. */
  readonly patience?: number;
  /**
   * Begun as urgent, without proofs of its own, confirmed by nobody: the new login begins while the host still works on the
   * rest, and proof and commit are one exchange over it.
   */
  readonly urgent?: boolean;
  /** Where the deciding login goes, and what must hold; asked once the change is applied. */
  readonly claims: (transport: Transport, handle: Handle) => Promise<Claims>;
};

export type Watch = {
  readonly line: Line;
  readonly emit: Emit;
  readonly confirm: 'auto' | 'ask' | 'manual';
  /** Seconds after the first proofs. */
  readonly recheck: readonly number[];
  readonly decide?: () => Promise<Decision>;
};

export type End = { readonly step: string; readonly status: HostStatus; readonly why: string };

/** Milliseconds between two looks at the host: short at first, because most of what we wait for is nearly done. */
const POLLS = [50, 100, 200, 400];
/** And when it takes long by its nature. */
const SLOW_POLLS = [...POLLS, 400, 400, 400, 400, 1000];

/** How long a question may keep the lease alive before silence counts as absence, reliability.md F-14. */
const QUESTION_LIMIT = 10 * 60_000;

/** A lease of so many seconds outlasts one login: renewing it would only keep the host from its work. */
const CALM_LEASE = 30;

/** Seconds that the host may need beyond the lease to finish taking a change back. */
const HOST_MARGIN = 60;

/** Carries the job out. Resolves to how it ended on the host; rejects only when the host's word cannot be had. */
export async function carryOut(job: Job, watch: Watch): Promise<End | undefined> {
  const started = await begin(job, watch);
  if (started === undefined) return undefined;
  return await watchOver({ job, watch, handle: started.handle, first: started.status });
}

type Running = {
  readonly job: Job;
  readonly watch: Watch;
  readonly handle: Handle;
  readonly first: HostStatus;
};

async function watchOver(running: Running): Promise<End> {
  const { job, watch, handle } = running;
  const told = createTeller({
    id: handle.id,
    step: job.step,
    lease: job.lease,
    quiet: job.patience !== undefined,
    emit: watch.emit,
  });
  told.state('PREPARED', 'Checkpoint made and read back');
  told.state('ARMED', 'The host takes this back by itself unless it is kept');
  if (job.urgent === true && !running.first.final) return await keepAtOnce(running, told);
  const beat = () => startHeart({ handle, lease: job.lease, line: watch.line, emit: watch.emit });
  const early = job.patience === undefined ? undefined : beat();
  let applied: HostStatus;
  try {
    applied = await waitUntil(running, told, {
      first: running.first,
      done: (now) => now.state === 'APPLIED' || now.final,
    });
  } finally {
    early?.stop();
  }
  if (applied.state !== 'APPLIED') return end(running, applied, applied.failure ?? 'the host took it back');
  // Manual: a fixed window. Nothing renews it, so the operator's silence alone decides.
  const heart = watch.confirm === 'manual' ? undefined : beat();
  const held = holder();
  try {
    const claims = await job.claims(await watch.line.transport(), handle);
    const reached = await proveOnce({ claims, handle, line: watch.line, emit: watch.emit });
    if ('refused' in reached) return await takeBack(running, told, reached.refused);
    await held.take(reached.fresh);
    if (heart === undefined)
      return end(running, applied, 'applied and proved; left armed for `portcullis confirm`');
    const settled = await keepOrNot(running, { login: claims.login, heart, held });
    if (settled.decision === 'roll-back') return await takeBack(running, told, settled.why);
    if (settled.decision === 'keep') return await keep(running, told, { login: claims.login, held });
    return end(
      running,
      await status(await watch.line.transport(), handle),
      'left armed for `portcullis confirm`',
    );
  } finally {
    heart?.stop();
    await held.drop();
  }
}

/** What matters is done already; the host does the rest, and proves its own guards, while the new login is made. */
async function keepAtOnce(running: Running, told: Teller): Promise<End> {
  const { job, watch, handle, first } = running;
  told.seen(first);
  const { lease } = job;
  const heart =
    lease < CALM_LEASE ? startHeart({ handle, lease, line: watch.line, emit: watch.emit }) : undefined;
  const held = holder();
  try {
    const { login } = await job.claims(await watch.line.transport(), handle);
    return await keep(running, told, { login, held });
  } finally {
    heart?.stop();
    await held.drop();
  }
}

/** The newest login that reached the transaction; a decision that needs no person's time is carried over it. */
type Held = {
  readonly take: (fresh: Transport) => Promise<void>;
  readonly drop: () => Promise<void>;
  readonly current: () => Transport | undefined;
};

function holder(): Held {
  let fresh: Transport | undefined;
  const drop = async (): Promise<void> => {
    const old = fresh;
    fresh = undefined;
    await old?.close();
  };
  return {
    drop,
    current: () => (fresh?.lost() === false ? fresh : undefined),
    async take(next) {
      await drop();
      fresh = next;
    },
  };
}

/** Rechecks and the operator's word run side by side; a recheck that fails wins over any word. */
async function keepOrNot(
  { watch, handle }: Running,
  it: { login: FreshOptions; heart: Heart; held: Held },
): Promise<{ decision: Decision; why: string }> {
  const { heart } = it;
  const rechecks = recheckAll({ watch, handle, ...it });
  if (watch.confirm === 'auto' || watch.decide === undefined) return verdict(await rechecks);
  const limit = setTimeout(() => heart.stop(), QUESTION_LIMIT);
  try {
    const word = watch.decide().then((decision) => ({ decision, why: 'you asked for it' }));
    const alarm = rechecks.then((refused) =>
      refused === undefined ? new Promise<never>(() => {}) : verdict(refused),
    );
    const first = await Promise.race([word, alarm]);
    const said = first.decision === 'keep' ? verdict(await rechecks) : first;
    // A person took his time: whether a login still works is not known from the old one.
    await it.held.drop();
    return said;
  } finally {
    clearTimeout(limit);
  }
}

function verdict(refused: string | undefined): { decision: Decision; why: string } {
  return refused === undefined ? { decision: 'keep', why: '' } : { decision: 'roll-back', why: refused };
}

/** Undefined when every recheck found the login working, otherwise what was seen. */
async function recheckAll(it: {
  watch: Watch;
  handle: Handle;
  login: FreshOptions;
  heart: Heart;
  held: Held;
}): Promise<string | undefined> {
  const started = Date.now();
  for (const after of it.watch.recheck) {
    const over = await it.heart.pause(after * 1000 - (Date.now() - started));
    if (over) return undefined;
    const reached = await loginAgain({ login: it.login, handle: it.handle, line: it.watch.line });
    const refused = 'refused' in reached ? reached.refused : undefined;
    if ('fresh' in reached) await it.held.take(reached.fresh);
    it.watch.emit({
      type: 'recheck',
      afterSeconds: after,
      ok: refused === undefined,
      detail: refused ?? 'a new login still works',
    });
    if (refused !== undefined) return `${after} s later ${refused}`;
  }
  return undefined;
}

async function keep(
  running: Running,
  told: Teller,
  { login, held }: { login: FreshOptions; held: Held },
): Promise<End> {
  const { job, watch, handle } = running;
  let now: HostStatus | undefined;
  try {
    if (held.current() === undefined) await held.take(await (await watch.line.transport()).fresh(login));
    const fresh = held.current();
    if (fresh === undefined) throw new TargetError('the new login was lost at once');
    now = (await (job.urgent === true ? proveAndKeep : commit)(fresh, handle, job.token)).status;
  } catch (error) {
    // Refused, lost or answered too late: what counts is on the host. A commit that arrived stands; without one the
    // host takes the change back, and we help it to.
    if (!(error instanceof TargetError) || error instanceof LineClosed) throw error;
    now = await status(await watch.line.transport(), handle);
    if (!now.final) return await takeBack(running, told, `it could not be kept: ${error.message}`);
  }
  const final = await waitUntil(running, told, { first: now, done: (seen) => seen.final });
  return end(running, final, final.state === 'COMMITTED' ? 'kept' : 'the host had already taken it back');
}

async function takeBack(running: Running, told: Teller, why: string): Promise<End> {
  const { watch, handle } = running;
  watch.emit({ type: 'note', level: 'warning', text: `Taking it back: ${why}` });
  let first: HostStatus | undefined;
  try {
    first = await rollback(await watch.line.transport(), handle);
  } catch (error) {
    // Whatever stopped our asking, the host's own timer does the same within the lease.
    if (!(error instanceof TargetError) || error instanceof LineClosed) throw error;
    const text = `Could not ask the host (${error.message}); its own timer takes it back`;
    watch.emit({ type: 'note', level: 'warning', text });
  }
  return end(running, await waitUntil(running, told, { first, done: (now) => now.final }), why);
}

/** Looks from what was `first` seen until `done`, through lost connections, for as long as the host can still be acting. */
async function waitUntil(
  running: Running,
  told: Teller,
  { first, done }: { first: HostStatus | undefined; done: (now: HostStatus) => boolean },
): Promise<HostStatus> {
  const { job, handle } = running;
  const patience = Date.now() + (job.lease + HOST_MARGIN + (job.patience ?? 0)) * 1000;
  const polls = job.patience === undefined ? POLLS : SLOW_POLLS;
  let now = first;
  for (let looks = 0; ; looks += 1) {
    if (now !== undefined) {
      told.seen(now);
      if (done(now)) return now;
    }
    if (Date.now() > patience) {
      throw new TargetError('the host does not say how the transaction ended', {
        where: handle.id,
        hints: [
          'portcullis status TARGET asks again',
          'the recovery card says how to take it back from the console',
        ],
      });
    }
    await sleep(polls[looks] ?? polls.at(-1));
    now = await look(running);
  }
}

/** The host's word, or undefined when it could not be had this time. */
async function look({ watch, handle }: Running): Promise<HostStatus | undefined> {
  try {
    return await status(await watch.line.transport(), handle);
  } catch (error) {
    if (!(error instanceof TargetError) || error instanceof LineClosed) throw error;
    watch.emit({ type: 'connection-lost', reason: error.message });
    return undefined;
  }
}

function end({ job }: Running, now: HostStatus, why: string): End {
  return { step: job.step, status: now, why };
}

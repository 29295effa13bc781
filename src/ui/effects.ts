// Effects → calls of the session. Rules: whatever a call ends with becomes an event; nothing is decided here. The waiting
// questions of the transport are answered in the order they came.

import type { AnswerValue } from '../model/control.ts';
import { TargetError, UserError } from '../model/errors.ts';
import type { Ask, Decision, Emit, Reply, Session } from '../model/session.ts';
import type { Effect } from './machine/effect.ts';
import type { Problem, Work } from './machine/event.ts';
import type { Store } from './store.ts';

export type Opened = {
  readonly session: Session;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly without: ReadonlySet<string>;
  readonly steps?: readonly string[] | undefined;
};

/** Makes the session for a target. Rejects like a session does. */
export type OpenSession = (target: string, ask: Ask, emit: Emit) => Promise<Opened>;

export type Effects = {
  run(effect: Effect): void;
  /** Closes the session; bounded, because a lost host must not keep the terminal. */
  close(): Promise<void>;
};

const CLOSE_LIMIT = 2000;
const STACK_LINES = 6;

function problemOf(error: unknown): Problem {
  if (error instanceof UserError || error instanceof TargetError) {
    return {
      kind: error instanceof UserError ? 'user' : 'target',
      message: error.message,
      where: error.where,
      hints: error.hints,
      evidence: error instanceof TargetError ? error.evidence : [],
      exitCode: error.exitCode,
    };
  }
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return {
    kind: 'bug',
    message: error instanceof Error ? error.message : String(error),
    where: undefined,
    hints: ['please report it with the lines above'],
    evidence: stack.split('\n').slice(1, STACK_LINES),
    exitCode: 1,
  };
}

export function createEffects(options: {
  readonly open: OpenSession;
  readonly store: () => Store;
  /** Seconds. */
  readonly lease: number;
  readonly leave: (exitCode: number) => void;
  readonly suspend: () => void;
  readonly rememberGuide: (on: boolean) => Promise<void>;
}): Effects {
  let session: Session | undefined;
  let remembered = Promise.resolve();
  const replies: ((reply: Reply) => void)[] = [];
  let decide: ((decision: Decision) => void) | undefined;
  const { store } = options;

  const ask: Ask = (question) => {
    store().dispatch({ type: 'asked', question });
    // A touch needs no answer: the notice is all.
    if (question.kind === 'touch') return Promise.resolve({ kind: 'accept' });
    return new Promise((resolve) => replies.push(resolve));
  };
  const emit: Emit = (event) => store().queue({ type: 'session', event });

  const decision = (): Promise<Decision> =>
    new Promise((resolve) => {
      decide = resolve;
      store().dispatch({ type: 'decision-asked' });
    });

  function attempt(during: Work, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      replies.length = 0;
      store().dispatch({ type: 'failed', during, problem: problemOf(error) });
    });
  }

  function current(): Session {
    if (session === undefined) throw new Error('the session is used before it was opened');
    return session;
  }

  async function connect(target: string): Promise<void> {
    // A failed connection is not mended: a new try is a new session.
    await session?.close();
    const opened = await options.open(target, ask, emit);
    session = opened.session;
    const { answers, without, steps } = opened;
    store().dispatch({ type: 'opened', answers, without, steps: steps ?? [] });
    await session.connect();
    store().dispatch({ type: 'connect-done' });
  }

  function run(effect: Effect): void {
    const { lease } = options;
    const request = { confirm: 'ask', lease, decide: decision } as const;
    switch (effect.type) {
      case 'connect':
        attempt('connect', () => connect(effect.target));
        break;
      case 'discover':
        attempt('discover', async () => {
          store().dispatch({ type: 'surveyed', survey: await current().discover() });
        });
        break;
      case 'look-outside':
        attempt('look-outside', async () => {
          const sight = await current().lookOutside();
          store().dispatch({ type: 'looked-outside', begun: effect.begun, sight });
        });
        break;
      case 'plan':
        attempt('plan', async () => {
          store().dispatch({ type: 'plan-made', plan: await current().plan(effect.request) });
        });
        break;
      case 'apply':
        attempt('apply', async () => {
          store().dispatch({ type: 'finished', summary: await current().apply(effect.plan, request) });
        });
        break;
      case 'undo':
        attempt('undo', async () => {
          store().dispatch({
            type: 'finished',
            summary: await current().undo({ ...request, transactions: effect.transactions }),
          });
        });
        break;
      case 'read-open':
        attempt('extend-open', async () => {
          store().dispatch({ type: 'open-read', open: await current().readOpen(), extended: false });
        });
        break;
      case 'extend-open':
        attempt('extend-open', async () => {
          store().dispatch({ type: 'open-read', open: await current().extendOpen(), extended: true });
        });
        break;
      case 'keep-open':
        attempt('keep-open', async () => {
          store().dispatch({ type: 'finished', summary: await current().confirmOpen() });
        });
        break;
      case 'roll-back-open':
        attempt('roll-back-open', async () => {
          store().dispatch({ type: 'finished', summary: await current().rollbackOpen() });
        });
        break;
      case 'lockdown':
        attempt('lockdown', async () => {
          const asked = { ...effect.request, lease };
          store().dispatch({ type: 'finished', summary: await current().lockdown(asked) });
        });
        break;
      case 'unlock':
        attempt('unlock', async () => {
          store().dispatch({ type: 'finished', summary: await current().unlock({ lease }) });
        });
        break;
      case 'history':
        attempt('history', async () => {
          store().dispatch({ type: 'history-read', transactions: await current().history() });
        });
        break;
      case 'sides':
        attempt('history', async () => {
          store().dispatch({ type: 'sides-read', sides: await current().sides(effect.transactions) });
        });
        break;
      case 'declare':
        attempt('declare', async () => {
          store().dispatch({ type: 'declared', survey: await current().declare(effect.request) });
        });
        break;
      case 'withdraw':
        attempt('declare', async () => {
          store().dispatch({ type: 'declared', survey: await current().withdraw(effect.control) });
        });
        break;
      case 'reveal':
        store().dispatch({ type: 'revealed', secrets: current().takeNewSecrets() });
        break;
      case 'wipe':
        for (const { value } of effect.secrets) value.wipe();
        break;
      case 'reply':
        replies.shift()?.(effect.reply);
        break;
      case 'decide':
        decide?.(effect.decision);
        decide = undefined;
        break;
      case 'remember-guide':
        // One after the other: the last word holds.
        remembered = remembered.then(() => options.rememberGuide(effect.on));
        break;
      case 'suspend':
        options.suspend();
        break;
      case 'leave':
        options.leave(effect.exitCode);
        break;
    }
  }

  async function close(): Promise<void> {
    if (session === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_LIMIT);
    });
    // The run is over: what closing fails with cannot be acted on any more.
    await Promise.race([session.close().catch(() => undefined), limit]);
    clearTimeout(timer);
  }

  return { run, close };
}

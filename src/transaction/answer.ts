// Rules: an answer of the engine is "key:plain" or "key=base64" lines closed by "end:CODE"; anything else is not an
// answer. Values are a host's text: they are sanitised here, once, before anyone sees them.
import { EXIT, type ExitCode, TargetError } from '../model/errors.ts';
import type { Outcome } from '../model/outcome.ts';
import type { TransactionState, TransactionStatus } from '../model/transaction.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** What the engine said: all values of each key in order, and its exit code in the product's contract. */
export type Answer = { readonly code: number; readonly values: ReadonlyMap<string, readonly string[]> };

/** Status with what a driver needs besides. */
export type HostStatus = TransactionStatus & {
  readonly fence: number;
  /** COMMITTED, ROLLED_BACK, or a partial restore that nothing retries any more. */
  readonly final: boolean;
  /** Why the worker gave up, when it did. */
  readonly failure?: string;
  /** "restored 3 of 3", once taken back. */
  readonly result?: string;
  /** A committed transaction that a later one undid. */
  readonly undone: boolean;
};

/** The connection went while the engine may have been at work: connect again and ask for the status before anything else. */
export class EngineLost extends TargetError {}

const STATES: ReadonlySet<string> = new Set<TransactionState>([
  'PREPARED',
  'ARMED',
  'APPLYING',
  'APPLIED',
  'COMMITTED',
  'ROLLING_BACK',
  'ROLLED_BACK',
  'ROLLBACK_PARTIAL',
]);

/** The engine's answers in an outcome (history gives several). Throws EngineLost or TargetError when there is none. */
export function readAnswer(outcome: Outcome, verb: string): Answer {
  if (outcome.kind === 'lost')
    throw new EngineLost(`connection lost during ${verb}`, lostDetails(outcome.reason));
  if (outcome.kind === 'timedOut') {
    throw new EngineLost(
      `no answer to ${verb} within ${outcome.deadline / 1000} s`,
      lostDetails('deadline passed'),
    );
  }
  if (outcome.kind === 'signalled') {
    throw new EngineLost(
      `the engine was killed by ${outcome.signal} during ${verb}`,
      lostDetails(outcome.signal),
    );
  }
  const lines = outcome.stdout.split('\n').slice(0, -1);
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const match = /^([a-z][a-z-]*)(?:=([A-Za-z0-9+/]*={0,2})|:([A-Za-z0-9._:/@%+,-]*))$/.exec(line);
    if (match?.[1] === undefined) throw malformed(verb, outcome, line);
    const text = match[2] === undefined ? (match[3] ?? '') : Buffer.from(match[2], 'base64').toString('utf8');
    values.set(match[1], [...(values.get(match[1]) ?? []), sanitizeLine(text, 400)]);
  }
  const last = lines.at(-1);
  if (outcome.truncated || last !== `end:${outcome.code}`) throw malformed(verb, outcome, last ?? '');
  return { code: outcome.code, values };
}

function lostDetails(reason: string) {
  return {
    exitCode: EXIT.unreachable,
    evidence: [sanitizeLine(reason)],
    hints: ['connect again: the host either finishes or takes the change back by itself'],
  } as const;
}

function malformed(verb: string, outcome: Outcome & { kind: 'exited' }, line: string): TargetError {
  return new TargetError(`unexpected answer to ${verb} (exit ${outcome.code})`, {
    evidence: [
      sanitizeLine(line),
      ...outcome.stderr
        .split('\n')
        .slice(-5)
        .map((it) => sanitizeLine(it)),
    ].filter((it) => it !== ''),
  });
}

/** The refusal in an answer as an error with the product's exit code. */
export function refusal(answer: Answer, verb: string): TargetError {
  const code = Object.values(EXIT).find((it) => it === answer.code) ?? EXIT.error;
  const holder =
    code === EXIT.locked && answer.values.has('state') ? [describeHolder(readStatus(answer.values))] : [];
  return new TargetError(first(answer.values, 'message') ?? `${verb} failed`, {
    exitCode: code,
    evidence: [...holder, ...(answer.values.get('stale') ?? []), ...(answer.values.get('log') ?? [])],
    hints: HINTS[code] ?? [],
  });
}

const HINTS: Partial<Record<ExitCode, readonly string[]>> = {
  [EXIT.stale]: ['plan again and look at the new diff'],
  [EXIT.locked]: [
    'nothing of yours was begun: ask its operator, or try again once it is kept or taken back; unless somebody renews it that is when its lease ends',
    'on the console: sh /var/lib/portcullis/engine status',
  ],
};

function describeHolder(status: HostStatus): string {
  const since = new Date(status.begun * 1000).toISOString();
  const left = status.leaseLeft === null ? '' : `, lease ${status.leaseLeft} s`;
  return `${status.id} of ${status.operator}, since ${since}, ${status.state}${left}`;
}

export function first(values: Answer['values'], key: string): string | undefined {
  return values.get(key)?.[0];
}

/** A status in an answer. Throws TargetError when it is not whole. */
export function readStatus(values: Answer['values']): HostStatus {
  const text = (key: string): string => {
    const value = first(values, key);
    if (value === undefined) throw new TargetError(`the engine's status has no "${key}"`);
    return value;
  };
  const number = (key: string): number => {
    const value = Number(text(key));
    if (!Number.isSafeInteger(value) || value < 0)
      throw new TargetError(`the engine's "${key}" is not a number`);
    return value;
  };
  const state = text('state');
  if (!STATES.has(state)) throw new TargetError(`the engine is in an unknown state "${state}"`);
  const optional = (key: 'failure' | 'result' | 'undoes') => {
    const value = first(values, key);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    id: text('id'),
    state: state as TransactionState,
    step: text('step'),
    run: text('run'),
    operator: text('operator'),
    begun: number('begun'),
    leaseLeft: values.has('lease-left') ? number('lease-left') : null,
    operationsDone: number('done'),
    operationsTotal: number('total'),
    log: values.get('log') ?? [],
    exceptions: values.get('exception') ?? [],
    fence: number('fence'),
    final: text('final') === 'yes',
    undone: values.has('undone'),
    ...optional('failure'),
    ...optional('result'),
    ...optional('undoes'),
  };
}

/** The answers of `history`, oldest first, as the text between "next" lines. */
export function readHistory(outcome: Outcome): HostStatus[] {
  const whole = readAnswer(outcome, 'history');
  if (whole.code !== EXIT.fine) throw refusal(whole, 'history');
  if (outcome.kind !== 'exited') return [];
  const records = outcome.stdout.split(/^next:yes\n/m).slice(0, -1);
  return records
    .map((record) => readStatus(readAnswer({ ...outcome, stdout: `${record}end:0\n` }, 'history').values))
    .sort((a, b) => a.fence - b.fence);
}

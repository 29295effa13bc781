// Rules: one exchange per call; the engine is checked by its hash on every call; every call about a transaction carries
// its fencing number; the commit token travels on stdin only; after EngineLost nothing but `status` may follow.
import { createHash, randomBytes } from 'node:crypto';
import { EXIT, TargetError } from '../model/errors.ts';
import type { Transport } from '../model/target.ts';
import { type Command, command, type Input, value } from '../text/command.ts';
import { Secret } from '../text/secret.ts';
import {
  type Answer,
  first,
  type HostStatus,
  readAnswer,
  readHistory,
  readStatus,
  refusal,
} from './answer.ts';
import { bootstrapScript, callScript, type Engine, hostEngine } from './engine.ts';
import { renderRequest, renderUndoRequest, type StartRequest, type UndoRequest } from './request.ts';

/** What later calls need; plain data, so that a resumed wizard can read it from the operator's side. */
export type Handle = {
  readonly id: string;
  readonly fence: number;
  /** sha256 of the engine that holds the transaction. */
  readonly engine: string;
  readonly nonce: string;
};

export type NewTransaction = {
  readonly id: string;
  readonly token: Secret;
  readonly tokenHash: string;
  readonly nonce: string;
};

export type UndoPreview = {
  /** What would be done, one line each; empty when everything is as before already. */
  readonly would: readonly string[];
  /** What somebody else changed since and is therefore left. */
  readonly left: readonly string[];
};

/** How a commit ended. Too late: the host has taken, or is taking, the change back. */
export type CommitResult = { readonly kind: 'committed' | 'too-late'; readonly status: HostStatus };

const START_DEADLINE = 120_000;
const CALL_DEADLINE = 60_000;
const ROLLBACK_DEADLINE = 180_000;

/**
 * A fresh identity: "20261121-231503-9f86d081" (UTC), a token of 128 random bits, its hash, a nonce.
 * Who must keep the token for a later `confirm` brings it as hex, because a Secret cannot be written down by mistake.
 */
export function newTransaction(
  now: Date = new Date(),
  token: string = randomBytes(16).toString('hex'),
): NewTransaction {
  const [date = '', time = ''] = now.toISOString().replaceAll(/[-:]/g, '').split('T');
  return {
    id: `${date}-${time.slice(0, 6)}-${randomBytes(4).toString('hex')}`,
    token: new Secret(token),
    tokenHash: createHash('sha256').update(token).digest('hex'),
    nonce: randomBytes(16).toString('hex'),
  };
}

/**
 * Locks, re-checks, takes the checkpoint, arms, and hands over to the detached worker: one exchange. The status says
 * how far it came within `wait`; ROLLED_BACK or ROLLBACK_PARTIAL mean that the worker failed and took it back itself.
 * Throws TargetError: exit 5 refused, 7 stale, 8 locked; EngineLost when the answer did not come.
 */
export async function startTransaction(
  transport: Transport,
  request: StartRequest,
  engine: Engine = hostEngine(),
): Promise<{ readonly handle: Handle; readonly status: HostStatus }> {
  const answer = await send(transport, { engine, verb: 'start', text: renderRequest(request) });
  return started({ answer, request, engine });
}

/** As startTransaction, for the undo of a committed transaction. `nothing`: all is as it was before, or left alone. */
export async function startUndo(
  transport: Transport,
  request: UndoRequest,
  engine: Engine = hostEngine(),
): Promise<
  UndoPreview &
    (
      | { readonly kind: 'started'; readonly handle: Handle; readonly status: HostStatus }
      | { readonly kind: 'nothing' }
    )
> {
  const answer = await send(transport, { engine, verb: 'start-undo', text: renderUndoRequest(request) });
  const preview = readPreview(answer);
  if (answer.values.has('nothing')) return { kind: 'nothing', ...preview };
  return { kind: 'started', ...preview, ...started({ answer, request, engine }) };
}

function started(options: { answer: Answer; request: { id: string; nonce: string }; engine: Engine }) {
  const { answer, request, engine } = options;
  const accepted = [EXIT.fine, EXIT.rolledBack, EXIT.partial] as readonly number[];
  if (!accepted.includes(answer.code) || answer.values.has('error')) throw refusal(answer, 'start');
  const status = readStatus(answer.values);
  const handle = { id: request.id, fence: status.fence, engine: engine.sha256, nonce: request.nonce };
  return { handle, status };
}

/** After EngineLost at the start: the transaction as the host holds it, or undefined when it holds none of that id. */
export async function findStarted(
  transport: Transport,
  request: { readonly id: string; readonly nonce: string },
  engine: Engine = hostEngine(),
): Promise<{ readonly handle: Handle; readonly status: HostStatus } | undefined> {
  const found = (await history(transport)).find((one) => one.id === request.id);
  if (found === undefined) return undefined;
  return {
    handle: { id: request.id, fence: found.fence, engine: engine.sha256, nonce: request.nonce },
    status: found,
  };
}

/** Where the transaction stands. Use a new connection after EngineLost. */
export async function status(transport: Transport, handle: Handle): Promise<HostStatus> {
  const answer = await call(transport, handle, 'status', { args: about(handle) });
  if (answer.code !== EXIT.fine) throw refusal(answer, 'status');
  return readStatus(answer.values);
}

/** Starts the lease again. `too-late` when the host is taking the change back or the longest time is over. */
export async function renew(
  transport: Transport,
  handle: Handle,
): Promise<{ readonly kind: 'renewed' | 'too-late'; readonly status: HostStatus }> {
  const answer = await call(transport, handle, 'renew', { args: about(handle) });
  if (answer.code === EXIT.fine) return { kind: 'renewed', status: readStatus(answer.values) };
  const ended = ['too-late', 'max-lease'].includes(first(answer.values, 'error') ?? '');
  if (ended) return { kind: 'too-late', status: readStatus(answer.values) };
  throw refusal(answer, 'renew');
}

/** Over a fresh login: proves root on the very host that holds the transaction. Throws TargetError when it does not. */
export async function proveFresh(fresh: Transport, handle: Handle): Promise<HostStatus> {
  const challenge = randomBytes(16).toString('hex');
  const answer = await call(fresh, handle, 'prove', { args: [handle.id, challenge, String(handle.fence)] });
  if (answer.code !== EXIT.fine) throw refusal(answer, 'prove');
  mustProve(answer, { handle, challenge });
  return readStatus(answer.values);
}

function mustProve(answer: Answer, { handle, challenge }: { handle: Handle; challenge: string }): void {
  const expected = createHash('sha256').update(`${challenge}${handle.nonce}`).digest('hex');
  if (first(answer.values, 'proof') === expected) return;
  throw new TargetError('the fresh login reached a host that does not hold this transaction');
}

/** Keeps the change; idempotent, so it may be asked again after EngineLost. */
export async function commit(fresh: Transport, handle: Handle, token: Secret): Promise<CommitResult> {
  const answer = await call(fresh, handle, 'commit', { args: about(handle), stdin: [token, '\n'] });
  if (answer.code === EXIT.fine) return { kind: 'committed', status: readStatus(answer.values) };
  if (first(answer.values, 'error') === 'too-late') {
    return { kind: 'too-late', status: readStatus(answer.values) };
  }
  throw refusal(answer, 'commit');
}

/**
 * Over a fresh login: proves root on the very host that holds the transaction and keeps the change, in one exchange. The host
 * waits until it is applied. It may still be tidying up when it has answered. Idempotent like commit.
 */
export async function keep(fresh: Transport, handle: Handle, token: Secret): Promise<CommitResult> {
  const challenge = randomBytes(16).toString('hex');
  const args = [...about(handle), challenge];
  const answer = await call(fresh, handle, 'keep', { args, stdin: [token, '\n'] });
  if (answer.code === EXIT.fine) {
    mustProve(answer, { handle, challenge });
    return { kind: 'committed', status: readStatus(answer.values) };
  }
  if (first(answer.values, 'error') === 'too-late') {
    return { kind: 'too-late', status: readStatus(answer.values) };
  }
  throw refusal(answer, 'keep');
}

/** Takes the open change back now. The status is ROLLED_BACK or ROLLBACK_PARTIAL. */
export async function rollback(transport: Transport, handle: Handle): Promise<HostStatus> {
  const answer = await call(transport, handle, 'rollback', {
    args: about(handle),
    deadline: ROLLBACK_DEADLINE,
  });
  if (answer.code !== EXIT.fine && answer.code !== EXIT.partial) throw refusal(answer, 'rollback');
  return readStatus(answer.values);
}

/** The transaction that is open on the host, whoever's it is; undefined when there is none or no engine. */
export async function readOpen(transport: Transport): Promise<HostStatus | undefined> {
  const answer = await callInstalled(transport, ['status']);
  if (answer === undefined || answer.values.has('none')) return undefined;
  if (answer.code !== EXIT.fine) throw refusal(answer, 'status');
  const found = readStatus(answer.values);
  // One that has ended may still be tidying up after itself.
  return found.final ? undefined : found;
}

/** What was done on this host, oldest first. */
export async function history(transport: Transport): Promise<readonly HostStatus[]> {
  const outcome = await transport.run(installedCommand(['history']));
  if (outcome.kind === 'exited' && outcome.code === NO_ENGINE) return [];
  return readHistory(outcome);
}

/** What undoing a committed transaction would do; changes nothing. Throws TargetError when it cannot be undone. */
export async function previewUndo(transport: Transport, id: string): Promise<UndoPreview> {
  const answer = await callInstalled(transport, ['undo', id, '--dry-run']);
  if (answer === undefined)
    throw new TargetError('there is no Portcullis engine on this host, so nothing to undo');
  if (answer.values.has('error')) throw refusal(answer, 'undo');
  return readPreview(answer);
}

/** A handle for an open transaction found on the host, e.g. to take it back. It cannot prove or commit. */
export async function adopt(transport: Transport): Promise<Handle | undefined> {
  const open = await readOpen(transport);
  return open && { id: open.id, fence: open.fence, engine: INSTALLED, nonce: '' };
}

const about = (handle: Handle): string[] => [handle.id, String(handle.fence)];

function readPreview(answer: Answer): UndoPreview {
  return { would: answer.values.get('would') ?? [], left: answer.values.get('left') ?? [] };
}

/** A shell of the host without anything of its environment. */
export const CLEAN = '/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C /bin/sh';
const INSTALLED = 'installed';
const NO_ENGINE = 97;
const INSTALLED_SCRIPT = `[ -f /var/lib/portcullis/engine ] || exit ${NO_ENGINE}; exec /bin/sh /var/lib/portcullis/engine "$@"`;

async function send(
  transport: Transport,
  options: { engine: Engine; verb: 'start' | 'start-undo'; text: string },
): Promise<Answer> {
  const { engine, verb, text } = options;
  const size = String(Buffer.byteLength(engine.text));
  const parts = [CLEAN, '-c', value(bootstrapScript), 'portcullis', engine.sha256, size, verb];
  const outcome = await transport.run(
    command(parts, { stdin: [engine.text, text], deadline: START_DEADLINE }),
  );
  return readAnswer(outcome, verb);
}

async function call(
  transport: Transport,
  handle: Handle,
  verb: string,
  options: { args: readonly string[]; stdin?: readonly Input[]; deadline?: number },
): Promise<Answer> {
  const { args, stdin = [], deadline = CALL_DEADLINE } = options;
  const script = handle.engine === INSTALLED ? INSTALLED_SCRIPT : callScript;
  const named = handle.engine === INSTALLED ? [] : [value(handle.engine)];
  const parts = [CLEAN, '-c', value(script), 'portcullis', ...named, value(verb), ...args.map(value)];
  return readAnswer(await transport.run(command(parts, { stdin, deadline })), verb);
}

function installedCommand(args: readonly string[]): Command {
  const parts = [CLEAN, '-c', value(INSTALLED_SCRIPT), 'portcullis', ...args.map(value)];
  return command(parts, { deadline: CALL_DEADLINE });
}

async function callInstalled(transport: Transport, args: readonly string[]): Promise<Answer | undefined> {
  const outcome = await transport.run(installedCommand(args));
  if (outcome.kind === 'exited' && outcome.code === NO_ENGINE) return undefined;
  return readAnswer(outcome, args[0] ?? '');
}

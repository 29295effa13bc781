// Lockdown: one transaction of the normal engine, begun from what one look says, kept once a fresh login of the operator works
// under it. Rules: the operator's own address is always allowed, and without one nothing is begun; while locked nothing is
// locked again; nothing is installed, because an emergency waits for no package; unlocking is the plain undo.
import { randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { gatherSome } from '../facts/gather.ts';
import type { Readings } from '../facts/index.ts';
import type { LockdownFact } from '../facts/lockdown-record.ts';
import { sshPorts } from '../facts/ssh-ports.ts';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import type { LockdownRecord } from '../model/lockdown.ts';
import { knownValue } from '../model/outcome.ts';
import type { LockdownRequest, Session } from '../model/session.ts';
import { history, newTransaction, readOpen, startTransaction } from '../transaction/driver.ts';
import { issueCard } from './card.ts';
import { carryOut, type Job } from './carry-out.ts';
import { describe, lockdownChanges } from './lockdown-plan.ts';
import { endStrangers } from './lockdown-strangers.ts';
import { utc } from './lockdown-warning.ts';
import { dropOpenRecord, saveOpenRecord } from './open-record.ts';
import { rollbackOpen } from './open-transaction.ts';
import { operatorName } from './operator.ts';
import type { SessionState } from './session.ts';
import { summarise, summaryWithout } from './summary.ts';
import { undoChosen } from './undo-run.ts';

const STEP = 'lockdown';
const FACTS = ['who', 'listeners', 'sshd', 'lockdown'] as const;
type Look = Pick<Readings, (typeof FACTS)[number]>;

/** Locks the host down and keeps it; silence before that is taken back by the host. */
export async function lockDown(state: SessionState, request: LockdownRequest): Promise<RunSummary> {
  const { emit, stateDir, again, target } = state.options;
  const transport = await state.line.transport();
  const look = await gatherSome(transport, FACTS);
  const tokenHex = randomBytes(16).toString('hex');
  const { token, ...identity } = newTransaction(new Date(), tokenHex);
  const { connection } = transport;
  const operator = operatorName(connection);
  const record = { ...recordOf(state, look, request), transaction: identity.id, operator };
  if (connection.viaProxy) {
    const text = `You come through a jump host: the host sees ${record.allow[0]}, and lets in whoever comes from there.`;
    emit({ type: 'note', level: 'warning', text });
  }
  const repeat = again('lockdown', ...wordsOf(request));
  if (request.approve !== undefined && !(await request.approve([`${STEP}: ${describe(record)}`]))) {
    const message = 'Nothing was begun.';
    return summaryWithout({ outcome: 'refused', message, exitCode: EXIT.refused, score: null, repeat });
  }
  const { changes, contents } = lockdownChanges(record);
  const { lease } = request;
  const card = await issueCard({ state, id: identity.id, step: STEP, changes, lease });
  const job: Job = {
    step: STEP,
    token,
    lease,
    start: async (line) => {
      const who = knownValue(look.who);
      const started = await startTransaction(line, {
        ...identity,
        ...{ run: randomBytes(6).toString('hex'), step: STEP, operator, planDigest: '0'.repeat(64) },
        ...{ changes, contents, lease },
        ...(who === undefined ? {} : { client: { address: who.clientAddress, port: who.serverPort } }),
      });
      const open = { handle: started.handle, step: STEP, token: tokenHex, port: connection.port, proofs: [] };
      await saveOpenRecord(stateDir, open);
      return started;
    },
    claims: async () => ({ login: { port: connection.port }, proofs: [] }),
  };
  const end = await carryOut(job, { line: state.line, emit, confirm: 'auto', recheck: [] });
  if (end?.status.final === true) await dropOpenRecord(stateDir, identity.id);
  const locked = end?.status.state === 'COMMITTED';
  if (locked) await endStrangers(await state.line.transport(), { record, emit });
  const until = record.until === null ? 'until somebody unlocks' : `until ${utc(record.until)}`;
  return summarise({
    ends: end === undefined ? [] : [end],
    done: `Locked down ${until}, proved over a new login from your address: ${describe(record)}.\nUnlock: portcullis unlock ${target.name} --yes; on the console: sh /var/lib/portcullis/engine undo ${identity.id}`,
    ...{ scoreBefore: null, scoreAfter: null, findings: [], recoveryCard: card, repeat },
  });
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
  return await undoChosen(state, chosen, { confirm: 'auto', lease: request.lease, repeat, done });
}

/** The lockdown as the host says it is now. Throws TargetError when that cannot be told. */
export async function lockdownNow(state: SessionState): Promise<LockdownFact> {
  const { lockdown } = await gatherSome(await state.line.transport(), ['lockdown']);
  return told(lockdown, 'whether this host is locked down');
}

function recordOf(
  state: SessionState,
  look: Look,
  request: LockdownRequest,
): Omit<LockdownRecord, 'transaction' | 'operator'> {
  const target = state.options.target.name;
  const now = told(look.lockdown, 'whether this host is locked down already');
  if (now.record !== null) {
    throw new UserError('this host is locked down already', {
      where: now.record.transaction,
      exitCode: EXIT.refused,
      hints: [`portcullis status ${target} shows it`, `portcullis unlock ${target} --yes ends it`],
    });
  }
  if (!now.nft) {
    throw new TargetError('this host has no nft, and a lockdown waits for no package', {
      exitCode: EXIT.refused,
      hints: ['install it before you need it: apt-get install nftables', 'then lock down again'],
    });
  }
  const who = knownValue(look.who);
  const own = who?.clientAddress.replace(/%.*$/, '') ?? '';
  if (who === undefined || !ipaddr.isValid(own)) {
    throw new TargetError('which address you come from cannot be told, so you could be locked out', {
      exitCode: EXIT.refused,
      evidence: look.who.kind === 'unknown' ? [look.who.reason] : [],
      hints: ['log in over ssh from the machine you administer from'],
    });
  }
  const sshd = knownValue(look.sshd);
  const ports = [who.serverPort, ...sshPorts(look), ...(sshd?.effective.port ?? []).map(Number)].filter(
    (port) => Number.isInteger(port) && port > 0 && port < 65536,
  );
  return {
    level: request.level,
    reason: request.reason,
    since: now.clock,
    until: request.ttl === undefined ? null : now.clock + request.ttl,
    allow: [...new Set([ipaddr.process(own).toString(), ...request.allow])],
    ports: [...new Set(ports)].sort((a, b) => a - b),
  };
}

/** The reading's value. Throws TargetError (exit 5) with the reason when it could not be told. */
function told(reading: Look['lockdown'], what: string): LockdownFact {
  if (reading.kind === 'known') return reading.value;
  const evidence = reading.kind === 'unknown' ? [reading.reason] : [];
  throw new TargetError(`${what} cannot be told`, { exitCode: EXIT.refused, evidence });
}

function wordsOf({ level, allow, ttl, reason }: LockdownRequest): readonly string[] {
  return [
    ...['--level', level],
    ...allow.flatMap((source) => ['--allow', source]),
    ...(ttl === undefined ? [] : ['--ttl', `${ttl}s`]),
    ...['--reason', reason, '--yes'],
  ];
}

// One fault: a transaction with something going wrong at a named point of the engine, and the standing oracle:
// it ends as verified NEW or byte-exact OLD, nothing is left over, and from outside one could always log in again in time.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import type { Manifest } from '../../src/lab/manifest.ts';
import { commit, history, readOpen, startTransaction } from '../../src/transaction/driver.ts';
import { type Engine, hostEngine } from '../../src/transaction/engine.ts';
import { consoleTransport, differences, requestOf } from '../lab/transaction-kit.ts';
import { demoPlan, NO_TRACES } from '../lab/transaction-plan.ts';

export const KINDS = ['exit', 'kill', 'enospc', 'eio', 'powercut'] as const;
export type Fault = {
  readonly point: string;
  readonly kind: (typeof KINDS)[number];
  /** What the client does after the start: says nothing, or keeps the change. */
  readonly client: 'silent' | 'keeps';
};

export type FaultResult = {
  readonly fault: Fault;
  /** The point was reached. */
  readonly fired: boolean;
  readonly end: 'OLD' | 'NEW' | 'untouched' | 'ILLEGAL';
  readonly problems: readonly string[];
  /** Longest time in seconds without a successful new login from outside; 0 when it was not watched. */
  readonly gap: number;
  readonly seconds: number;
};

export const LEASE = 3;
/** Seconds without access that are promised at most, design.md §1. */
export const LONGEST_GAP = LEASE + 15;

/** Opens a new ssh connection each second until stopped; gives the longest time without success, in seconds. */
export function startProber(host: Host): { stop(): Promise<number> } {
  let stopped = false;
  let last = Date.now();
  let longest = 0;
  const loop = (async () => {
    while (!stopped) {
      const began = Date.now();
      const result = await host.ssh('true', { timeout: 12_000 }).catch(() => undefined);
      if (result?.code === 0) {
        longest = Math.max(longest, Date.now() - last);
        last = Date.now();
      }
      await sleep(Math.max(0, 1000 - (Date.now() - began)));
    }
    longest = Math.max(longest, Date.now() - last);
  })();
  return {
    async stop() {
      stopped = true;
      await loop;
      return longest / 1000;
    },
  };
}

/** The names of all fault points that a transaction of the demo plan passes, in order: one kept, one taken back. */
export async function listPoints(host: Host): Promise<{ apply: string[]; keep: string[]; back: string[] }> {
  await setFaults(host, 'trace on\n');
  const points = async (id: string) => {
    const trace = await host.readFile(`/var/lib/portcullis/tx/${id}/trace`);
    const names = trace.split('\n').filter((line) => line.startsWith('point '));
    return [...new Set(names.map((line) => line.slice('point '.length)))];
  };
  const transport = consoleTransport(host);
  const first = requestOf({ ...(await demoPlan(host)), lease: 60 });
  const kept = await startTransaction(transport, first.request);
  const apply = await points(kept.handle.id);
  await commit(transport, kept.handle, first.token);
  const keep = (await points(kept.handle.id)).filter((name) => !apply.includes(name));
  await backToOld(host);
  const second = requestOf({ ...(await demoPlan(host)), lease: LEASE });
  const lost = await startTransaction(transport, second.request);
  await untilFree(host, 30);
  const back = (await points(lost.handle.id)).filter((name) => !apply.includes(name));
  await setFaults(host, '');
  return { apply, keep, back };
}

async function setFaults(host: Host, text: string): Promise<void> {
  const script = 'rm -rf /var/lib/portcullis/fault-stamps; umask 077; cat >/var/lib/portcullis/faults';
  await host.console(`mkdir -p -m 0700 /var/lib/portcullis; ${script}`, { stdin: text });
}

/** Undoes what was kept, as a person on the console would. */
async function backToOld(host: Host): Promise<void> {
  for (const it of [...(await history(consoleTransport(host)))].reverse()) {
    if (it.state !== 'COMMITTED' || it.undone || it.undoes !== undefined) continue;
    const undo = await host.console(`sh /var/lib/portcullis/engine undo ${it.id}`, { timeout: 90_000 });
    if (undo.code !== 0) throw new Error(`undo of ${it.id}: ${undo.stdout}${undo.stderr}`);
  }
}

/** Waits until no transaction is open. False when it did not come to that. */
async function untilFree(host: Host, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const free = await host.console(NO_TRACES);
    if (free.code === 0) return true;
    await sleep(300);
  }
  return false;
}

async function stampOf(host: Host, point: string): Promise<boolean> {
  return (await host.console('[ -d "/var/lib/portcullis/fault-stamps/$1" ]', { args: [point] })).code === 0;
}

/** Carries out one fault on a host in state OLD and leaves it in state OLD. */
export async function runFault(options: {
  host: Host;
  fault: Fault;
  old: Manifest;
  engine?: Engine;
}): Promise<FaultResult> {
  const { host, fault, old, engine = hostEngine() } = options;
  const started = Date.now();
  const transport = consoleTransport(host);
  const problems: string[] = [];
  const plan = await demoPlan(host);
  await setFaults(host, `${fault.point} ${fault.kind === 'powercut' ? 'hang' : fault.kind}\n`);
  const prober = fault.kind === 'powercut' ? undefined : startProber(host);
  const { request, token } = requestOf({ ...plan, lease: LEASE, wait: 10 });
  let claimed = false;

  const client = (async () => {
    const { handle } = await startTransaction(transport, request, engine);
    if (fault.client === 'silent') return;
    claimed = (await commit(transport, handle, token)).kind === 'committed';
  })().catch(() => {
    // The engine was killed under the call, or refused: the state on the host is what counts.
  });
  if (fault.kind === 'powercut') {
    await waitForStampThenCut(host, fault.point, client);
  } else {
    await client;
  }
  // PREPARED without units is what a start killed at its first lines leaves: the next run takes it away.
  const free = await untilFree(host, LEASE * 4 + 25);
  const open = await readOpen(transport);
  if (!free && open?.state !== 'PREPARED') problems.push(`still ${open?.state ?? 'armed'} at the end`);

  const record = (await history(transport)).find(({ id }) => id === request.id);
  const fired = await stampOf(host, fault.point);
  await setFaults(host, '');
  const gap = (await prober?.stop()) ?? 0;
  if (gap > LONGEST_GAP) problems.push(`no login from outside for ${gap} s`);
  let end: FaultResult['end'] = 'untouched';
  if (record?.state === 'COMMITTED') {
    end = 'NEW';
    const check = await host.console(plan.check);
    if (check.code !== 0) problems.push(`kept, but not as planned: ${check.stderr}`);
    await backToOld(host);
  } else if (record !== undefined) {
    end = record.state === 'PREPARED' ? 'untouched' : 'OLD';
    if (claimed) problems.push(`the client was told "kept", the host says ${record.state}`);
    problems.push(...record.exceptions);
  }
  const differs = differences(old, await host.manifest());
  problems.push(...differs);
  const login = await host.ssh('true', { timeout: 15_000 });
  if (login.code !== 0) problems.push(`no login at the end: ${login.stderr}`);
  if (problems.length > 0) end = 'ILLEGAL';
  return { fault, fired, end, problems, gap, seconds: (Date.now() - started) / 1000 };
}

async function waitForStampThenCut(host: Host, point: string, client: Promise<void>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await stampOf(host, point)) && Date.now() < end) await sleep(100);
  await host.powerCut();
  await client;
  await host.boot();
  await host.settled();
}

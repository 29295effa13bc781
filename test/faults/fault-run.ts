// One fault: a transaction with something going wrong at a named point of the engine, and the standing oracle:
// it ends as verified NEW or byte-exact OLD, nothing is left over, and from outside one could always log in again in time.
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootHost, type Host } from '../../src/lab/host.ts';
import type { Manifest } from '../../src/lab/manifest.ts';
import { commit, history, readOpen, rollback, startTransaction } from '../../src/transaction/driver.ts';
import { consoleTransport, differences, requestOf } from '../lab/transaction-kit.ts';
import { demoPlan, furnishDemo, NO_TRACES, prepareDemo } from '../lab/transaction-plan.ts';

/** What goes wrong at a point; a reboot is tried where the state changes. */
export const KINDS = ['exit', 'kill', 'enospc', 'eio', 'powercut', 'reboot'] as const;
export type Fault = {
  readonly point: string;
  readonly kind: (typeof KINDS)[number];
  /** What the client does after the start: says nothing, or keeps the change. */
  readonly client: 'silent' | 'keeps';
  /** Seconds. */
  readonly lease: number;
};

export type FaultResult = {
  readonly fault: Fault;
  /** The point was reached. */
  readonly fired: boolean;
  readonly end: 'OLD' | 'NEW' | 'untouched' | 'ILLEGAL';
  readonly problems: readonly string[];
  /** Longest time in seconds in which new logins from outside failed; 0 when it was not watched. */
  readonly gap: number;
  readonly seconds: number;
};

const BOOT_LIMIT = 120_000;
/** Milliseconds a host may take to go down: systemd gives processes that do not end 90 s, twice. */
const DOWN_LIMIT = 240_000;
export const LEASE = 3;
/** Seconds without access beyond the lease that are promised at most, design.md §1. */
const GRACE = 15;
export const LONGEST_GAP = LEASE + GRACE;

/** A host in state OLD with what a fault is tried on. */
export type FaultHost = {
  readonly host: Host;
  readonly old: Manifest;
  /** The demo plan against OLD; good for every fault, because each leaves the host as OLD. */
  readonly plan: Awaited<ReturnType<typeof demoPlan>>;
};

export async function bootFaultHost(image: Host['image']): Promise<FaultHost> {
  const onProgress = (line: string) => process.stderr.write(`lab: ${line}\n`);
  const host = await bootHost({ image, prepare: prepareDemo, onProgress });
  try {
    await furnishDemo(host);
    // The operator's service manager stays: to start and stop it with every probing login is half of the work.
    await host.console('loginctl enable-linger root');
    // A power cut keeps what was synced; the host's own boot must not be part of the difference.
    await host.console('sync');
    await host.settled();
    return { host, old: await host.manifest(), plan: await demoPlan(host) };
  } catch (error) {
    await host.destroy();
    throw error;
  }
}

/**
 * Opens a new ssh connection every `pace` ms until stopped. Gives the longest time in which none succeeded, in seconds:
 * from the begin of the first that failed to the end of the next that did not. A slow login is no closed door.
 */
export function startProber(host: Host, pace = 1000): { stop(): Promise<number> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const options = ['-o', 'ConnectTimeout=30'];
  let shutSince: number | undefined;
  let longest = 0;
  const loop = (async () => {
    while (!signal.aborted) {
      const began = Date.now();
      const result = await host.ssh('true', { timeout: 40_000, options }).catch(() => undefined);
      if (result?.code !== 0) shutSince ??= began;
      if (shutSince !== undefined) longest = Math.max(longest, Date.now() - shutSince);
      if (result?.code === 0) shutSince = undefined;
      await sleep(Math.max(0, pace - (Date.now() - began)), undefined, { signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
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

/**
 * Waits until no transaction is open. False when it did not come to that: at the end of the time, or sooner where
 * nothing of ours lives on the host any more that could still change it.
 */
async function untilFree(host: Host, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  let still = 0;
  while (Date.now() < end && still < 10) {
    // Looked at from this machine first: no process on a host that has enough to do.
    const [armed, held] = [await isThere(host, 'armed'), await isThere(host, 'lock/holder')];
    // A timer that fired while the engine took back by itself finds nothing to do, and takes a moment for it.
    const free =
      !armed && !held && (await host.console(`${NOTHING_LIVES} || exit 1; ${NO_TRACES}`)).code === 0;
    if (free) return true;
    still = !armed && (await host.console(NOTHING_LIVES)).code === 0 ? still + 1 : 0;
    await sleep(300);
  }
  return false;
}

/** No unit of ours is loaded, so nothing will go on by itself. */
const NOTHING_LIVES = `[ -z "$(systemctl list-units --all --no-legend 'portcullis-*')" ]`;

/** A run that was killed before it began, or after it had ended, may leave its lock: the next run must take it away. */
async function nextRunClears({ host, plan }: FaultHost): Promise<boolean> {
  const transport = consoleTransport(host);
  const { request } = requestOf({ ...plan, lease: 60 });
  const { handle } = await startTransaction(transport, request);
  await rollback(transport, handle);
  return untilFree(host, 30);
}

/** Whether a path below our directory is there, looked at without a process on the host. */
const isThere = (host: Host, path: string): Promise<boolean> =>
  stat(`/proc/${host.leader}/root/var/lib/portcullis/${path}`).then(
    () => true,
    () => false,
  );

/** Carries out one fault on a host in state OLD and leaves it in state OLD, unless the end is ILLEGAL. */
export async function runFault(on: FaultHost, fault: Fault): Promise<FaultResult> {
  const { host, old, plan } = on;
  const started = Date.now();
  const transport = consoleTransport(host);
  const problems: string[] = [];
  const down = fault.kind === 'powercut' || fault.kind === 'reboot';
  // Checkpoints of hundreds of faults would make every look at the history slow.
  await host.console('cd /var/lib/portcullis 2>/dev/null || exit 0; [ -e lock/holder ] || rm -rf tx');
  await setFaults(host, `${fault.point} ${down ? 'hang' : fault.kind}\n`);
  const prober = down ? undefined : startProber(host, 3000);
  const { request, token } = requestOf({ ...plan, lease: fault.lease, wait: 10 });
  let claimed = false;

  const client = (async () => {
    const { handle } = await startTransaction(transport, request);
    if (fault.client === 'silent') return;
    claimed = (await commit(transport, handle, token)).kind === 'committed';
  })().catch(() => {
    // The engine was killed under the call, or refused: the state on the host is what counts.
  });
  if (down) await waitForStampThenGoDown(host, fault);
  await client;
  if (down) {
    await host.boot({ timeout: BOOT_LIMIT });
    await host.settled();
  }
  const free = await untilFree(host, 120);
  const open = await readOpen(transport);
  // What has ended is not open. What it could not put away any more does nothing, and the next run must clear it.
  const inert = open === undefined || open.state === 'PREPARED';
  if (!free && !inert) problems.push(`still ${open?.state ?? 'armed'} at the end`);

  const record = (await history(transport)).find(({ id }) => id === request.id);
  const fired = await isThere(host, `fault-stamps/${fault.point}`);
  await setFaults(host, '');
  // What was kept is undone below: that is a next run, too.
  const kept = record?.state === 'COMMITTED';
  if (!free && inert && !kept && !(await nextRunClears(on))) {
    problems.push(`${open?.state ?? 'what had ended'} was not cleared by the next run`);
  }
  const gap = (await prober?.stop()) ?? 0;
  if (gap > fault.lease + GRACE) problems.push(`no login from outside for ${gap} s`);
  let end: FaultResult['end'] = 'untouched';
  if (kept) {
    end = 'NEW';
    const check = await host.console(plan.check);
    if (check.code !== 0) problems.push(`kept, but not as planned: ${check.stderr}`);
    await backToOld(host);
    if (!(await untilFree(host, 30))) problems.push('still armed after the undo of what was kept');
  } else if (record !== undefined) {
    end = record.state === 'PREPARED' ? 'untouched' : 'OLD';
    if (claimed) problems.push(`the client was told "kept", the host says ${record.state}`);
    problems.push(...record.exceptions);
  }
  const differs = differences(old, await host.manifest());
  problems.push(...differs);
  const login = await host.ssh('true', { options: ['-o', 'ConnectTimeout=30'] });
  if (login.code !== 0) problems.push(`no login at the end: ${login.stderr}`);
  if (problems.length > 0) end = 'ILLEGAL';
  return { fault, fired, end, problems, gap, seconds: (Date.now() - started) / 1000 };
}

async function waitForStampThenGoDown(host: Host, { point, kind }: Fault): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isThere(host, `fault-stamps/${point}`)) && Date.now() < end) await sleep(50);
  if (kind === 'powercut') return host.powerCut();
  const { stopped } = host;
  await host.console('systemctl reboot --no-block');
  const late = await Promise.race([stopped, sleep(DOWN_LIMIT, 'late' as const, { ref: false })]);
  if (late === 'late') throw new Error(`${host.name} did not go down for its reboot`);
}

/** What a person would look at after an illegal end; plain text from the host. */
export async function evidenceOf(host: Host): Promise<string> {
  const script = `cd /var/lib/portcullis; ls -la . lock tx/*; for f in tx/*/state tx/*/meta tx/*/journal tx/*/log tx/*/exceptions tx/*/failure tx/*/attempts tx/*/objects tx/*/units history; do
  echo "== $f"; cat "$f"; done 2>/dev/null
systemctl list-units --all --no-legend --no-pager 'portcullis-*'; systemctl list-jobs --no-pager
journalctl -b --no-pager -n 300; ps -ef`;
  const { stdout, stderr } = await host.console(script, { timeout: 30_000 });
  return `${stdout}\n${stderr}`;
}

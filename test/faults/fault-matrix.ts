// The matrix: every point with every kind of fault in an order drawn from a seed, a shard of it carried out on one host,
// each result written down before the next fault. An illegal end is recorded with what the host says, and a new host goes on.
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../src/lab/host.ts';
import {
  bootFaultHost,
  evidenceOf,
  type Fault,
  type FaultHost,
  type FaultResult,
  KINDS,
  type listPoints,
  runFault,
} from './fault-run.ts';

type Points = Awaited<ReturnType<typeof listPoints>>;
export type Recorded = FaultResult & { readonly image: Host['image']; readonly commit: string };

/** Small, fast, the same everywhere for one seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Every point of the engine with every kind of fault, in an order drawn from the seed; `lease`: seconds of one that is to run out. */
export function allFaults(options: { points: Points; seed: number; lease: number }): Fault[] {
  const { points, seed, lease: short } = options;
  const next = random(seed);
  const all: Fault[] = [];
  for (const kind of KINDS) {
    const where = (point: string) => kind !== 'reboot' || point.startsWith('state-');
    // A host that goes down needs no lease to come back; a busy machine must not be too late for the point.
    const lease = kind === 'powercut' || kind === 'reboot' ? 60 : short;
    for (const point of points.apply.filter(where)) all.push({ point, kind, client: 'silent', lease });
    for (const point of points.back.filter(where)) all.push({ point, kind, client: 'silent', lease: short });
    for (const point of points.keep.filter(where)) all.push({ point, kind, client: 'keeps', lease });
  }
  return all
    .map((fault) => ({ fault, order: next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ fault }) => fault);
}

/**
 * The faults of shard `index` of `count`, in order: first its own, then those of the others from their end, so that a
 * fast shard covers what a slow one has not come to.
 */
export function shardOf(faults: readonly Fault[], index: number, count: number): Fault[] {
  const own = faults.filter((_, at) => at % count === index);
  const others = faults.filter((_, at) => at % count !== index);
  return [...own, ...others.reverse()];
}

/** One file of results, a JSON value a line; what it holds already is not run again. */
export async function readRecorded(file: string): Promise<Recorded[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Carries the faults out one after the other. Stops beginning new ones when `until` (ms since 1970) has come. */
export async function runFaults(options: {
  readonly image: Host['image'];
  readonly first: FaultHost;
  readonly faults: readonly Fault[];
  readonly until: number;
  /** What was tested. */
  readonly commit: string;
  /** A folder for results-IMAGE.jsonl and evidence; nothing is written without it. */
  readonly folder?: string | undefined;
}): Promise<Recorded[]> {
  const { image, faults, folder, commit } = options;
  const file = folder === undefined ? undefined : join(folder, `results-${image}.jsonl`);
  const results = file === undefined ? [] : await readRecorded(file);
  const key = ({ point, kind, client }: Fault) => `${point} ${kind} ${client}`;
  const seen = new Set(results.map(({ fault }) => key(fault)));
  const todo = faults.filter((fault) => !seen.has(key(fault)));
  let on = options.first;
  try {
    for (const [at, fault] of todo.entries()) {
      if (Date.now() > options.until) break;
      // Another host of the same image writes to the same file.
      if (file !== undefined && (await readRecorded(file)).some((one) => key(one.fault) === key(fault)))
        continue;
      let ran = await tryFault(on, fault);
      // A machine too slow for so short a lease takes back, or refuses, before the point comes: once more with a longer one.
      for (let longer = 3; longer <= 9 && ran.end !== 'ILLEGAL' && !ran.fired; longer *= 3) {
        ran = await tryFault(on, { ...fault, lease: fault.lease * longer });
      }
      for (let again = false; ran.end === 'ILLEGAL'; again = true) {
        await keepEvidence({ folder, image, fault, host: on.host });
        await on.host.destroy();
        on = await bootFaultHost(image);
        // The lab itself may have failed on a busy machine (a host that did not boot in time): that says nothing.
        if (again || !ran.labFailed) break;
        ran = await tryFault(on, ran.fault);
      }
      const { labFailed: _, ...rest } = ran;
      const result: Recorded = { image, commit, ...rest };
      results.push(result);
      if (file !== undefined) await appendFile(file, `${JSON.stringify(result)}\n`);
      const { end, fired, gap, seconds, problems } = result;
      const numbers = `${seconds.toFixed(1)} s, gap ${gap.toFixed(1)} s`;
      process.stderr.write(
        `${image} ${at + 1}/${todo.length}: ${fault.point} ${fault.kind} → ${end}${fired ? '' : ' NOT REACHED'} (${numbers}) ${problems.join('; ')}\n`,
      );
    }
  } finally {
    await on.host.destroy();
  }
  return results;
}

async function tryFault(on: FaultHost, fault: Fault): Promise<FaultResult & { labFailed: boolean }> {
  try {
    return { ...(await runFault(on, fault)), labFailed: false };
  } catch (error) {
    const problems = [`the run itself failed: ${error}`];
    return { fault, fired: false, end: 'ILLEGAL', problems, gap: 0, seconds: 0, labFailed: true };
  }
}

async function keepEvidence(options: {
  folder: string | undefined;
  image: string;
  fault: Fault;
  host: Host;
}): Promise<void> {
  const { folder, image, fault, host } = options;
  const text = await evidenceOf(host).catch((error) => `nothing could be read: ${error}`);
  if (folder === undefined) {
    process.stderr.write(text);
    return;
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `evidence-${image}-${fault.point}-${fault.kind}-${Date.now()}.txt`), text);
}

import { writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../src/lab/manifest.ts';
import { describeLab, useHost } from '../lab/harness.ts';
import { furnishDemo, prepareDemo } from '../lab/transaction-plan.ts';
import { type Fault, type FaultResult, KINDS, listPoints, runFault } from './fault-run.ts';

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

/** Every point of the engine with every kind of fault, in an order drawn from the seed. */
async function allFaults(points: Awaited<ReturnType<typeof listPoints>>, seed: number): Promise<Fault[]> {
  const next = random(seed);
  const all: Fault[] = [];
  for (const kind of KINDS) {
    for (const point of [...points.apply, ...points.back]) all.push({ point, kind, client: 'silent' });
    for (const point of points.keep) all.push({ point, kind, client: 'keeps' });
  }
  return all
    .map((fault) => ({ fault, order: next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ fault }) => fault);
}

// PORTCULLIS_FAULTS: how many ("all" for the matrix); PORTCULLIS_FAULT_SEED: which sample; PORTCULLIS_FAULT_RESULTS: a file.
const wanted = process.env.PORTCULLIS_FAULTS ?? '6';
const seed = Number(process.env.PORTCULLIS_FAULT_SEED ?? '20261121');
const image = process.env.PORTCULLIS_FAULT_IMAGE === 'trixie' ? 'trixie' : 'bookworm';

await describeLab(`faults at named points of the engine (${image}, seed ${seed}, ${wanted})`, () => {
  const host = useHost({ image, prepare: prepareDemo });
  let old: Manifest;

  beforeAll(async () => {
    await furnishDemo(host());
    // A power cut keeps what was synced; the host's own boot must not be part of the difference.
    await host().console('sync');
    await host().settled();
    old = await host().manifest();
  });

  it(
    'end as byte-exact OLD or verified NEW, with the door open again in time',
    async () => {
      const points = await listPoints(host());
      expect(points.apply.length).toBeGreaterThan(40);
      expect(points.keep.length).toBeGreaterThan(3);
      expect(points.back.length).toBeGreaterThan(20);
      const faults = await allFaults(points, seed);
      const results: FaultResult[] = [];
      for (const fault of wanted === 'all' ? faults : faults.slice(0, Number(wanted))) {
        const result = await runFault({ host: host(), fault, old });
        results.push(result);
        process.stderr.write(
          `fault ${results.length}/${wanted === 'all' ? faults.length : wanted}: ${fault.point} ${fault.kind} → ${result.end} (${result.seconds.toFixed(1)} s, gap ${result.gap.toFixed(1)} s) ${result.problems.join('; ')}\n`,
        );
        const file = process.env.PORTCULLIS_FAULT_RESULTS;
        if (file !== undefined) await writeFile(file, JSON.stringify(results, null, 1));
        if (result.end === 'ILLEGAL') break;
      }
      expect(results.filter(({ end }) => end === 'ILLEGAL')).toEqual([]);
      expect(results.filter(({ fired }) => !fired)).toEqual([]);
    },
    6 * 3600_000,
  );
});

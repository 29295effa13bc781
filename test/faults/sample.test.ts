// A seeded sample of the fault matrix in every test run; the same file is a shard of the whole for `npm run faults`.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeLab } from '../lab/harness.ts';
import { allFaults, runFaults, shardOf } from './fault-matrix.ts';
import { bootFaultHost, LEASE, listPoints } from './fault-run.ts';

// PORTCULLIS_FAULTS: how many of the matrix ("all"); _SEED: in which order; _SHARD: "1/2", which part comes first;
// _LEASE: seconds; _POINTS: only what matches as "point kind"; _MINUTES: begin no fault after that; _FOLDER: where results and evidence go.
const setting = (name: string) => process.env[`PORTCULLIS_FAULT${name}`];
const wanted = setting('S') ?? '3';
const seed = Number(setting('_SEED') ?? '20261121');
const image = setting('_IMAGE') === 'trixie' ? 'trixie' : 'bookworm';
const [shard = 1, shards = 1] = (setting('_SHARD') ?? '1/1').split('/').map(Number);
const commit = setting('_COMMIT') ?? '';
const only = new RegExp(setting('_POINTS') ?? '');
const lease = Number(setting('_LEASE') ?? LEASE);
const until = Date.now() + Number(setting('_MINUTES') ?? '1440') * 60_000;

await describeLab(`faults at named points of the engine (${image}, seed ${seed}, ${wanted})`, () => {
  it(
    'end as byte-exact OLD or verified NEW, with the door open again in time',
    async () => {
      const first = await bootFaultHost(image);
      const points = await listPoints(first.host);
      expect(points.apply.length).toBeGreaterThan(40);
      expect(points.keep.length).toBeGreaterThan(3);
      expect(points.back.length).toBeGreaterThan(20);
      const all = allFaults({ points, seed, lease });
      const folder = setting('_FOLDER');
      if (folder !== undefined) await writeFile(join(folder, 'faults.json'), JSON.stringify(all));
      const asked = all.filter(({ point, kind }) => only.test(`${point} ${kind}`));
      const faults = shardOf(wanted === 'all' ? asked : asked.slice(0, Number(wanted)), shard - 1, shards);
      const results = await runFaults({ image, first, faults, until, folder, commit });
      expect(results.filter(({ end }) => end === 'ILLEGAL')).toEqual([]);
      expect(results.filter(({ fired }) => !fired)).toEqual([]);
    },
    24 * 3600_000,
  );
});

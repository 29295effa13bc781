// The whole fault matrix, written to docs/faults.md: every named point of the engine with every kind of fault on real
// hosts of both images, and the commit racing the timer many times. Rules: one host an image and one for the race, at the
// same time; every result is written down at once, and a run that is started again with the same --folder goes on where
// the last one ended; an illegal end is recorded with what the host said and stops nothing.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultsPage } from './faults-page.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: 'all' },
    rounds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '20261121' },
    /** Only faults that match this regular expression as "point kind". */
    points: { type: 'string', default: '' },
    lease: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '1440' },
    /** Hosts of each image at the same time. */
    hosts: { type: 'string', default: '1' },
    folder: { type: 'string' },
    out: { type: 'string', default: 'docs/faults.md' },
    /** Only writes the page again from what a folder holds. */
    'page-only': { type: 'boolean', default: false },
  },
});

const IMAGES = ['bookworm', 'trixie'];
const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'portcullis-faults-'));
mkdirSync(folder, { recursive: true });
const raceFile = join(folder, 'race.jsonl');

/** Runs one test file of the lab; resolves to whether it passed. */
function run(file, environment, filter = []) {
  const args = ['vitest', 'run', '--project', 'lab', file, ...filter];
  const child = spawn('npx', args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  return new Promise((settle) => {
    child.on('error', () => settle(false));
    child.on('close', (code) => settle(code === 0));
  });
}

function readLines(file) {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

process.stdout.write(`results: ${folder}\n`);
if (!values['page-only']) {
  const commit = spawnSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  const about = { ...values, started: new Date().toISOString() };
  if (!existsSync(join(folder, 'about.json')))
    writeFileSync(join(folder, 'about.json'), JSON.stringify(about));
  await Promise.all([
    ...Array.from({ length: Number(values.hosts) }, () => IMAGES)
      .flat()
      .map((image, index, all) =>
        run('test/faults/sample.test.ts', {
          PORTCULLIS_FAULTS: values.count,
          PORTCULLIS_FAULT_SEED: values.seed,
          PORTCULLIS_FAULT_IMAGE: image,
          PORTCULLIS_FAULT_SHARD: `${index + 1}/${all.length}`,
          PORTCULLIS_FAULT_POINTS: values.points,
          PORTCULLIS_FAULT_LEASE: values.lease,
          PORTCULLIS_FAULT_COMMIT: commit,
          PORTCULLIS_FAULT_MINUTES: values.minutes,
          PORTCULLIS_FAULT_FOLDER: folder,
        }),
      ),
    run(
      'test/lab/transaction-faults.test.ts',
      {
        PORTCULLIS_RACE_ROUNDS: values.rounds,
        PORTCULLIS_RACE_MINUTES: values.minutes,
        PORTCULLIS_RACE_FILE: raceFile,
      },
      ['-t', 'has one winner'],
    ),
  ]);
}

const results = IMAGES.flatMap((image) => readLines(join(folder, `results-${image}.jsonl`)));
const race = readLines(raceFile);
const about = JSON.parse(readFileSync(join(folder, 'about.json'), 'utf8'));
// Results that somebody looked at and that were then run again, with the reason.
const aside = readLines(join(folder, 'set-aside.jsonl'));
const plan = join(folder, 'faults.json');
const planned = existsSync(plan) ? JSON.parse(readFileSync(plan, 'utf8')) : [];
writeFileSync(values.out, faultsPage({ results, race, about, planned, aside, images: IMAGES }));
const bad = results.filter(({ end, fired }) => end === 'ILLEGAL' || !fired).length;
const lost = race.filter(({ problems }) => problems.length > 0).length;
process.stdout.write(
  `${values.out}: ${results.length} faults, ${bad} bad; ${race.length} races, ${lost} bad\n`,
);
process.exitCode = results.length > 0 && race.length > 0 && bad === 0 && lost === 0 ? 0 : 1;

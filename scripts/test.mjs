// npm test: installs what is missing, then format + lint, types, dead code, shellcheck, build, and every test.
// Rules: every part runs even when an earlier one failed, so that one run tells everything; what is judged without being
// run is judged beside the first tests, which wait some of the time; the exit code is 0 only
// when all passed; a lab test that is skipped where the lab can run is a failure; the last lines name every test that
// failed (a log may be cut to its end) and count the tests.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebian, ensureNode } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

/**
 * Runs a program with its output passed through, or, with `after`, all at once when it has ended. Resolves to its exit code
 * (1 when a signal ended it).
 */
function run(file, args, after) {
  return new Promise((settle) => {
    const output = after ? 'pipe' : 'inherit';
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', output, output] });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => said.push(chunk));
    child.on('error', (error) => {
      console.error(`${file}: ${error.message}`);
      settle(127);
    });
    child.on('close', (code) => {
      after?.(Buffer.concat(said).toString());
      settle(code ?? 1);
    });
  });
}

/** One part of the whole; `beside`: it runs beside another, so that its output comes in one piece. */
async function part(title, file, args, beside = false) {
  const started = Date.now();
  if (!beside) console.error(`\n── ${title}`);
  const told = (text) => console.error(`\n── ${title}\n${text.trimEnd()}`);
  const code = await run(file, args, beside ? told : undefined);
  console.error(
    `── ${title}: ${code === 0 ? 'passed' : `FAILED (exit ${code})`} in ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  return { title, code };
}

await ensureNode();
const missing = await ensureDebian();
const rootLinux = process.platform === 'linux' && process.getuid?.() === 0;
const debian = {
  ok: rootLinux && missing.length === 0,
  reason: rootLinux ? `these packages are missing: ${missing.join(' ')}` : 'this is not root on Linux',
};

/** What is judged without being run. */
async function judged() {
  const all = [
    await part('Format and lint', bin('biome'), ['check', '--error-on-warnings', '.'], true),
    await part('Types', bin('tsc'), ['--noEmit'], true),
    await part('Dead code', bin('knip'), [], true),
  ];
  if (debian.ok) {
    const scripts = await shellScripts();
    const title = `Shell check (${scripts.length} files)`;
    all.push(await part(title, 'shellcheck', ['--shell=sh', ...scripts], true));
  }
  return all;
}

const results = [await part('Build', process.execPath, ['scripts/build.mjs'])];
const judging = judged();

const reports = await mkdtemp(join(tmpdir(), 'portcullis-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const only = process.argv.slice(2);
for (const project of only.length > 0 ? only : ['fast', 'lab']) {
  const report = join(reports, `${project}.json`);
  const args = [
    'run',
    // Left to itself vitest keeps one of two cores free; both kinds wait for what they started, some of the time.
    '--maxWorkers=3',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const result = await part(`Tests: ${project}`, bin('vitest'), args);
  results.push(result);
  const counts = await readCounts(report);
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  totals.skipped += counts.skipped;
  failures.push(...counts.failures);
  if (debian.ok && counts.skipped > 0) {
    results.push({
      title: `${counts.skipped} test(s) of "${project}" were skipped although the lab can run`,
      code: 1,
    });
  }
}
results.push(...(await judging));
await rm(reports, { recursive: true, force: true });

async function shellScripts() {
  const { stdout } = await collect('git', ['ls-files', '*.sh']);
  // The parts of the host engine make sense only as the one file they become: test/transaction checks that whole.
  const part = /^src\/transaction\/engine\/(\d|ops\/)/;
  return stdout.split('\n').filter((name) => name !== '' && !part.test(name));
}

function collect(file, args) {
  return new Promise((settle, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? settle({ stdout }) : reject(new Error(`${file} exited with ${code}`)),
    );
  });
}

/** Counts of a vitest JSON report; a report that is not there counts as one failure, never as nothing. */
async function readCounts(path) {
  try {
    const report = JSON.parse(await readFile(path, 'utf8'));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
      failures: report.testResults.flatMap(failuresOf),
    };
  } catch (error) {
    console.error(`no test report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0, failures: [] };
  }
}

/** What failed in one file of a vitest JSON report: where, which test, and the beginning of why. */
function failuresOf({ name, message, assertionResults }) {
  const where = relative(root, name);
  const tests = assertionResults
    .filter(({ status }) => status === 'failed')
    .map(
      ({ fullName, failureMessages }) => `${where}: ${fullName}\n${beginning(failureMessages.join('\n'))}`,
    );
  return tests.length === 0 && message !== '' ? [`${where}\n${beginning(message)}`] : tests;
}

function beginning(text) {
  return text.split('\n').slice(0, 12).join('\n').slice(0, 1200);
}

const failed = results.filter((result) => result.code !== 0);
console.error('');
if (!debian.ok) console.error(`Skipped: lab tests and shellcheck, because ${debian.reason}.`);
for (const failure of failures) console.error(`FAILED TEST: ${failure}\n`);
for (const result of failed) console.error(`FAILED: ${result.title}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = failed.length === 0 && totals.passed > 0 ? 0 : 1;

// npm run bench: the budgets of the program, measured on one disposable host. Rules: pairs run interleaved in one process, so
// that a busy machine slows both; medians with min and max, and ratios; counts are exact. Over budget: exit code 1.
// What each row means and what it was: docs/performance.md. `--runs N` (default 5), `--image NAME`, `--only WORD` (`--only ansible`:
// against Ansible, which is installed for it).
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { spawn as spawnPty } from '@lydell/node-pty';
import { ensureAnsible, ON_HOST, playbook } from './bench/ansible.mjs';
import { bundle, root } from './bundle.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    image: { type: 'string', default: 'bookworm' },
    only: { type: 'string', default: '' },
  },
});
const runs = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const program = join(folder, 'bin/portcullis.js');
// NODE_EXTRA_CA_CERTS costs every start of node tens of milliseconds; it is not ours to measure.
const environment = {
  PATH: process.env.PATH,
  HOME: folder,
  XDG_STATE_HOME: join(folder, 'state'),
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
};
/** Milliseconds after which a program counts as hanging. */
const PATIENCE = 180_000;
const rows = [];
const wanted = (name) => name.includes(values.only) && (values.only !== '' || !ASKED.includes(name));
/** Rows that take minutes, or install something here: only when they are named. */
const ASKED = ['ansible'];

function over(what, value, budget) {
  const fine = value <= budget;
  rows.push({ what, value, budget, fine });
  process.stdout.write(`  ${fine ? 'ok  ' : 'OVER'} ${what}: ${round(value)} (budget ${budget})\n`);
}

function atLeast(what, value, budget) {
  const fine = value >= budget;
  rows.push({ what, value, budget, fine });
  process.stdout.write(`  ${fine ? 'ok  ' : 'UNDER'} ${what}: ${round(value)} (wanted ${budget})\n`);
}

const round = (value) => (Number.isInteger(value) ? value : Number(value.toFixed(2)));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];

/**
 * Milliseconds of one program from start to end; rejects when it ends in a way that was not expected. Never blocks: the
 * relay that delays a host runs in this process.
 */
async function timed(file, args, { codes = [0], input = '' } = {}) {
  const begun = performance.now();
  const child = spawn(file, args, { env: environment });
  const said = [];
  child.stdout.resume();
  child.stderr.on('data', (chunk) => said.push(chunk));
  // A program that ends without reading is judged by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  const took = performance.now() - begun;
  if (!codes.includes(code)) {
    throw new Error(`${file} ${args.slice(0, 3).join(' ')}: exit ${code}\n${Buffer.concat(said)}`);
  }
  return took;
}

/** Runs the candidates in turn, `runs` times, and prints them. Resolves to the medians by name. */
async function race(title, candidates) {
  const times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const [name, go] of Object.entries(candidates)) times[name].push(await go());
  }
  process.stdout.write(`${title}, ${runs} runs each, ms: median (min-max)\n`);
  const medians = {};
  for (const [name, list] of Object.entries(times)) {
    medians[name] = median(list);
    const span = `${Math.round(Math.min(...list))}-${Math.round(Math.max(...list))}`;
    process.stdout.write(`  ${name.padEnd(34)} ${String(Math.round(medians[name])).padStart(6)} (${span})\n`);
  }
  return medians;
}

const node = (...args) => timed(process.execPath, args);

function reach(host, at = { host: host.address, port: 22 }) {
  const known = join(folder, `known-${at.port}`);
  const name = at.port === 22 ? at.host : `[${at.host}]:${at.port}`;
  if (!existsSync(known)) {
    const keys = readFileSync(host.knownHostsFile, 'utf8').split('\n').filter(Boolean);
    writeFileSync(known, keys.map((line) => `${name} ${line.split(' ').slice(1).join(' ')}\n`).join(''));
  }
  return {
    known,
    ours: (command, ...words) => [
      program,
      command,
      `root@${at.host}:${at.port}`,
      '--identity',
      host.keyFile,
      '--known-hosts',
      known,
      ...words,
    ],
    bare: [
      ...['-F', 'none', '-i', host.keyFile, '-o', 'IdentitiesOnly=yes', '-o', 'IdentityAgent=none'],
      ...['-o', `UserKnownHostsFile=${known}`, '-o', 'GlobalKnownHostsFile=/dev/null', '-o', 'BatchMode=yes'],
      ...['-p', String(at.port), '-l', 'root', at.host, 'sh'],
    ],
  };
}

/** Everything that a start with these words loads, as file names. */
async function loaded(words) {
  const log = join(folder, 'loaded');
  const hook = join(folder, 'hook.mjs');
  writeFileSync(
    hook,
    `import { appendFileSync } from 'node:fs';
export async function load(url, context, next) { appendFileSync(${JSON.stringify(log)}, url + '\\n'); return next(url, context); }
`,
  );
  rmSync(log, { force: true });
  appendFileSync(log, '');
  const register = `data:text/javascript,import{register}from'node:module';register(${JSON.stringify(`file://${hook}`)});`;
  await timed(process.execPath, ['--import', register, program, ...words]);
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((url) => basename(url));
}

async function launcher(meta) {
  const inputs = new Map(
    Object.entries(meta.outputs).map(([path, it]) => [basename(path), Object.keys(it.inputs)]),
  );
  for (const word of ['--version', '--help']) {
    const files = (await loaded([word])).flatMap((name) => inputs.get(name) ?? []);
    if (files.length === 0) throw new Error(`nothing seems to be loaded for ${word}: the trace is broken`);
    const heavy = files.filter((file) =>
      /node_modules\/(ink|react|yoga|inquirer|zod)|src\/(transport|ui)\//.test(file),
    );
    over(`${word} loads of Ink, prompts, schemas and transports (files)`, heavy.length, 0);
  }
}

/** Starts the wizard in a terminal; milliseconds to the first bytes of the title and to the first question, and its memory. */
function wizard() {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const pty = spawnPty(process.execPath, [program], { cols: 120, rows: 50, env: environment });
    const seen = { text: '', paint: 0, ready: 0 };
    const timer = setTimeout(() => {
      pty.kill('SIGKILL');
      reject(new Error(`the wizard did not ask its first question:\n${seen.text.slice(0, 500)}`));
    }, 20_000);
    pty.onData((data) => {
      seen.text += data;
      if (seen.paint === 0 && seen.text.includes('portcullis')) seen.paint = performance.now() - begun;
      if (seen.ready === 0 && seen.text.includes('Which host')) {
        seen.ready = performance.now() - begun;
        const status = readFileSync(`/proc/${pty.pid}/status`, 'utf8');
        seen.memory = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
        clearTimeout(timer);
        pty.onExit(() => resolve(seen));
        pty.kill('SIGKILL');
      }
    });
  });
}

/** An empty program on the same kind of terminal: what the first paint is held against. */
function emptyOnTerminal() {
  return new Promise((resolve) => {
    const begun = performance.now();
    const pty = spawnPty(process.execPath, ['-e', '0'], { cols: 120, rows: 50, env: environment });
    pty.onExit(() => resolve(performance.now() - begun));
  });
}

async function starts(meta) {
  const empty = () => node('-e', '0');
  const times = await race('Starting', {
    'node -e 0': empty,
    '--version': () => node(program, '--version'),
    '--help': () => node(program, '--help'),
  });
  await launcher(meta);
  over('--version ÷ node -e 0', times['--version'] / times['node -e 0'], 2);
  const memory = [];
  const ready = [];
  const painted = await race('The wizard in a terminal of 120x50', {
    'node -e 0': emptyOnTerminal,
    'first paint': async () => {
      const seen = await wizard();
      memory.push(seen.memory);
      ready.push(seen.ready);
      return seen.paint;
    },
  });
  process.stdout.write(
    `  first question ${Math.round(median(ready))} ms, peak memory ${Math.round(median(memory))} MiB\n`,
  );
  over('first paint ÷ node -e 0', painted['first paint'] / painted['node -e 0'], 2);
  over('peak memory at the first question, MiB', median(memory), 90);
}

async function looks(parts, host) {
  const script = parts.factsScript();
  for (const [title, at] of [
    ['Round trip 0', undefined],
    ['Round trip 100 ms', await host.delay(50)],
  ]) {
    const { ours, bare } = reach(host, at);
    const times = await race(`A look at the host, cold. ${title}`, {
      'floor: ssh HOST sh < facts script': () => timed('ssh', bare, { input: script }),
      'portcullis check': () => timed(process.execPath, ours('check'), { codes: [0, 2] }),
      'portcullis plan --steps sshd': () =>
        timed(process.execPath, ours('plan', '--steps', 'sshd'), { codes: [0, 2, 5] }),
    });
    over(
      `check ÷ floor. ${title}`,
      times['portcullis check'] / times['floor: ssh HOST sh < facts script'],
      1.35,
    );
  }
}

async function counts(parts, host) {
  const stateDir = join(folder, 'counted');
  const one = await parts.walkCounted(host, { stateDir, without: parts.allBut('sshd.login-grace-time') });
  const all = await parts.walkCounted(host, { stateDir });
  const cell = ({ exchanges, polls, connections, logins }) =>
    `${exchanges} exchanges (${polls} only looking), ${connections} connections, ${logins} logins`;
  for (const [name, walk] of Object.entries({
    [`${one.changes} changes`]: one,
    [`${all.changes} changes`]: all,
  })) {
    process.stdout.write(`Counted with ${name}: ${walk.outcomes.join(', ')}\n`);
    for (const stage of ['connect', 'discover', 'plan', 'apply', 'again']) {
      process.stdout.write(`  ${stage.padEnd(9)} ${cell(walk[stage])}\n`);
    }
    over('connections and logins until the plan is there', walk.connect.connections + walk.connect.logins, 2);
    over('exchanges until the plan is there', walk.discover.exchanges + walk.plan.exchanges, 2);
    over('exchanges of apply and proofs, without polls', walk.apply.exchanges - walk.apply.polls, 6);
  }
  const rehearsal = await parts.rehearsalCounted(host, stateDir);
  over(
    `exchanges of a plan of all steps beyond the facts (${rehearsal.packets} packets, ${rehearsal.packages} packages)`,
    rehearsal.exchanges,
    2,
  );
  over(
    'exchanges more with all controls',
    all.apply.exchanges - all.apply.polls - (one.apply.exchanges - one.apply.polls),
    0,
  );
}

async function controls(parts, host) {
  const look = async (count) => {
    const begun = performance.now();
    const seen = await parts.lookWith(host, { stateDir: join(folder, 'counted'), count });
    if (seen !== count) throw new Error(`${seen} controls judged instead of ${count}`);
    return performance.now() - begun;
  };
  const times = await race('Number of controls: look and judge', {
    '1 control': () => look(1),
    '300 controls': () => look(300),
  });
  over('300 controls ÷ 1', times['300 controls'] / times['1 control'], 2);
}

const PROBE =
  'systemctl show -p MainPID -p StateChangeTimestampMonotonic ssh; journalctl -q -u ssh -o cat | grep -ci reload';

async function nothingToDo(parts, host) {
  const { ours } = reach(host);
  const choices = ['--steps', 'sshd', ...parts.CHOICES.flatMap((word) => ['--set', word])];
  const apply = ours('apply', '--yes', '--recheck', 'none', ...choices);
  process.stdout.write(
    `First apply, no late recheck: ${Math.round(await timed(process.execPath, apply))} ms\n`,
  );
  const before = await host.manifest();
  const daemon = (await host.console(PROBE)).stdout;
  const times = await race('Nothing to do', {
    'portcullis check': () => timed(process.execPath, ours('check', ...choices), { codes: [0, 2] }),
    'portcullis apply --yes': () => timed(process.execPath, apply),
  });
  over('apply with nothing to do ÷ check', times['portcullis apply --yes'] / times['portcullis check'], 1.35);
  over('paths changed by it', parts.diffManifests(before, await host.manifest()).length, 0);
  over('reloads and restarts of sshd by it', (await host.console(PROBE)).stdout === daemon ? 0 : 1, 0);
  const undo = ours('rollback', '--yes', '--recheck', 'none');
  process.stdout.write(
    `Undo of it all, no late recheck: ${Math.round(await timed(process.execPath, undo))} ms\n`,
  );
}

/** Milliseconds until `words` are told on stderr; then the program may end by itself. */
async function toldAfter(words, args) {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let told = Number.NaN;
  child.stderr.on('data', (chunk) => {
    said += chunk;
    if (Number.isNaN(told) && said.includes(words)) told = performance.now() - begun;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  if (code !== 0 || Number.isNaN(told)) throw new Error(`"${words}" was not told: exit ${code}\n${said}`);
  return told;
}

async function lockdowns(host) {
  const { ours, bare } = reach(host, await host.delay(50));
  const near = reach(host).ours;
  const times = await race('Lockdown, cold, until it is told as proved. Round trip 100 ms', {
    'floor: one ssh login, one answer': () => timed('ssh', bare, { input: 'true\n' }),
    'portcullis lockdown': async () => {
      const took = await toldAfter('LOCKED DOWN', ours('lockdown', '--reason', 'bench', '--yes'));
      await timed(process.execPath, near('unlock', '--yes'));
      return took;
    },
  });
  const took = times['portcullis lockdown'];
  over('lockdown ÷ floor. Round trip 100 ms', took / times['floor: one ssh login, one answer'], 3);
  over('lockdown, cold, seconds. Round trip 100 ms', took / 1000, 3);
}

/** What the three steps are asked; the playbook holds the same. */
const GATES = ['firewall.ssh-from=everyone', 'firewall.open=', 'firewall.backend=portcullis'];

/** As before either of them: what the playbook made is taken away by hand, because it has no way back. */
const BEFORE_PLAYBOOK = `set -e
systemctl disable --now nftables fail2ban
rm -f /etc/ssh/sshd_config.d/00-gates.conf /etc/fail2ban/jail.d/zz-gates.local
cp -a /root/before/nftables.conf /root/before/issue.net /etc/
chmod 0644 /etc/ssh/sshd_config
nft flush ruleset
systemctl reload ssh`;

async function installOn(parts, host) {
  const offer = await parts.offerPackages(
    host,
    await parts.ensureRepository({ release: values.image, packages: ON_HOST }),
  );
  const script = `set -e
DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends ${ON_HOST.join(' ')} 2>&1
systemctl disable --now fail2ban 2>&1
! systemctl --quiet is-failed fail2ban || systemctl reset-failed fail2ban
mkdir /root/before
cp -a /etc/nftables.conf /etc/issue.net /root/before/`;
  const { code, stdout } = await host.console(script, { timeout: PATIENCE });
  await offer.close();
  if (code !== 0) throw new Error(`the packages were not installed on the host:\n${stdout}`);
}

async function againstAnsible(parts, host) {
  await ensureAnsible();
  await installOn(parts, host);
  const must = async (script) => {
    const { code, stderr } = await host.console(script, { timeout: PATIENCE });
    if (code !== 0) throw new Error(`${script.split('\n').at(-1)}: ${stderr}`);
  };
  // What the playbook is about; the rest of the walk is not in it.
  const steps = ['--steps', 'firewall,sshd,fail2ban'];
  const choices = [...steps, ...[...parts.CHOICES, ...GATES].flatMap((word) => ['--set', word])];
  const near = reach(host).ours;
  for (const [title, at, least] of [
    ['Round trip 0', { host: host.address, port: 22 }, { bare: 8, plan: 4, apply: 1 }],
    ['Round trip 100 ms', await host.delay(50), { bare: 8, plan: 6, apply: 1 }],
  ]) {
    const { ours, known } = reach(host, at);
    const theirs = playbook({ host, at, known, folder, facts: { never_ban: host.operatorAddress } });
    const planned = await race(`Firewall, sshd and fail2ban: what would change. ${title}`, {
      'portcullis plan': () => timed(process.execPath, ours('plan', ...choices), { codes: [2] }),
      // What Ansible's check does: to say what would change, without carrying anything out.
      'portcullis plan --no-rehearse': () =>
        timed(process.execPath, ours('plan', '--no-rehearse', ...choices), { codes: [2] }),
      'ansible --check --diff, by lines': () => theirs('--check', '--diff'),
      'ansible --check --diff, by files': () => theirs('--check', '--diff', '-e', 'sshd_by=file'),
    });
    for (const [ours, floor] of [
      ['portcullis plan --no-rehearse', least.bare],
      ['portcullis plan', least.plan],
    ])
      faster(`${ours}. ${title}`, { times: planned, ours, least: floor });
    const applied = await race(`The same applied; ours armed, rehearsed and proved. ${title}`, {
      'portcullis apply': async () => {
        const took = await timed(process.execPath, ours('apply', '--yes', '--recheck', 'none', ...choices));
        await timed(process.execPath, near('rollback', '--yes', '--recheck', 'none'));
        return took;
      },
      'ansible, by lines': async () => {
        const took = await theirs();
        await must(BEFORE_PLAYBOOK);
        return took;
      },
      'ansible, by files': async () => {
        const took = await theirs('-e', 'sshd_by=file');
        await must(BEFORE_PLAYBOOK);
        return took;
      },
    });
    faster(`portcullis apply. ${title}`, { times: applied, ours: 'portcullis apply', least: least.apply });
  }
}

/** How many times as fast as each way of the other tool; the budget is for the way that names every setting. */
function faster(what, { times, ours, least }) {
  for (const [name, time] of Object.entries(times)) {
    if (name.startsWith('portcullis ')) continue;
    const ratio = round(time / times[ours]);
    if (name.endsWith('by lines')) atLeast(`${name} ÷ ${what}`, ratio, least);
    else process.stdout.write(`  ${name} ÷ ${what}: ${ratio}\n`);
  }
}

const ROWS = {
  launcher: async ({ meta }) => await starts(meta),
  look: async ({ parts, host }) => await looks(parts, host),
  counts: async ({ parts, host }) => await counts(parts, host),
  controls: async ({ parts, host }) => await controls(parts, host),
  nothing: async ({ parts, host }) => await nothingToDo(parts, host),
  lockdown: async ({ host }) => await lockdowns(host),
  ansible: async ({ parts, host }) => await againstAnsible(parts, host),
};

let host;
try {
  for (const name of ['bin', 'profiles', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  const meta = await bundle(['src/cli.ts'], join(folder, 'dist'));
  await bundle(['test/lab/bench-parts.ts'], join(folder, 'parts'));
  const parts = await import(join(folder, 'parts/bench-parts.js'));
  if (Object.keys(ROWS).some((name) => name !== 'launcher' && wanted(name))) {
    host = await parts.bootHost({
      image: values.image,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
  }
  for (const [name, run] of Object.entries(ROWS)) if (wanted(name)) await run({ parts, host, meta });
} finally {
  await host?.destroy();
  rmSync(folder, { recursive: true, force: true });
}
const bad = rows.filter(({ fine }) => !fine);
process.stdout.write(
  `${rows.length} budgets, ${bad.length} over${bad.map(({ what }) => `\n  ${what}`).join('')}\n`,
);
process.exitCode = bad.length === 0 && rows.length > 0 ? 0 : 1;

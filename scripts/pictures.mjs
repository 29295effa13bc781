// npm run pictures: draws docs/pictures/*.svg (light and dark) from a real run of the wizard: the built program in a
// pseudo-terminal, on a demo host that boots for it, its screen taken from an emulator. Needs what `npm run demo` needs.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { screenSvg, THEMES, takeScreen } from './screen-svg.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs', 'pictures');
const [columns, rows] = [100, 30];
/** Milliseconds; a host boots, proofs are made twice. */
const PATIENCE = 120_000;

const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
const home = await mkdtemp(join(tmpdir(), 'portcullis-pictures-'));
const child = spawn(process.execPath, [join(root, 'bin', 'portcullis.js'), 'demo'], {
  name: 'xterm-256color',
  cols: columns,
  rows,
  // Nothing else: a CI variable, whatever its value, would take the colours away.
  env: {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? home,
    XDG_STATE_HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
  },
});
let ended;
child.onData((data) => terminal.write(data));
child.onExit((how) => {
  ended = how;
});

const taken = new Map();
try {
  await shows(/Enter goes on to the steps/);
  await take('host', 'What was found on the host, and the profile that is walked because of it');
  await reads();
  await press('\r');
  await shows(/score \d+ → \d+/);
  await press('\t');
  await shows(/Who may log in/);
  await take('room', 'The room of the step sshd: questions, findings, score now and after');
  await press('\u001b[B');
  await press('\r');
  await shows(/type to search/);
  await take('question', 'Who may log in is picked from the accounts of the host');
  child.write('\u001b');
  await shows(/Tab next step/);
  await press('d');
  await shows(/What will be changed/);
  // Page down to where the new file's own lines are, each page read before the next.
  await until('the new lines of sshd', async () => {
    if (/\+ PasswordAuthentication no/.test(text())) return true;
    await press('\u001b[6~');
    await reads();
    return /\+ PasswordAuthentication no/.test(text());
  });
  await take('diff', 'Every change as a diff, before anything happens');
  child.write('\u001b');
  await shows(/About this step/);
  await press('a');
  await shows(/Type apply/);
  await take('ready', 'What will happen, stage by stage, before the word that starts it');
  await types('apply');
  await shows(/> apply/);
  await press('\r');
  for (const step of ['firewall', 'sshd', 'fail2ban', 'rbac']) {
    await shows(new RegExp(`Keep stage \\d of \\d, ${step}\\?`));
    // The moment when the host would still take everything back, and every proof holds.
    if (step === 'sshd') await take('apply', 'Applied, armed with a lease, and proved; not kept yet');
    await types('keep');
    await shows(/> keep/);
    await press('\r');
  }
  await shows(/✓ Kept\n[\s\S]*score +\d+ → \d+/);
  await take('report', 'The report: kept, score before and after, recovery card, how to undo');
  await reads();
  await press('h');
  await shows(/firewall +\d{8}-/);
  await reads();
  for (let row = 0; row < 4; row += 1) await press('\u001b[B');
  await press('\r');
  await shows(/Type undo/);
  await take('undo', 'Undoing one step of a run: before, what was written, and now');
  child.write('\u001b');
  await shows(/What was done on/);
  await reads();
  child.write('\u001b');
  await shows(/c look again|score \d+/);
  await reads();
  await press('L');
  await shows(/Type lockdown/);
  await take('lockdown', 'A lockdown: who stays, who is cut, and the word that begins it');
  child.write('\u001b');
  await shows(/L lock/);
  await reads();
  await press('q');
  await until('the program to end', () => ended !== undefined);
} finally {
  // The demo takes its host away by itself when it is told to end.
  if (ended === undefined) child.kill('SIGTERM');
  await rm(home, { recursive: true, force: true });
}

await mkdir(folder, { recursive: true });
for (const [name, { screen, title }] of taken) {
  for (const [theme, colours] of Object.entries(THEMES)) {
    const file = join(folder, `${name}-${theme}.svg`);
    await writeFile(file, screenSvg(screen, colours, title));
    console.error(file);
  }
}

async function take(name, title) {
  await drained();
  taken.set(name, { screen: takeScreen(terminal), title });
}

/** Waits for text on the screen, never for time. */
function shows(pattern) {
  return until(`${pattern} on the screen`, () => pattern.test(text()));
}

async function until(what, holds) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    await drained();
    if (await holds()) return;
    if (ended !== undefined || Date.now() > end) {
      throw new Error(`waited in vain for ${what}; the screen is:\n${text()}`);
    }
    await sleep(20);
  }
}

async function types(word) {
  await reads();
  for (const character of word) await press(character);
}

/** Keys that come right after the screen changed are ignored where they would end something; a person is slower. */
function reads() {
  return sleep(500);
}

async function press(key) {
  child.write(key);
  await sleep(40);
}

function drained() {
  return new Promise((done) => terminal.write('', done));
}

function text() {
  const { active } = terminal.buffer;
  return Array.from(
    { length: rows },
    (_, index) => active.getLine(active.baseY + index)?.translateToString(true) ?? '',
  ).join('\n');
}

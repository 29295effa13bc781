// The compiled wizard in a real terminal, over a scripted session: the whole walk, every way out, and what must not confirm.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { compileWizard, type OpenOptions, open, type Person } from './driver.ts';

let program = '';
const opened: Person[] = [];
const folder = mkdtempSync(join(tmpdir(), 'portcullis-record-'));
let records = 0;

beforeAll(async () => {
  program = await compileWizard();
});
afterEach(() => {
  for (const person of opened.splice(0)) person.close();
});
afterAll(() => {
  rmSync(dirname(program), { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

async function sits(options: OpenOptions = {}): Promise<Person & { record: () => string }> {
  records += 1;
  const file = join(folder, `record-${records}`);
  const person = await open(program, { ...options, script: { ...options.script, record: file } });
  opened.push(person);
  const record = (): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  return { ...person, record };
}

/** From the room, over the word, until the host is at work. */
async function applies(person: Person): Promise<void> {
  await person.shows('38 → 96');
  await person.press('a');
  await person.shows('Type apply');
  await person.reads();
  await person.types('apply');
  await person.shows('> apply');
  await person.press('enter');
}

/** Up to the question whether to keep. */
async function appliesAndIsAsked(person: Person): Promise<void> {
  await applies(person);
  await person.shows('Keep this change?');
  await person.reads();
}

test('a first-time operator walks from the host key to a kept change, and the shell is as before', async () => {
  const person = await sits({ script: { questions: true } });
  await person.shows('Is this shop.example.com?');
  expect(person.alternate()).toBe(true);
  await person.reads();
  await person.types('ZkWM');
  await person.shows('> ZkWM');
  await person.press('enter');
  await person.shows('Password of ana');
  await person.reads();
  await person.types('correct horse');
  await person.shows('•••••••••••••');
  await person.press('enter');
  await person.shows('38 → 96');
  await person.press('down', 'enter');
  await person.shows('> 22');
  await person.press('escape');
  await person.press('d');
  await person.shows('+ PasswordAuthentication no');
  await person.press('escape');
  await appliesAndIsAsked(person);
  expect(person.screen()).toContain('ARMED, lease');
  await person.types('keep');
  await person.shows('> keep');
  await person.press('enter');
  await person.shows('✓ Kept');
  expect(person.screen()).toContain('38 → 96');
  await person.press('q');
  expect(await person.exits()).toBe(0);
  expect(person.alternate()).toBe(false);
  const left = person.scrollback();
  expect(left).toContain('$ portcullis');
  expect(left).toContain('The change is kept; 3 proofs hold.');
  expect(left).toContain('portcullis apply ana@shop.example.com --yes');
  expect(person.bytes()).not.toContain('correct horse');
  expect(person.record()).toBe('host key accept\nsudo secret of 13 bytes\napply\ndecided keep\nclose\n');
});

test('rolling back takes a word too, and the exit code says so', async () => {
  const person = await sits();
  await appliesAndIsAsked(person);
  await person.types('roll back');
  await person.shows('> roll back');
  await person.press('enter');
  await person.shows('Rolled back');
  await person.press('q');
  expect(await person.exits()).toBe(4);
});

test('neither Enter, nor a paste, nor a reply of the terminal keeps the change', async () => {
  const person = await sits();
  await appliesAndIsAsked(person);
  await person.press('enter', 'enter', 'enter');
  await person.shows('Type keep or roll back');
  person.sends('\u001b[200~keep\r\u001b[201~');
  await person.shows('came in one piece');
  await person.press('enter');
  await person.shows('Type keep or roll back');
  person.sends('keep\r');
  await person.shows('came in one piece');
  for (const reply of [
    '\u001b[?62;c',
    '\u001b]11;rgb:0000/0000/0000\u0007',
    '\u001bP1$r0m\u001b\\',
    '\u001b[24;80R',
  ])
    person.sends(reply);
  person.sends('\u001b]l');
  await person.reads();
  person.sends('keep\u001b\\');
  await person.press('enter');
  await person.shows('Type keep or roll back');
  expect(person.record()).toBe('apply\n');
});

test('what is typed in the moment a question comes up does not answer it', async () => {
  // The 300 ms of that moment are 1.5 s of ours: a machine that stands still for a while does not end them.
  const person = await sits({ script: { slow: 5 } });
  await person.shows('38 → 96');
  await person.press('a');
  await person.shows('Type apply');
  await person.types('apply');
  await person.press('enter');
  const notice = 'Type apply, then press Enter';
  expect(person.screen()).not.toContain(notice);
  // The moment is over when Enter is heard again: and the word it finds is empty.
  while (!person.screen().includes(notice)) await person.press('enter');
  expect(person.record()).toBe('');
});

test('a dry run has no way to apply and exits 2', async () => {
  const person = await sits({ script: { mode: 'dry-run' } });
  await person.shows('38 → 96');
  expect(person.screen()).toContain('DRY RUN');
  await person.press('a');
  await person.shows('“apply” is off');
  await person.press('d');
  await person.shows('What will be changed');
  await person.press('a');
  await person.shows('“apply” is off');
  await person.press('escape', 'u');
  await person.shows('“undo” is off');
  await person.press('q');
  expect(await person.exits()).toBe(2);
  expect(person.record()).toBe('close\n');
});

test('undo asks for a word and takes the last run back', async () => {
  const person = await sits();
  await person.shows('38 → 96');
  await person.press('u');
  await person.shows('Type undo');
  await person.shows('Undo sshd on ana@shop.example.com?');
  await person.reads();
  await person.types('undo');
  await person.shows('> undo');
  await person.press('enter');
  await person.shows('Keep the host as it was before that?');
  await person.reads();
  await person.types('keep');
  await person.shows('> keep');
  await person.press('enter');
  await person.shows('Undone');
  await person.press('ctrl-c');
  expect(await person.exits()).toBe(0);
});

test('Ctrl-C while armed explains, twice leaves, and the shell is told what the host will do', async () => {
  const person = await sits({ script: { hang: true } });
  await applies(person);
  await person.shows('ARMED, lease');
  await person.press('ctrl-c');
  await person.shows('Leave now?');
  await person.press('escape');
  await person.shows('Applying to');
  await person.press('ctrl-c');
  await person.shows('Leave now?');
  await person.press('ctrl-c');
  expect(await person.exits()).toBe(3);
  expect(person.alternate()).toBe(false);
  expect(person.scrollback()).toMatch(/takes the change back by itself within \d+ s/);
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const)(
  '%s during an apply restores the terminal and says what the host will do',
  async (signal, code) => {
    const person = await sits({ script: { hang: true } });
    await applies(person);
    await person.shows('ARMED, lease');
    person.kill(signal);
    expect(await person.exits()).toBe(code);
    expect(person.alternate()).toBe(false);
    expect(person.bytes().endsWith('\u001b[?25l')).toBe(false);
    expect(person.bytes()).toContain('\u001b[?2004l');
    expect(person.scrollback()).toMatch(/takes the change back by itself within \d+ s/);
  },
);

test('a window that is closed during an apply ends the program, and the session with it', async () => {
  const person = await sits({ script: { hang: true } });
  await applies(person);
  await person.shows('ARMED, lease');
  await person.hangsUp();
  await expect.poll(person.record).toBe('apply\nclose\n');
});

test('leaving by a word while the word is awaited says how to go on from the shell', async () => {
  const person = await sits();
  await appliesAndIsAsked(person);
  await person.press('ctrl-c');
  await person.shows('Leave now?');
  expect(person.screen()).toMatch(/takes the change back by\s+itself within \d+ s/);
  expect(person.screen()).toMatch(/portcullis\s+confirm/);
  await person.reads();
  await person.press('enter');
  await person.shows('Type leave, then press Enter');
  await person.types('leave');
  await person.shows('> leave');
  await person.press('enter');
  expect(await person.exits()).toBe(3);
  expect(person.alternate()).toBe(false);
  const left = person.scrollback();
  expect(left).toMatch(/Not kept: ana@shop.example.com takes the change back by itself within \d+ s/);
  for (const words of [
    'status ana@shop.example.com',
    'confirm ana@shop.example.com',
    'rollback ana@shop.example.com --yes',
  ])
    expect(left.replaceAll('\n', '')).toContain(`portcullis ${words}`);
  expect(person.record()).toBe('apply\nclose\n');
});

test('Ctrl-Z gives the terminal back to the shell, and fg shows the same screen again', async () => {
  const person = await sits({ shell: true });
  await person.shows('38 → 96');
  await person.press('down');
  for (const round of [1, 2]) {
    await person.press('ctrl-z');
    await expect.poll(() => person.screen().split('Stopped').length - 1, { timeout: 15_000 }).toBe(round);
    expect(person.alternate()).toBe(false);
    expect(person.screen()).toContain('Portcullis is stopped: fg brings it back.');
    await person.types(`echo typed in the shell ${round}`);
    await person.press('enter');
    await person.shows(`\ntyped in the shell ${round}`);
    if (round === 2) person.resize(100, 30);
    await person.types('fg');
    await person.press('enter');
    await person.shows('38 → 96');
    expect(person.alternate()).toBe(true);
    await person.shows('On which port shall sshd listen?');
    await person.showsNot('typed in the shell');
  }
  // The keys are ours again.
  await person.press('x');
  await person.shows('Esc back');
  await person.press('escape');
  await person.showsNot('Esc back');
  await person.press('q');
  await person.shows('Nothing was changed on');
  await person.types('echo "left with $?"');
  await person.press('enter');
  await person.shows('\nleft with 0');
  expect(person.alternate()).toBe(false);
  await person.types('exit');
  await person.press('enter');
  await person.exits();
});

test('Ctrl-Z while a change is armed stops nothing and says why, whoever asks', async () => {
  const person = await sits({ script: { hang: true } });
  await applies(person);
  await person.shows('ARMED, lease');
  await person.press('ctrl-z');
  await person.shows('Ctrl-Z is off');
  person.resize(120, 40);
  await person.shows('renews no lease');
  await person.press('ctrl-c');
  await person.shows('Leave now?');
  await person.press('escape');
  await person.showsNot('Ctrl-Z is off');
  person.kill('SIGTSTP');
  await person.shows('Ctrl-Z is off');
  expect(person.alternate()).toBe(true);
  await person.press('ctrl-c', 'ctrl-c');
  expect(await person.exits()).toBe(3);
});

test('where no shell could continue it, Ctrl-Z comes back by itself; after a SIGSTOP the screen is whole', async () => {
  const person = await sits();
  await person.shows('38 → 96');
  await person.press('ctrl-z');
  await person.showsNot('Portcullis is stopped');
  await person.shows('38 → 96');
  expect(person.alternate()).toBe(true);
  person.kill('SIGSTOP');
  person.kill('SIGCONT');
  await person.press('x');
  await person.shows('Esc back');
  await person.press('escape');
  await person.showsNot('Esc back');
  await person.press('q');
  expect(await person.exits()).toBe(0);
});

test('a crash restores the terminal and reaches the one place that prints errors', async () => {
  const person = await sits({ script: { crash: true } });
  expect(await person.exits()).toBe(70);
  expect(person.alternate()).toBe(false);
  expect(person.scrollback()).toContain('portcullis: the sky fell');
});

test('a storm of sizes, from 20×5 to 300×100, leaves one whole frame and the same state', async () => {
  const person = await sits({ script: { hang: true } });
  await person.shows('38 → 96');
  const sizes = [
    [20, 5],
    [300, 100],
    [61, 17],
    [59, 16],
    [120, 40],
    [20, 5],
    [100, 30],
  ] as const;
  for (let round = 0; round < 4; round += 1)
    for (const [columns, rows] of sizes) person.resize(columns, rows);
  await person.shows('38 → 96');
  person.resize(20, 5);
  await person.shows('needs 60×16');
  person.resize(120, 40);
  await person.shows('38 → 96');
  await person.showsNot('needs 60×16');
  const lines = person.screen().split('\n');
  expect(lines.filter((it) => it.includes('● LIVE'))).toHaveLength(1);
  expect(lines.filter((it) => it.includes('About this step'))).toHaveLength(1);
});

test('what a host says cannot reach the terminal as anything but text', async () => {
  const hostile =
    '\u200bevil\u001b]0;owned\u0007\u001b]52;c;b3duZWQ=\u0007\u001b[2J\u009b31m\u202egnp.exe\r\b\u001bP+q544e\u001b\\';
  const person = await sits({ script: { hostile } });
  await appliesAndIsAsked(person);
  await person.types('keep');
  await person.shows('> keep');
  await person.press('enter');
  await person.shows('✓ Kept');
  await person.press('ctrl-c');
  await person.exits();
  const bytes = person.bytes();
  expect(bytes).toContain('evil');
  for (const forbidden of ['\u001b]', '\u001bP', '\u009b', '\u202e', '\u200b', '\u0007', '\b'])
    expect(bytes).not.toContain(forbidden);
  // Every escape is one of ours: colours, places, and the ones that take and give back the screen.
  const ours = /\u001b\[(?:[0-9;]*[mHJK]|\?(?:1049|2004|25|2026)[hl])/g;
  expect(bytes.replace(ours, '')).not.toContain('\u001b');
});

test('without UTF-8 every cell is ASCII, and without colour no colour is sent', async () => {
  const person = await sits({ environment: { LANG: 'C', NO_COLOR: '1', FORCE_COLOR: '0' } });
  await person.shows('score 38 > 96');
  await person.press('down', 'down', 'down', 'down', 'down');
  await person.shows('x fail');
  expect(person.screen()).toMatch(/^[\x20-\x7e\n]*$/);
  expect(person.bytes()).not.toMatch(/\u001b\[[0-9;]*[1-9][0-9;]*m/);
});

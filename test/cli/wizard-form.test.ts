// Which words are surely a wizard, before they are read whole.
import { afterEach, expect, it, vi } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { COMMAND_NAMES, surelyReached, surelyWizard, wizardForm } from '../../src/cli/wizard-form.ts';

it.each<[string, { target: string; dryRun: boolean } | undefined]>([
  ['', { target: '', dryRun: false }],
  ['shop', { target: 'shop', dryRun: false }],
  ['ana@shop:22 --sudo none', { target: 'ana@shop:22', dryRun: false }],
  ['--dry-run shop', { target: 'shop', dryRun: true }],
  ['--guide shop', { target: 'shop', dryRun: false }],
  ['shop --no-guide', { target: 'shop', dryRun: false }],
  ['shop --lease 90s --dry-run', { target: 'shop', dryRun: true }],
  ['harden', { target: '', dryRun: false }],
  ['harden shop', { target: 'shop', dryRun: false }],
  ['harden --verbose shop', { target: 'shop', dryRun: false }],
  // A host may have the name of a command.
  ['harden check', { target: 'check', dryRun: false }],
  // The value of an option would look like the host.
  ['--identity key shop', undefined],
  ['harden --identity key shop', undefined],
  ['check shop', undefined],
  ['--dry-run check', undefined],
  ['help', undefined],
  ['shop --help', undefined],
  ['shop -h', undefined],
  ['-V', undefined],
  ['--version', undefined],
  ['shop --plain', undefined],
  ['harden shop --json', undefined],
  ['-- shop', undefined],
])('"%s" is judged by what is plain in it', (line, expected) => {
  expect(surelyWizard(line.split(' ').filter((word) => word !== ''))).toEqual(expected);
});

it.each<[string, string | undefined]>([
  ['check ana@shop:22', 'ana@shop:22'],
  ['check shop --identity key --json', 'shop'],
  ['plan shop', 'shop'],
  ['apply shop --yes', 'shop'],
  ['check', undefined],
  ['check --identity key shop', undefined],
  ['check shop --help', undefined],
  ['check shop -h', undefined],
  // Another way there has another answer.
  ['check shop --jump door', undefined],
  ['check shop --jump=door', undefined],
  ['check shop --transport ssh2', undefined],
  ['explain shop', undefined],
  ['shop', undefined],
])('what "%s" surely reaches by ssh is known before it is read whole', (line, expected) => {
  expect(surelyReached(line.split(' '))).toBe(expected);
});

it('the words that are no host are the commands there are', () => {
  const { commands } = buildProgram({ version: '0', settle: () => {} });
  expect([...commands.map((command) => command.name()), 'help'].toSorted()).toEqual(COMMAND_NAMES);
});

const streams = [process.stdin, process.stdout, process.stderr];
const was = streams.map((stream) => stream.isTTY);
afterEach(() => {
  vi.unstubAllEnvs();
  for (const [index, stream] of streams.entries()) stream.isTTY = was[index] ?? false;
});

it.each([
  [undefined, 'screen'],
  ['', 'screen'],
  ['0', 'screen'],
  ['false', 'screen'],
  ['FALSE', 'screen'],
  ['1', 'lines'],
  ['true', 'lines'],
  ['woodpecker', 'lines'],
])('on a terminal with CI=%s the wizard comes as: %s', (ci, form) => {
  for (const stream of streams) stream.isTTY = true;
  vi.stubEnv('TERM', 'xterm-256color');
  vi.stubEnv('INK_SCREEN_READER', undefined);
  vi.stubEnv('CI', ci);
  expect(wizardForm({ plain: false, json: false })).toBe(form);
});

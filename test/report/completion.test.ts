import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandShape, completionScript } from '../../src/report/completion.ts';

const option = (long: string, choices: readonly string[] = [], takesValue = choices.length > 0) => ({
  long,
  description: `it's "${long}": [a] $HOME \`id\``,
  choices,
  takesValue,
});

const shape: CommandShape = {
  name: 'portcullis',
  description: 'hardens',
  options: [option('--version')],
  subcommands: [
    {
      name: 'check',
      description: 'judge; nothing changes',
      options: [option('--format', ['text', 'json']), option('--output', [], true)],
      subcommands: [],
    },
    {
      name: 'profile',
      description: 'profiles',
      options: [],
      subcommands: [{ name: 'list', description: 'all', options: [option('--long')], subcommands: [] }],
    },
  ],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
  writeFileSync(join(folder, 'bash'), completionScript('bash', shape));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash would offer after these words; the last one is being typed. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _portcullis; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['--norc', '-c', script, 'bash', join(folder, 'bash'), ...words], {
    encoding: 'utf8',
    cwd: folder,
  });
  return output.split('\n').filter((line) => line !== '');
}

describe('bash', () => {
  test('offers commands, then their options, then the values of an option', () => {
    expect(offered('portcullis', 'pro')).toEqual(['profile']);
    expect(offered('portcullis', 'check', '--')).toEqual(['--format', '--output']);
    expect(offered('portcullis', 'check', '--format', '')).toEqual(['text', 'json']);
    expect(offered('portcullis', 'profile', 'list', '--l')).toEqual(['--long']);
    expect(offered('portcullis', 'check', 'root@host', '--fo')).toEqual(['--format']);
  });
  test('offers files where any value may stand', () => {
    expect(offered('portcullis', 'check', '--output', 'ba')).toEqual(['bash']);
  });
});

test.each(['zsh', 'fish'] as const)(
  'the %s script names every command and option, with its description quoted',
  (shell) => {
    const script = completionScript(shell, shape);
    for (const word of ['check', 'profile', 'list', 'format', 'output', 'version', 'json'])
      expect(script).toContain(word);
    if (spawnSync(shell, ['-c', 'exit 0']).status === 0) {
      writeFileSync(join(folder, shell), script);
      expect(spawnSync(shell, ['-n', join(folder, shell)]).status).toBe(0);
    }
    // Every quote that is opened is closed, line by line.
    const bare = script
      .replaceAll(shell === 'fish' ? /\\['\\]/g : /'"'"'/g, '')
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    for (const line of bare)
      expect((line.replaceAll(/"[^"]*"/g, '').match(/'/g) ?? []).length % 2, line).toBe(0);
  },
);

test('a word that is none is refused, not pasted into a script', () => {
  const hostile = { ...shape, subcommands: [{ ...shape, name: "x'; rm -rf ~;'" }] };
  expect(() => completionScript('bash', hostile)).toThrow(RangeError);
});

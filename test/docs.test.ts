// Pages say what is so: links lead somewhere, commands and flags are in the command table, scripts, controls, questions and
// files that are named are there. Examples of code that is yet to be written (```ts, ```yaml) may name what is not there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { AFTER, GUIDE } from '../src/cli/help.ts';
import { buildProgram } from '../src/cli/program.ts';
import { steps } from '../steps/index.ts';

const ROOT = resolve(import.meta.dirname, '..');
const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const pages = ['README.md', 'CHANGELOG.md', ...docs].sort().map((path) => pageOf(path));
const program = buildProgram({ version: '0.0.0', settle: () => {} });

type Page = { readonly path: string; readonly text: string; readonly code: readonly string[] };

/** `code`: lines of shell blocks, with continuations joined, and inline code outside of blocks. */
function pageOf(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  const shell = blocks
    .filter(([, language]) => language === '' || language === 'sh')
    .flatMap(([, , body = '']) => body.replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, ''));
  const prose = text.replace(/^```(\w*)\n(.*?)^```$/gms, '');
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '));
  return { path, text, code: [...shell, ...inline] };
}

/** Words after `portcullis` in every code that runs it. */
function commandsIn(page: Page): readonly string[] {
  return page.code.flatMap((code) =>
    [...code.matchAll(/(?:^|[\s;])portcullis ([^|&;]+)/g)].map(([, it = '']) => it),
  );
}

const isTarget = (word: string): boolean => /^(TARGET|HOST|local)$|@|^ssh:/.test(word);

/** What is wrong with one command line, or undefined. */
function faultIn(line: string): string | undefined {
  const words = line.match(/'[^']*'|\S+/g) ?? [];
  let command: Command = program;
  for (const [index, word] of words.entries()) {
    if (word.startsWith('--')) {
      const fault = optionFault(command, word, words[index + 1]);
      if (fault !== undefined) return fault;
      continue;
    }
    const within = command.commands.find((one) => one.name() === word);
    if (within !== undefined) command = within;
    else if (index === 0 && !isTarget(word)) return `no command "${word}"`;
    else if (command.name() === 'profile') return `no command "profile ${word}"`;
  }
  return undefined;
}

function optionFault(command: Command, word: string, next: string | undefined): string | undefined {
  const known: readonly Option[] = command.options;
  const option = known.find((one) => one.long === word);
  if (option === undefined) {
    return word === '--help' ? undefined : `${command.name()} has no ${word}`;
  }
  const allowed = option.argChoices;
  if (allowed === undefined || next === undefined || /^[A-Z]/.test(next)) return undefined;
  return allowed.includes(next) ? undefined : `${word} cannot be ${next}`;
}

function anchorsOf(path: string): readonly string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(pages.map((page) => [page.path, page] as const))('%s', (path, page) => {
  test('every relative link leads to a file, and to a heading of it', () => {
    const markdown = [...page.text.matchAll(/\]\(([^)\s]+)\)/g)];
    const html = [...page.text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)];
    const broken = [...markdown, ...html]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      });
    expect(broken).toEqual([]);
  });

  test('every command and flag is in the command table', () => {
    const faults = commandsIn(page).flatMap((line) => {
      const fault = faultIn(line);
      return fault === undefined ? [] : [`${line.trim()}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  test('every npm script and every file named is there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = page.code.flatMap((code) => [...code.matchAll(/npm (?:run ([\w-]+)|(test)\b)/g)]);
    const lacking = named.map(([, run, test]) => run ?? test ?? '').filter((name) => !(name in scripts));
    // Placeholders are written in capitals and patterns have a star; both name nothing by themselves.
    const files = page.code.flatMap((code) => [
      ...code.matchAll(/(?<![\w./-])((?:src|steps|test|scripts|profiles)\/[\w./-]+)(?![\w*{])/g),
    ]);
    const gone = files
      .map(([, file = '']) => file.replace(/[.,]$/, ''))
      .filter((file) => !/[A-Z]{3}/.test(file) && !existsSync(join(ROOT, file)));
    expect([...lacking, ...gone]).toEqual([]);
  });

  test('every control and question named is there', () => {
    const ids = steps.flatMap((step) => [...step.controls, ...step.questions].map((it) => it.id));
    const stepIds = steps.map((step) => step.id).join('|');
    const named = page.code.flatMap((code) => [
      ...code.matchAll(new RegExp(`(?<![\\w./-])((?:${stepIds})\\.[a-z][a-z0-9-]+)(?![\\w/])`, 'g')),
    ]);
    const unknown = named
      .map(([, id = '']) => id)
      .filter((id) => id !== `${id.split('.')[0]}.ts` && !ids.includes(id));
    expect(unknown).toEqual([]);
  });
});

test('every page is found from the index, and the index from the README', () => {
  const linked = new Set(['README.md', 'CHANGELOG.md']);
  const visit = (path: string): void => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      const target = relative(ROOT, resolve(ROOT, dirname(path), link));
      if (!target.endsWith('.md') || linked.has(target) || !existsSync(join(ROOT, target))) continue;
      linked.add(target);
      visit(target);
    }
  };
  visit('README.md');
  expect(pages.map((page) => page.path).filter((path) => !linked.has(path))).toEqual([]);
});

describe('the help of a command', () => {
  const texts = Object.entries({ ...AFTER, portcullis: GUIDE });

  test.each(texts)('%s: fits 80 columns and its examples are in the command table', (name, text) => {
    expect([program.name(), ...program.commands.map((command) => command.name())]).toContain(name);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const examples = text.replaceAll('\\\n', ' ').matchAll(/^ +portcullis (.+?)(?: {3,}.*)?$/gm);
    expect([...examples].map(([, line = '']) => faultIn(line)).filter((it) => it !== undefined)).toEqual([]);
  });
});

test('the checks can fail', () => {
  expect(faultIn('chek ana@shop.example.com')).toBe('no command "chek"');
  expect(faultIn('check TARGET --formt md')).toBe('check has no --formt');
  expect(faultIn('check TARGET --format pdf')).toBe('--format cannot be pdf');
  expect(faultIn('profile make x')).toBe('no command "profile make"');
  expect(pages.flatMap(commandsIn).length).toBeGreaterThan(20);
});

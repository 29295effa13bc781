import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { globMatcher } from '../../src/facts/glob.ts';
import {
  hasMatch,
  includesDropIns,
  lexSshdFile,
  originsOf,
  overridesOf,
  parseSshdFiles,
  readSshdFiles,
  type SshdLine,
  splitWords,
} from '../../src/facts/sshd-config.ts';

type Case = {
  files: Record<string, string>;
  /** "file:line keyword args | match criteria" for every directive in reading order. */
  lines?: string[];
  /** keyword → where its value comes from ("file:line", "" = default). */
  origins?: Record<string, string[]>;
  overrides?: Record<string, string[]>;
  includesDropIns?: boolean;
  hasMatch?: boolean;
};

const FOLDER = new URL('./sshd-config-cases/', import.meta.url);

function place(line: { file: string; line: number }): string {
  return `${line.file.replace('/etc/ssh/', '')}:${line.line}`;
}

function told(line: SshdLine): string {
  const match = line.match.map((block) => ` | ${block.criteria}`).join('');
  return `${place(line)} ${line.keyword} ${JSON.stringify(line.args).slice(1, -1)}${match}`;
}

describe('where a value of sshd comes from', () => {
  for (const name of readdirSync(FOLDER)) {
    it(name.replace('.yaml', '').replaceAll('-', ' '), () => {
      const it = parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Case;
      const files = Object.entries(it.files).map(([path, text]) => ({ path: `/etc/ssh/${path}`, text }));
      const lines = parseSshdFiles(files);
      if (it.lines) expect(lines.map(told)).toEqual(it.lines);
      for (const [keyword, places] of Object.entries(it.origins ?? {})) {
        expect(originsOf(lines, keyword).map(place), keyword).toEqual(places);
      }
      for (const [keyword, places] of Object.entries(it.overrides ?? {})) {
        expect(overridesOf(lines, keyword).map(place), keyword).toEqual(places);
      }
      if (it.includesDropIns !== undefined) expect(includesDropIns(lines)).toBe(it.includesDropIns);
      if (it.hasMatch !== undefined) expect(hasMatch(lines)).toBe(it.hasMatch);
      expect(
        it.lines ?? it.origins ?? it.includesDropIns ?? it.hasMatch,
        'the case expects something',
      ).toBeDefined();
    });
  }

  it('keeps every byte: the lines of a file tile its text', () => {
    const piece = fc.constantFrom(
      'Port',
      ' ',
      '=',
      '"',
      "'",
      '\\',
      '#',
      '\r',
      '\n',
      '\t',
      '\0',
      '22',
      'é',
      '\f',
      'Include *',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const lines = lexSshdFile({ path: '/etc/ssh/sshd_config', text });
        expect(lines.map((line) => text.slice(line.start, line.end)).join('')).toBe(text);
        expect(lines.map((line) => line.line)).toEqual(lines.map((_, index) => index + 1));
        parseSshdFiles([{ path: '/etc/ssh/sshd_config', text }]);
      }),
    );
  });

  it('opens a file that includes itself once', () => {
    const text = `Include /etc/ssh/sshd_config\n${'Banner /x\n'.repeat(10_000)}`;
    const { lines, whole } = readSshdFiles([{ path: '/etc/ssh/sshd_config', text }]);
    expect({ lines: lines.length, whole }).toEqual({ lines: 10_001, whole: true });
  });

  it('gives up on twenty drop-ins that all include each other, soon and not in silence', () => {
    const include = 'Include /etc/ssh/sshd_config.d/*.conf\n';
    const names = Array.from({ length: 20 }, (_, index) => `/etc/ssh/sshd_config.d/${index}.conf`);
    const files = ['/etc/ssh/sshd_config', ...names].map((path) => ({ path, text: include.repeat(3) }));
    const begun = process.cpuUsage();
    const { lines, whole } = readSshdFiles(files);
    // Without its limit this reads for years; a busy machine gets its time.
    expect(process.cpuUsage(begun).user / 1000).toBeLessThan(5_000);
    expect(whole).toBe(false);
    expect(lines.length).toBeLessThanOrEqual(20_000);
  });

  it('gives up on one line with a million openings', () => {
    const text = `Include ${'* '.repeat(300_000)}\n`;
    const begun = performance.now();
    expect(
      readSshdFiles([
        { path: '/etc/ssh/sshd_config', text },
        { path: '/etc/ssh/a', text: '' },
      ]).whole,
    ).toBe(false);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('any folder of files that include each other is read in bounded time', () => {
    const names = Array.from({ length: 6 }, (_, index) => `/etc/ssh/sshd_config.d/${index}.conf`);
    const line = fc.constantFrom(
      ...names.map((name) => `Include ${name}`),
      'Include *',
      'Include sshd_config.d/*',
      'Port 1',
      'Match all',
    );
    const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 7, maxLength: 7 }), (texts) => {
        const files = ['/etc/ssh/sshd_config', ...names].map((path, index) => ({
          path,
          text: texts[index] ?? '',
        }));
        const { lines, whole } = readSshdFiles(files);
        expect(lines.length).toBeLessThanOrEqual(20_000);
        if (whole) for (const one of lines) expect(one.match.length).toBeLessThanOrEqual(12 * 7);
      }),
      { numRuns: 30 },
    );
  });

  it('splits words as argv_split does', () => {
    expect(splitWords('a "b c" d\\ e \'f"g\' h#i # rest')).toEqual(['a', 'b c', 'd e', 'f"g', 'h#i']);
    expect(splitWords('"open')).toBeUndefined();
    expect(splitWords('a\\b "\\""')).toEqual(['a\\b', '"']);
  });
});

describe('file name patterns', () => {
  it.each([
    ['/a/*.conf', '/a/x.conf', true],
    ['/a/*.conf', '/a/.x.conf', false],
    ['/a/.*', '/a/.x', true],
    ['/a/*', '/a/b/c', false],
    ['/a/[!a-c]?', '/a/dz', true],
    ['/a/[!a-c]?', '/a/bz', false],
    ['/a/[]]', '/a/]', true],
    ['/a/[x', '/a/[x', true],
    ['/a/\\*', '/a/*', true],
    ['/a/\\*', '/a/b', false],
    ['/*/b', '/a/b', true],
  ])('%s against %s is %s', (pattern, path, wanted) => {
    expect(globMatcher(pattern)(path)).toBe(wanted);
  });

  it('a pattern made to be slow is not slow', () => {
    const begun = performance.now();
    expect(globMatcher(`/${'*a'.repeat(100)}b`)(`/${'a'.repeat(255)}`)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

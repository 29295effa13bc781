// Host names from ~/.ssh/config, for the picker only. Rules: names without wildcards; Include is followed one level deep and
// without globbing beyond "*" in the last part; whatever cannot be read is left out: `ssh -G` stays the authority.
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';

const LARGEST = 256 * 1024;

/** Aliases in order of appearance, each once. */
export async function listAliases(home: string = homedir()): Promise<readonly string[]> {
  const base = join(home, '.ssh');
  const lines = await readLines(join(base, 'config'));
  const nested = await Promise.all(
    lines.map(async (line) => {
      const included = valuesOf(line, 'include');
      const files = (await Promise.all(included.map((pattern) => expand(pattern, base, home)))).flat();
      const inner = (await Promise.all(files.map(readLines))).flat();
      return [line, ...inner];
    }),
  );
  const names = nested
    .flat()
    .flatMap((line) => valuesOf(line, 'host'))
    .filter((name) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name));
  return [...new Set(names)];
}

/** The words after `keyword`; both "Key value" and "Key=value" are allowed. */
function valuesOf(line: string, keyword: string): readonly string[] {
  const match = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
  if (match?.[1]?.toLowerCase() !== keyword) return [];
  return [...(match[2] ?? '').matchAll(/"([^"]*)"|(\S+)/g)].map((word) => word[1] ?? word[2] ?? '');
}

async function expand(pattern: string, base: string, home: string): Promise<readonly string[]> {
  const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern;
  const whole = isAbsolute(path) ? path : join(base, path);
  if (!basename(whole).includes('*')) return [whole];
  const [before = '', ...after] = basename(whole).split('*');
  const end = after.at(-1) ?? '';
  const names = await readdir(dirname(whole)).catch(() => []);
  return names
    .filter((name) => name.startsWith(before) && name.endsWith(end) && !name.startsWith('.'))
    .sort()
    .map((name) => join(dirname(whole), name));
}

async function readLines(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.length > LARGEST ? [] : text.split(/\r?\n/);
}

// Names on Host lines of the operator's ssh_config that stand for one machine each. Rules: what cannot be read offers nothing, and
// says nothing: ssh itself will when it is used; Include is followed as ssh does, a few files deep.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';

const DEPTH = 4;
const MOST = 500;

/** In the order of the files, each once. `home` is the operator's. */
export async function configHosts(home: string): Promise<readonly string[]> {
  const names = await hostsIn(join(home, '.ssh', 'config'), { home, depth: 0 });
  return [...new Set(names)].slice(0, MOST);
}

async function hostsIn(
  file: string,
  it: { readonly home: string; readonly depth: number },
): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const found: string[] = [];
  for (const [, keyword = '', rest = ''] of text.matchAll(/^[ \t]*(host|include)[ \t=]+(.+)$/gim)) {
    const words = rest
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^"(.*)"$/, '$1'));
    if (keyword.toLowerCase() === 'host')
      found.push(...words.filter((word) => /^[A-Za-z0-9][\w.-]*$/.test(word)));
    else if (it.depth < DEPTH) for (const word of words) found.push(...(await included(word, it)));
  }
  return found;
}

async function included(
  word: string,
  it: { readonly home: string; readonly depth: number },
): Promise<readonly string[]> {
  const spread = word.replace(/^~(?=\/)/, it.home);
  const path = isAbsolute(spread) ? spread : join(it.home, '.ssh', spread);
  const pattern = new RegExp(
    `^${basename(path)
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')}$`,
  );
  const names = await readdir(dirname(path)).catch(() => []);
  const found: string[] = [];
  for (const name of names.filter((one) => pattern.test(one) && !one.startsWith('.')).sort())
    found.push(...(await hostsIn(join(dirname(path), name), { ...it, depth: it.depth + 1 })));
  return found;
}

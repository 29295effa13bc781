// What the resolver of this machine says of a name. Rules: asked as any program here asks (its hosts file counts); whatever goes wrong is a word,
// never an error; who may give certificates is looked for upwards until some name says it, as authorities do (RFC 8659).
import { lookup, resolveCaa } from 'node:dns/promises';
import type { NameResolver } from '../model/names.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** Milliseconds until silence is an answer. */
const PATIENCE = 6_000;

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('no answer in time')), PATIENCE);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? '');

export const resolveHere: NameResolver = {
  addresses: async (name) => {
    try {
      const found = await within(lookup(name, { all: true, verbatim: true }));
      return { addresses: [...new Set(found.map(({ address }) => address))], why: '' };
    } catch (error) {
      return {
        addresses: [],
        why:
          codeOf(error) === 'ENOTFOUND'
            ? 'it has no address'
            : sanitizeLine(codeOf(error) || String(error), 60),
      };
    }
  },
  authorities: async (name) => {
    const labels = name.split('.');
    for (let from = 0; from < labels.length; from += 1) {
      try {
        const records = await within(resolveCaa(labels.slice(from).join('.')));
        const said = records.flatMap(({ issue }) => (issue === undefined ? [] : [issue]));
        if (said.length > 0)
          return said.map((one) => one.replace(/;.*$/, '').trim()).filter((one) => one !== '');
      } catch (error) {
        if (!['ENODATA', 'ENOTFOUND'].includes(codeOf(error))) return undefined;
      }
    }
    return null;
  },
};

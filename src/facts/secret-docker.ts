// What Docker shows of declared secrets: containers as they were made, images as they were built, and the files they were composed from.
// Rules: it is all other people's text: what is no JSON of the shape we asked for is counted as unseen; a value counts where it stands by itself.
import type { SecretEntry } from '../model/secret-entry.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { SecretContainer, SecretsSight } from './secret-values.ts';
import { octal, type Sections, whole, wordsOf } from './sections.ts';

type Values = ReadonlyMap<string, string>;

export function dockerSeen(
  sections: Sections,
  values: Values,
  entries: readonly SecretEntry[],
): Pick<SecretsSight, 'containers' | 'images' | 'composed' | 'unseen'> {
  return {
    unseen: unseenIn(sections),
    containers: sections.groups('container').map((group) => containerOf(group, values, entries)),
    images: sections.groups('image').map((group) => {
      const [tags, id, config] = listIn(decode(group.body('image')));
      const name =
        wordsIn(tags)[0] ??
        String(id)
          .replace(/^sha256:/, '')
          .slice(0, 12);
      const built = decode(group.find('history')?.body ?? '');
      return { name: sanitizeLine(name, 80), holds: standing([...wordsIn(config), built], values) };
    }),
    composed: sections.groups('compose').flatMap((group) => {
      const [mode, uid, gid, owner = ''] = wordsOf(group.body('compose'));
      const text = decode(group.body('composed'));
      // Compose reads "$$" as one.
      const holds = standing([text, text.replaceAll('$$', () => '$')], values);
      const path = decode(group.all[0]?.args[0] ?? '');
      return holds.length === 0
        ? []
        : [{ path, mode: octal(mode), owner, uid: whole(uid), gid: whole(gid), holds }];
    }),
  };
}

/** More of a file is not read (secrets.sh). */
const FILE_LIMIT = 262_144;

function unseenIn(sections: Sections): SecretsSight['unseen'] {
  const left = (kind: string): number =>
    sections.all.reduce(
      (sum, { name, args }) => sum + (name === 'unseen' && args[0] === kind ? whole(args[1]) : 0),
      0,
    );
  // Only a list of three is what was asked for.
  const odd = (kind: string): number =>
    sections.groups(kind).filter((group) => listIn(decode(group.body(kind))).length !== 3).length;
  const cut = sections
    .groups('composed')
    .filter((group) => Buffer.from(group.body('composed'), 'base64').length > FILE_LIMIT).length;
  return {
    containers: left('container') + odd('container'),
    images: left('image') + odd('image'),
    composed: left('compose') + cut,
  };
}

function containerOf(group: Sections, values: Values, entries: readonly SecretEntry[]): SecretContainer {
  const [said, args, config] = listIn(decode(group.body('container')));
  const name = (typeof said === 'string' ? said : '').replace(/^\//, '');
  const words = [...wordsIn(args), ...wordsIn(config)];
  const stale = entries.filter((entry) => {
    const now = values.get(entry.name);
    const pair = words.find((one) => one.startsWith(`${entry.key}=`));
    const mine = entry.format === 'env' && entry.containers.includes(name);
    return mine && now !== undefined && pair !== undefined && pair.slice(entry.key.length + 1) !== now;
  });
  return {
    name: sanitizeLine(name, 80),
    holds: standing(words, values),
    stale: stale.map((entry) => entry.name),
  };
}

function listIn(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** Every text of a value, keys too; as deep as it goes. */
function wordsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(wordsIn);
  return Object.entries(value).flatMap(([key, one]) => [key, ...wordsIn(one)]);
}

/** Names of the values that stand in one of the texts, as they are or as an address has them. */
function standing(texts: readonly string[], values: Values): readonly string[] {
  return [...values]
    .filter(([, value]) =>
      texts.some((text) => standsIn(text, value) || standsIn(text, encodeURIComponent(value))),
    )
    .map(([name]) => name);
}

/** Shorter values occur by chance. */
const SHORTEST = 4;

/** "-p" of "mysqladmin -pS3cr3t": an option of one letter, its value behind it. */
const OPTION = /(^|[^A-Za-z0-9-])-[A-Za-z]$/;

/** Whether it stands there with nothing of a word before or behind it: "test" is not in "latest", but in "-ptest". */
export function standsIn(text: string, value: string): boolean {
  if (value.length < SHORTEST) return false;
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const [before, behind] = [text.charAt(at - 1), text.charAt(at + value.length)];
    const opens = !/[A-Za-z0-9]/.test(before) || OPTION.test(text.slice(Math.max(0, at - 3), at));
    if (opens && !/[A-Za-z0-9]/.test(behind)) return true;
  }
  return false;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

// What of a file with secrets a diff shows: the lines that change, by key, with every value masked. Rules: measures, never values.
import type { SecretSeen } from '../facts/secret-values.ts';
import type { EffectiveChange } from '../model/resource.ts';
import type { SecretEntry } from '../model/secret-entry.ts';

function strengthOf(seen: SecretSeen | undefined): string {
  if (seen === undefined || seen.measure === null) return seen?.status ?? 'missing';
  return `${seen.measure.length} characters, ${seen.measure.classes.join(' and ')}`;
}

/** The lines that change, as they are: names and measures, never values. */
export function linesBefore(all: readonly (SecretSeen | undefined)[]): string {
  return all
    .flatMap((seen) => {
      if (seen === undefined || seen.lines === 0) return [];
      const dead = Array.from({ length: seen.lines - 1 }, () => `${seen.entry.key}: ••• (without effect)\n`);
      return [...dead, `${seen.entry.key}: ••• (${strengthOf(seen)})\n`];
    })
    .join('');
}

export function linesAfter(
  fills: readonly SecretEntry[],
  drops: readonly (SecretSeen | undefined)[],
): string {
  const fresh = fills.map(({ key, kind }) => `${key}: ••• (${kind.name}, made when this is applied)\n`);
  const kept = drops.flatMap((seen) =>
    seen === undefined ? [] : [`${seen.entry.key}: ••• (${strengthOf(seen)})\n`],
  );
  return [...fresh, ...kept].join('');
}

export function effectiveOf(entry: SecretEntry, seen: SecretSeen | undefined): EffectiveChange {
  return { name: entry.name, before: strengthOf(seen), after: `${entry.kind.name}, new` };
}

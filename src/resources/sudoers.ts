// Rules that sudo reads: what is wrong with them before anything of ours is there.
import type { Context } from '../model/context.ts';

/** True for a file that sudo reads its rules from. */
export function isSudoers(path: string): boolean {
  return /^\/etc\/sudoers(\.d\/|$)/.test(path);
}

/** Lines of `visudo -c` that stay: rules that do not parse, and modes and owners of files that are not among `mended`. Not sanitised. */
export function sudoersFaults(
  { readings: { people } }: Pick<Context, 'readings'>,
  mended: ReadonlySet<string>,
): readonly string[] {
  const visudo = people.kind === 'known' ? people.value.sudo?.visudo : undefined;
  if (visudo == null || visudo.code === 0) return [];
  return visudo.message
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith('parsed OK'))
    .filter((line) => {
      const [, path = ''] = /^(.*): (?:bad permissions|wrong owner)/.exec(line) ?? [];
      return !mended.has(path);
    });
}

// Rules that sudo reads: what is wrong with them before anything of ours is there.
import type { Context } from '../model/context.ts';

/** True for a file that sudo reads its rules from. */
export function isSudoers(path: string): boolean {
  return /^\/etc\/sudoers(\.d\/|$)/.test(path);
}

/** Lines of `visudo -c` about rules that do not parse; modes and owners are mended, and are not among them. Not sanitised. */
export function sudoersFaults({ readings: { people } }: Pick<Context, 'readings'>): readonly string[] {
  const visudo = people.kind === 'known' ? people.value.sudo?.visudo : undefined;
  if (visudo == null || visudo.code === 0) return [];
  return visudo.message
    .split('\n')
    .filter((line) => line !== '' && !/parsed OK$|bad permissions|wrong owner/.test(line));
}

// Rules that are broken before us cannot be checked once ours are among them: they are mended first.
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import { isSudoers, sudoersFaults } from '../../resources/sudoers.ts';
import type { Wanted } from '../../resources/wanted.ts';
import { shown } from './guard.ts';

export function sudoersRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const writes = wanted.some(
    ({ resource }) => resource.kind === 'file' && resource.content !== undefined && isSudoers(resource.path),
  );
  const [first] = sudoersFaults(context);
  if (!writes || first === undefined) return [];
  return [
    {
      guard: 'guard.sudoers',
      message: `sudo cannot read its rules as they are: ${shown(first)}`,
      remedy: 'mend them on the host with "visudo", then plan again',
    },
  ];
}

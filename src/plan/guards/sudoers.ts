// Rules that are broken before us cannot be checked once ours are among them: they are mended first.
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import { isSudoers, sudoersFaults } from '../../resources/sudoers.ts';
import type { Wanted } from '../../resources/wanted.ts';
import { shown } from './guard.ts';

export function sudoersRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const files = wanted.flatMap(({ resource }) =>
    resource.kind === 'file' && isSudoers(resource.path) ? [resource] : [],
  );
  const mended = files.filter(({ mode, content }) => mode !== undefined && content !== null);
  const [first] = sudoersFaults(context, new Set(mended.map(({ path }) => path)));
  if (files.length === 0 || first === undefined) return [];
  return [
    {
      guard: 'guard.sudoers',
      message: `sudo cannot read its rules as they are: ${shown(first)}`,
      remedy: 'mend them on the host ("visudo -c" names what is wrong), then plan again',
    },
  ];
}

import type { Step } from '../model/control.ts';
import { UserError } from '../model/errors.ts';
import { nearest } from '../text/nearest.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** A control that is named must exist: a typing error would do something else, or nothing, in silence. */
export function refuseUnknownControls(
  named: readonly string[],
  { steps, where }: { readonly steps: readonly Step[]; readonly where: string },
): void {
  const known = steps.flatMap((step) => step.controls.map((control) => control.id));
  const strange = named.filter((id) => !known.includes(id));
  if (strange.length === 0) return;
  const guesses = strange.flatMap((id) => nearest(id, known) ?? []);
  throw new UserError(`there is no control ${strange.map((id) => `"${sanitizeLine(id, 60)}"`).join(', ')}`, {
    where,
    hints: [...guesses.map((id) => `did you mean ${id}?`), 'portcullis explain lists all controls'],
  });
}

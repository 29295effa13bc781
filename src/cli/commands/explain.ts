import { steps } from '../../../steps/index.ts';
import { EXIT, UserError } from '../../model/errors.ts';
import { explainListText, explainText } from '../../report/explain-text.ts';
import { nearest } from '../../text/nearest.ts';
import { deliver, styleOf } from '../view.ts';

/** `portcullis explain`: one control in full, or the list of all. */
export async function explain(id: string | undefined): Promise<number> {
  const style = styleOf(process.stdout, { color: true });
  if (id === undefined) {
    await deliver(explainListText(steps, style));
    return EXIT.fine;
  }
  for (const step of steps) {
    const control = step.controls.find((one) => one.id === id);
    if (control !== undefined) {
      await deliver(explainText(control, step, style));
      return EXIT.fine;
    }
  }
  const guess = nearest(
    id,
    steps.flatMap((step) => step.controls.map((control) => control.id)),
  );
  throw new UserError(`there is no control "${id.slice(0, 60)}"`, {
    where: 'explain',
    hints: [...(guess === undefined ? [] : [`did you mean ${guess}?`]), 'portcullis explain lists them all'],
  });
}

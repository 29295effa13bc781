import { EXIT, UserError } from '../../model/errors.ts';
import { historyText } from '../../report/history-text.ts';
import { threeWayJson } from '../../report/three-way-json.ts';
import { threeWayText } from '../../report/three-way-text.ts';
import { safeJson } from '../../text/json.ts';
import { openSession } from '../open-session.ts';
import type { ReachOptions } from '../options.ts';
import { deliver, openView, styleOf } from '../view.ts';

/** `portcullis history`: every transaction the host still remembers, newest first; of one, or of a run, what became of it. */
export async function history(
  target: string,
  id: string | undefined,
  it: { readonly options: ReachOptions; readonly version: string },
): Promise<number> {
  const { options, version } = it;
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, version, ...view });
  try {
    await session.connect();
    const transactions = await session.history();
    const style = styleOf(process.stdout, options);
    if (id === undefined) {
      await deliver(options.json ? safeJson(transactions) : historyText(transactions, style));
      return EXIT.fine;
    }
    const chosen = transactions.filter((one) => one.id === id || one.run === id);
    if (chosen.length === 0) {
      throw new UserError(`this host knows no transaction or run "${id.slice(0, 60)}"`, {
        where: 'history',
        hints: ['portcullis history TARGET lists them'],
      });
    }
    const sides = await session.sides(chosen.map((one) => one.id));
    const text = () => `${historyText(chosen, style)}\n${threeWayText(sides, chosen, style)}`;
    await deliver(options.json ? safeJson(threeWayJson(sides)) : text());
    return EXIT.fine;
  } finally {
    await session.close();
  }
}

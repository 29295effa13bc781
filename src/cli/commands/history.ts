import { EXIT } from '../../model/errors.ts';
import { historyText } from '../../report/history-text.ts';
import { safeJson } from '../../text/json.ts';
import { openSession } from '../open-session.ts';
import type { ReachOptions } from '../options.ts';
import { deliver, openView, styleOf } from '../view.ts';

/** `portcullis history`: every transaction the host still remembers, newest first. */
export async function history(target: string, options: ReachOptions, version: string): Promise<number> {
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, version, ...view });
  try {
    await session.connect();
    const transactions = await session.history();
    await deliver(
      options.json ? safeJson(transactions) : historyText(transactions, styleOf(process.stdout, options)),
    );
    return EXIT.fine;
  } finally {
    await session.close();
  }
}

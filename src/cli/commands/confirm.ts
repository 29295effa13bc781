import { summaryText } from '../../report/summary-text.ts';
import { openSession } from '../open-session.ts';
import type { ReachOptions } from '../options.ts';
import { deliver, openView, styleOf } from '../view.ts';

/** `portcullis confirm`: proves the open transaction over this new login and keeps it. */
export async function confirm(target: string, options: ReachOptions, version: string): Promise<number> {
  const view = await openView(options);
  const { session } = await openSession({ target, reach: options, version, ...view });
  try {
    await session.connect();
    const summary = await session.confirmOpen();
    if (!options.json) await deliver(summaryText(summary, styleOf(process.stdout, options)));
    return summary.exitCode;
  } finally {
    await session.close();
  }
}

import { openSession } from '../open-session.ts';
import type { ReachOptions } from '../options.ts';
import { openView } from '../view.ts';

/** `portcullis confirm`: proves the open transaction over this new login and keeps it. */
export async function confirm(target: string, options: ReachOptions, version: string): Promise<number> {
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, version, ...view });
  try {
    await session.connect();
    const summary = await session.confirmOpen();
    return await view.conclude(summary);
  } finally {
    await session.close();
  }
}

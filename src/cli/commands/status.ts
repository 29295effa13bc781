import { EXIT } from '../../model/errors.ts';
import { statusText } from '../../report/status-text.ts';
import { safeJson } from '../../text/json.ts';
import { openSession } from '../open-session.ts';
import type { ReachOptions } from '../options.ts';
import { deliver, openView, styleOf } from '../view.ts';

/** `portcullis status`: 0 when nothing is open, 3 while a change is applied and not confirmed. */
export async function status(target: string, options: ReachOptions, version: string): Promise<number> {
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, version, ...view });
  try {
    await session.connect();
    const [newest] = await session.history();
    const { record: lockdown, loaded } = await session.lockdownNow();
    const open =
      newest !== undefined && !['COMMITTED', 'ROLLED_BACK', 'ROLLBACK_PARTIAL'].includes(newest.state);
    await deliver(
      options.json
        ? safeJson(newest === undefined && lockdown === null ? null : { ...newest, lockdown, loaded })
        : statusText(newest, styleOf(process.stdout, options), {
            target,
            ...(lockdown === null ? {} : { lockdown: { ...lockdown, loaded } }),
          }),
    );
    if (newest?.state === 'ROLLBACK_PARTIAL') return EXIT.partial;
    return open ? EXIT.unconfirmed : EXIT.fine;
  } finally {
    await session.close();
  }
}

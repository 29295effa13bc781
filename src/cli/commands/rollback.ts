import { UserError } from '../../model/errors.ts';
import { openSession } from '../open-session.ts';
import type { LeaseOptions, ReachOptions } from '../options.ts';
import { openView } from '../view.ts';

type RollbackOptions = ReachOptions &
  LeaseOptions & { to?: string; step?: string; dryRun: boolean; yes: boolean };

/** `portcullis rollback`: an open transaction is taken back at once; otherwise the last run is undone, newest first. */
export async function rollback(target: string, options: RollbackOptions, version: string): Promise<number> {
  if (!options.yes && !options.dryRun) {
    throw new UserError('rollback changes the host and needs your approval', {
      where: '--yes',
      hints: [`see what it would restore: portcullis rollback ${target} --dry-run`, 'then add --yes'],
    });
  }
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, lease: options, version, ...view });
  try {
    await session.connect();
    const summary = await session.undo({
      confirm: options.confirm,
      lease: options.lease,
      dryRun: options.dryRun,
      ...(options.to === undefined ? {} : { to: options.to }),
      ...(options.step === undefined ? {} : { step: options.step }),
    });
    return await view.conclude(summary);
  } finally {
    await session.close();
  }
}

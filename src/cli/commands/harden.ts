import { EXIT, UserError } from '../../model/errors.ts';
import { interactive } from '../interactive.ts';
import type { ChoiceOptions, LeaseOptions, ReachOptions } from '../options.ts';
import { repeatLine } from '../repeat.ts';

export type HardenOptions = ReachOptions & ChoiceOptions & LeaseOptions & { dryRun: boolean; plain: boolean };

/** The wizard, or its plain twin where a full screen would not be read: dumb terminals, screen readers, CI. */
export async function harden(
  target: string | undefined,
  options: HardenOptions,
  version: string,
): Promise<number> {
  if (!interactive() || process.stdout.isTTY !== true || options.json) {
    throw new UserError('the wizard needs a terminal', {
      hints: [
        `look without one: portcullis plan ${target ?? 'TARGET'}`,
        `apply without one: portcullis apply ${target ?? 'TARGET'} --yes`,
      ],
    });
  }
  if (plainIsBetter(options)) return await walkInLines(target, options, version);
  const { firstPaint } = await import('../../ui/first-paint.ts');
  const terminal = firstPaint(target ?? '', { dryRun: options.dryRun });
  // Whatever is heavy comes after the first paint.
  const { runWizard } = await import('../../ui/index.tsx');
  const { openSession } = await import('../open-session.ts');
  return await runWizard({
    terminal,
    ...(target === undefined ? {} : { target }),
    mode: options.dryRun ? 'dry-run' : 'live',
    lease: options.lease,
    openSession: async (chosen, ask, emit) => {
      const opened = await openSession({
        target: chosen,
        reach: options,
        choice: options,
        lease: options,
        version,
        ask,
        emit,
      });
      return {
        session: opened.session,
        answers: opened.answers,
        without: opened.without,
        steps: opened.steps,
      };
    },
    repeatLine: (run) => repeatLine({ ...run, way: options }),
  });
}

function plainIsBetter(options: HardenOptions): boolean {
  const environment = process.env;
  return (
    options.plain ||
    environment.TERM === 'dumb' ||
    environment.TERM === undefined ||
    environment.INK_SCREEN_READER === 'true' ||
    (environment.CI !== undefined && environment.CI !== 'false' && environment.CI !== '0')
  );
}

async function walkInLines(
  target: string | undefined,
  options: HardenOptions,
  version: string,
): Promise<number> {
  const { walk } = await import('../../prompt/walk.ts');
  const { askTarget } = await import('../../prompt/ask.ts');
  const { openSession } = await import('../open-session.ts');
  const { openView } = await import('../view.ts');
  const chosen = target ?? (await askTarget());
  if (chosen === undefined) return EXIT.usage;
  const view = await openView(options);
  const opened = await openSession({
    target: chosen,
    reach: options,
    choice: options,
    lease: options,
    version,
    ...view,
  });
  return await walk({ ...opened, lease: options.lease, dryRun: options.dryRun, style: view.style });
}

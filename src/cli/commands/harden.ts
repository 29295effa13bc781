import { UserError } from '../../model/errors.ts';
import { sanitizeLine } from '../../text/sanitize.ts';
import type { Terminal } from '../../ui/terminal.ts';
import type { ChoiceOptions, LeaseOptions, ReachOptions } from '../options.ts';
import { againLine, repeatLine } from '../repeat.ts';
import { wizardForm } from '../wizard-form.ts';

export type HardenOptions = ReachOptions &
  ChoiceOptions &
  LeaseOptions & {
    dryRun: boolean;
    plain: boolean;
    /** Absent: as it was left, or by what was done from this machine before. */
    guide?: boolean;
  };

/**
 * The wizard, or its plain twin where a full screen would not be read. `early` is the terminal when it was painted before
 * the words were read.
 */
export async function harden(
  target: string | undefined,
  options: HardenOptions,
  how: { readonly version: string; readonly early?: Terminal | undefined },
): Promise<number> {
  const { version, early } = how;
  if (options.json) {
    throw new UserError('the wizard is for a person, and has no form in JSON', {
      where: '--json',
      hints: [
        `look: portcullis plan ${target ?? 'TARGET'} --json`,
        `apply: portcullis apply ${target ?? 'TARGET'} --yes --json`,
      ],
    });
  }
  const form = wizardForm(options);
  if (form === 'none') {
    throw new UserError('the wizard needs a terminal', {
      hints: [
        `look without one: portcullis plan ${target ?? 'TARGET'}`,
        `apply without one: portcullis apply ${target ?? 'TARGET'} --yes`,
      ],
    });
  }
  if (form === 'lines') return await walkInLines(target, options, version);
  const terminal = early ?? (await paint(target ?? '', options.dryRun));
  const { remembering, targetsToOffer } = await import('../targets.ts');
  // Whatever is heavy comes after the first paint.
  const { runWizard } = await import('../../ui/index.tsx');
  const { openSession } = await import('../open-session.ts');
  const { guided, rememberGuide } = await import('../guide.ts');
  return await runWizard({
    terminal,
    guide: await guided(options.guide),
    rememberGuide,
    known: await targetsToOffer(),
    ...(target === undefined ? {} : { target }),
    mode: options.dryRun ? 'dry-run' : 'live',
    lease: options.lease,
    openSession: async (chosen, ask, emit) => {
      const opened = await openSession({
        target: chosen,
        reach: options,
        chooseKey: !options.dryRun,
        choice: options,
        lease: options,
        look: 'all',
        version,
        ask,
        emit: remembering(chosen, emit),
      });
      return {
        session: opened.session,
        answers: opened.answers,
        without: opened.without,
        steps: opened.steps,
      };
    },
    repeatLine: (run) => repeatLine({ ...run, way: options }),
    againLine: (command, name, ...more) => againLine(command, name, reachOf(options), ...more),
  });
}

/** How the host is reached, without how a change is carried out: that is no option of every command. */
function reachOf({ lease: _, recheck: __, confirm: ___, ...reach }: HardenOptions): ReachOptions {
  return reach;
}

async function paint(target: string, dryRun: boolean): Promise<Terminal> {
  const { firstPaint } = await import('../../ui/first-paint.ts');
  return firstPaint(target, { dryRun });
}

async function walkInLines(
  target: string | undefined,
  options: HardenOptions,
  version: string,
): Promise<number> {
  const { walk } = await import('../../prompt/walk.ts');
  const { processTerminal, sayBeside } = await import('../../prompt/terminal.ts');
  const { askTarget } = await import('../../prompt/ask.ts');
  const { openSession } = await import('../open-session.ts');
  const { openView } = await import('../view.ts');
  const { remembering, targetsToOffer } = await import('../targets.ts');
  const chosen = target ?? (await askTarget(await targetsToOffer()));
  if (chosen === undefined) throw new UserError('no machine was named', { where: 'TARGET' });
  const terminal = processTerminal();
  const view = await openView(options, {
    write: (text) => sayBeside(terminal, text),
    target: chosen,
    nothing: `Nothing was changed on ${sanitizeLine(chosen, 120)}.`,
  });
  const opened = await openSession({
    target: chosen,
    reach: options,
    chooseKey: !options.dryRun,
    choice: options,
    lease: options,
    look: 'all',
    version,
    ...view,
    emit: remembering(chosen, view.emit),
  });
  const { guided } = await import('../guide.ts');
  const guide = await guided(options.guide);
  return await walk({
    ...opened,
    guide,
    terminal,
    lease: options.lease,
    dryRun: options.dryRun,
    style: view.style,
  });
}

import { UserError } from '../../model/errors.ts';
import { askLine, processTerminal } from '../../prompt/terminal.ts';
import { sourceGrammar } from '../../text/grammar.ts';
import { isReason } from '../../text/reason.ts';
import { sanitizeLine } from '../../text/sanitize.ts';
import { interactive } from '../interactive.ts';
import { openSession, type Start } from '../open-session.ts';
import type { ReachOptions } from '../options.ts';
import { openView } from '../view.ts';

type LockdownOptions = ReachOptions & {
  level: 'restrict';
  allow: readonly string[];
  ttl?: number;
  reason: string;
  lease: number;
  yes: boolean;
};

type UnlockOptions = ReachOptions & { lease: number; yes: boolean };

/** `portcullis lockdown`: administration from the operator's addresses only; kept once his way is proved under it. */
export async function lockdown(target: string, options: LockdownOptions, start: Start): Promise<number> {
  for (const source of options.allow) refuseSource(source);
  const { level, allow, ttl, lease } = options;
  const reason = readReason(options.reason);
  needConsent(options, { verb: 'lockdown', target });
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, look: 'lockdown', ...start, ...view });
  const approve = async (lines: readonly string[]): Promise<boolean> => {
    process.stderr.write(`${lines.map((line) => sanitizeLine(line, 2000)).join('\n')}\n`);
    return await typed('lockdown');
  };
  // Loaded while the host answers.
  const loaded = import('../../session/lockdown.ts');
  try {
    await session.connect();
    await loaded;
    const summary = await session.lockdown({
      ...{ level, allow, reason, lease },
      ...(ttl === undefined ? {} : { ttl }),
      ...(options.yes ? {} : { approve }),
    });
    return await view.conclude(summary);
  } finally {
    await session.close();
  }
}

/** `portcullis unlock`: gives back exactly what was before. */
export async function unlock(target: string, options: UnlockOptions, start: Start): Promise<number> {
  needConsent(options, { verb: 'unlock', target });
  if (!options.yes && !(await typed('unlock'))) {
    throw new UserError('nothing was begun', { where: 'unlock', hints: ['type the whole word'] });
  }
  const view = await openView(options, { target });
  const { session } = await openSession({ target, reach: options, ...start, ...view });
  try {
    await session.connect();
    return await view.conclude(await session.unlock({ lease: options.lease }));
  } finally {
    await session.close();
  }
}

/** Without --yes only a person at this terminal may say yes. */
function needConsent(
  { yes, json }: { readonly yes: boolean; readonly json: boolean },
  { verb, target }: { readonly verb: string; readonly target: string },
): void {
  if (yes || (interactive() && !json)) return;
  throw new UserError(`${verb} changes who may reach the host and needs your approval`, {
    where: '--yes',
    hints: [`see how it stands: portcullis status ${target}`, 'then add --yes'],
  });
}

async function typed(word: string): Promise<boolean> {
  const answer = await askLine({ message: `Type "${word}" to go on:` }, processTerminal());
  return answer?.trim().toLowerCase() === word;
}

function refuseSource(source: string): void {
  const fault = sourceGrammar(source);
  if (fault === undefined) return;
  throw new UserError(fault.what, {
    where: '--allow',
    hints: [
      `allowed: ${fault.allowed}`,
      ...(source.endsWith('/0') ? ['that would lock nobody out'] : [fault.fix]),
    ],
  });
}

function readReason(text: string): string {
  const reason = text.trim();
  if (isReason(reason)) return reason;
  throw new UserError('the reason is not one line of text', {
    where: '--reason',
    hints: ['1 to 200 visible characters: they are kept on the host for whoever asks why'],
  });
}

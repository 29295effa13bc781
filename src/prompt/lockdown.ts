// Lockdown line by line: the same questions, checks and words as on the full screen. Rules: nothing begins without the whole
// word; leaving a question goes back without having begun anything.
import type { RunSummary } from '../model/event.ts';
import { guardedText, lockedUntil } from '../model/lockdown.ts';
import type { Session, Survey } from '../model/session.ts';
import {
  consoleUnlock,
  LOCKDOWN_WORD,
  type LockdownAnswers,
  lockdownSight,
  readLockdown,
  UNLOCK_WORD,
} from '../report/lockdown-form.ts';
import { type Style, safe } from '../report/style.ts';
import { summaryText } from '../report/summary-text.ts';
import { wrap } from '../text/wrap.ts';
import { askLine, type Terminal } from './terminal.ts';

export type LockdownTalk = {
  readonly session: Pick<Session, 'lockdown' | 'unlock'>;
  readonly survey: Survey;
  /** Seconds. */
  readonly lease: number;
  readonly terminal: Terminal;
  readonly style: Style;
  readonly write: (text: string) => void;
};

const QUESTIONS: readonly (readonly [name: keyof LockdownAnswers, message: string])[] = [
  ['others', 'Others who stay (addresses or networks, commas between them; Enter: nobody):'],
  ['ttl', 'Opens by itself after (30m, 2h, 7d; Enter: when you unlock):'],
  ['reason', 'Reason (kept on the host):'],
];

/** How the lockdown ended; undefined when nothing was begun. */
export async function talkLockdown(talk: LockdownTalk): Promise<RunSummary | undefined> {
  const { terminal, style, write, survey } = talk;
  const say = (text: string) =>
    write(`${wrap(safe(text, style, 2000), { width: style.columns }).join('\n')}\n`);
  const sight = lockdownSight(survey.context);
  if (sight.cannot !== undefined) {
    say(`There is no lockdown here: ${sight.cannot}.`);
    return undefined;
  }
  say('LOCKDOWN, level restrict: administration from allowed addresses only; public services stay up.');
  say(
    `Stays: ${sight.own ?? ''}, ${sight.jump ? 'which is your jump host: whoever comes through it' : 'your own address, always'}.`,
  );
  let typed: LockdownAnswers = { others: '', ttl: '', reason: '-' };
  for (const [name, message] of QUESTIONS) {
    for (;;) {
      const answer = await askLine({ message }, terminal);
      if (answer === undefined) return undefined;
      const next = { ...typed, [name]: answer };
      const read = readLockdown(next);
      if (read.ok || read.at !== name) {
        typed = next;
        break;
      }
      say(`That cannot be: ${read.problem}.`);
    }
  }
  const read = readLockdown(typed);
  if (!read.ok) return undefined;
  const strangers = [...new Set(sight.strangers(read.allow))];
  say(
    strangers.length === 0
      ? 'Cut: nobody else was logged in when the host was read.'
      : `Cut: ${strangers.join(', ')}.`,
  );
  say(
    `A new login from your address is made under it first; without it the host opens again by itself within ${talk.lease} s.`,
  );
  if (!(await saysWord(terminal, LOCKDOWN_WORD))) return undefined;
  const { allow, ttl, reason } = read;
  const asked = { level: 'restrict', allow, reason, lease: talk.lease } as const;
  const summary = await talk.session.lockdown({ ...asked, ...(ttl === undefined ? {} : { ttl }) });
  write(summaryText(summary, style));
  return summary;
}

/** Shows what stands and unlocks at the word. Undefined when it was not typed, or nothing stands. */
export async function talkUnlock(talk: LockdownTalk): Promise<RunSummary | undefined> {
  const { style, write, survey } = talk;
  const fact = survey.context.readings.lockdown;
  if (fact.kind !== 'known' || fact.value.record === null) return undefined;
  const { record } = fact.value;
  const say = (text: string) =>
    write(`${wrap(safe(text, style, 2000), { width: style.columns }).join('\n')}\n`);
  say(`LOCKED DOWN ${lockedUntil(record)}: ${guardedText(record)}. Reason: ${record.reason}`);
  say(`On the console, as root: ${consoleUnlock(record)}`);
  if (!(await saysWord(talk.terminal, UNLOCK_WORD))) return undefined;
  const summary = await talk.session.unlock({ lease: talk.lease });
  write(summaryText(summary, style));
  return summary;
}

async function saysWord(terminal: Terminal, word: string): Promise<boolean> {
  const typed = await askLine({ message: `Type "${word}" to go on, or Enter to leave it:` }, terminal);
  return typed?.trim().toLowerCase() === word;
}

// Rules: what the running server says decides; a server that does not run guards nothing; not installed is fail, never "does
// not apply"; what could not be read is unknown.
import type { Fail2banFact, JailFact } from '../../src/facts/network-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Question, Verdict } from '../../src/model/control.ts';
import type { IniOptionResource } from '../../src/model/resource.ts';
import { portAnswered, portsNow, port as sshdPort } from '../sshd/questions.ts';

/** The last file that fail2ban reads, so what it says wins. */
const JAIL_FILE = '/etc/fail2ban/jail.d/zz-portcullis.local';

export const option = (section: string, key: string, value: string): IniOptionResource => ({
  kind: 'ini-option',
  path: JAIL_FILE,
  section,
  key,
  value,
});

export function fail2banOf(context: Context): Fail2banFact | undefined {
  const { fail2ban } = context.readings;
  return fail2ban.kind === 'known' ? fail2ban.value : undefined;
}

export function jailOf(context: Context, name: string): JailFact | undefined {
  return fail2banOf(context)?.jails.find((jail) => jail.name === name);
}

/** Judges a server that runs; says why where none does. */
export function whileRunning(context: Context, judge: (fact: Fail2banFact) => Verdict): Verdict {
  const { fail2ban } = context.readings;
  if (fail2ban.kind === 'unknown') return { result: 'unknown', evidence: [fail2ban.reason] };
  if (fail2ban.kind === 'absent' || !fail2ban.value.installed)
    return { result: 'fail', evidence: ['fail2ban is not installed'] };
  if (!fail2ban.value.answers) {
    const { active } = fail2ban.value.unit;
    return { result: 'fail', evidence: [`fail2ban does not answer: fail2ban.service is ${active}`] };
  }
  return judge(fail2ban.value);
}

/** Judges the sshd jail of a server that runs. */
export function onSshdJail(context: Context, judge: (jail: JailFact) => Verdict): Verdict {
  return whileRunning(context, () => {
    const jail = jailOf(context, 'sshd');
    return jail === undefined ? { result: 'fail', evidence: ['there is no jail "sshd"'] } : judge(jail);
  });
}

/** Where sshd is reached once this run is over: the port that was decided, else the ports in force. */
export function sshPorts(context: Context): readonly number[] {
  if (portAnswered(context)) return [Number(answerOf(sshdPort, context))];
  const now = portsNow(context);
  return now.length > 0 ? now : [context.connection.port];
}

/** Seconds of "90", "10m", "1h", "1d", "1w"; NaN for anything else. */
export function seconds(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhdw]?)$/.exec(text.trim()) ?? [];
  const lengths: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  return Number(count) * (lengths[unit ?? ''] ?? Number.NaN);
}

export function listAnswer(question: Question, context: Context): readonly string[] {
  const answer = answerOf(question, context);
  return Array.isArray(answer) ? answer.map(String) : [];
}

import { setWord } from '../model/context.ts';
import type { AnswerValue } from '../model/control.ts';
import type { Plan } from '../model/plan.ts';
import type { Profile } from '../model/profile.ts';
import { quote } from '../text/command.ts';
import type { LeaseOptions, ReachOptions } from './options.ts';

type Way = Partial<ReachOptions> & Partial<LeaseOptions>;

/** The command line that would do the same again without a question. */
export function repeatLine(run: {
  readonly target: string;
  readonly profile: string;
  readonly steps?: readonly string[];
  readonly without?: Iterable<string>;
  readonly answers: Readonly<Record<string, AnswerValue>>;
  readonly way?: Way;
}): string {
  const words = ['portcullis', 'apply', run.target, ...wayWords(run.way ?? {})];
  if (run.profile !== 'linux') words.push('--profile', run.profile);
  if (run.steps !== undefined && run.steps.length > 0) words.push('--steps', run.steps.join(','));
  for (const control of run.without ?? []) words.push('--without', control);
  for (const [key, value] of Object.entries(run.answers).sort(([a], [b]) => (a < b ? -1 : 1))) {
    words.push('--set', setWord(key, value));
  }
  words.push('--yes');
  return words.map(quote).join(' ');
}

/** The steps of a plan, as --steps names them: none where the whole profile was walked. */
export function stepWords(
  { findings }: Pick<Plan, 'findings'>,
  profile: Pick<Profile, 'steps'>,
): readonly string[] {
  const walked = new Set(findings.map(({ step }) => step));
  return profile.steps.every((id) => walked.has(id)) ? [] : profile.steps.filter((id) => walked.has(id));
}

/** Another command on the same host, reached the same way and carried out the same way. */
export function againLine(command: string, target: string, way: Way, ...more: string[]): string {
  return ['portcullis', command, target, ...wayWords(way), ...more].map(quote).join(' ');
}

/** Another command on the same host, reached the same way: for those that carry nothing out. */
export function reachLine(command: string, target: string, way: Way, ...more: string[]): string {
  return ['portcullis', command, target, ...reachWords(way), ...more].map(quote).join(' ');
}

/** The target with another port: "root@shop" → "root@shop:2222", "[fd::2]:22" → "[fd::2]:2222". */
export function withPort(target: string, port: number): string {
  if (target.startsWith('ssh://')) return `${target.replace(/:\d+$/, '')}:${port}`;
  const at = target.lastIndexOf('@') + 1;
  const [user, host] = [target.slice(0, at), target.slice(at)];
  const bare = host.startsWith('[') ? host.replace(/\]:\d+$/, ']') : host.replace(/^([^:]*):\d+$/, '$1');
  const bracketed = bare.includes(':') && !bare.startsWith('[') ? `[${bare}]` : bare;
  return `${user}${bracketed}:${port}`;
}

function reachWords(way: Way): string[] {
  const { words, add } = flags();
  add('--identity', way.identity);
  add('--jump', way.jump);
  add('--transport', way.transport === 'auto' ? undefined : way.transport);
  add('--known-hosts', way.knownHosts);
  add('--accept-host-key', way.acceptHostKey);
  add('--sudo', way.sudo === 'auto' ? undefined : way.sudo);
  add('--sudo-password-file', way.sudoPasswordFile);
  add('--password-file', way.passwordFile);
  return words;
}

function wayWords(way: Way): string[] {
  const { words, add } = flags();
  words.push(...reachWords(way));
  add('--confirm', way.confirm === 'auto' ? undefined : way.confirm);
  add('--lease', way.lease === undefined || way.lease === 90 ? undefined : `${way.lease}s`);
  const recheck = way.recheck?.join(',');
  add('--recheck', recheck === '5,30' ? undefined : recheck === '' ? 'none' : recheck);
  return words;
}

function flags() {
  const words: string[] = [];
  const add = (flag: string, value: string | undefined): void => {
    if (value !== undefined) words.push(flag, value);
  };
  return { words, add };
}

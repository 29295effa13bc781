// Rules: all facts in one exchange; one that fails, hangs or shouts is `unknown` and takes no other with it. Only a lost or
// unframed answer stops the run, because then nothing about the host is known.
import { randomBytes } from 'node:crypto';
import { EXIT, TargetError } from '../model/errors.ts';
import type { SessionEvent } from '../model/event.ts';
import { type Outcome, type Reading, unknown } from '../model/outcome.ts';
import type { Transport } from '../model/target.ts';
import { type Command, command, literal, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Fact, FactsFor, RawReply } from './fact.ts';
import prelude from './gather.sh?raw';
import { FACTS, type Readings } from './index.ts';
import loginEnv from './login-env.sh?raw';

type AnyFacts = Readonly<Record<string, Fact<unknown>>>;

const ALL = FACTS as unknown as AnyFacts;
/** Asked in a second shell beside the others, so that two processors share the work. */
const BESIDE: ReadonlySet<string> = new Set([
  'accounts',
  'listeners',
  'network',
  'packages',
  'sessions',
  'tools',
]);
/** Bytes for frames and error text beside the facts' own limits. */
const FRAMES = 262_144;

/** Emits to a session; the events of discovering. */
type Emit = (event: SessionEvent) => void;

/** A look that may be on its way before anybody waits for it (TransportOptions.first). */
export type Asking = { readonly nonce: string; readonly command: Command };

/** Asks for some facts, or for all there are. */
export function asking<Values extends Readonly<Record<string, unknown>>>(facts?: FactsFor<Values>): Asking {
  const nonce = randomBytes(16).toString('hex');
  return { nonce, command: gatherCommand(nonce, facts === undefined ? ALL : (facts as unknown as AnyFacts)) };
}

/** The one command that asks for `facts`. `nonce` frames the answer: fresh and random for each call. */
export function gatherCommand(nonce: string, facts: AnyFacts = ALL): Command {
  const asked = Object.entries(facts);
  const calls = (beside: boolean) =>
    asked
      .filter(([name]) => BESIDE.has(name) === beside)
      .flatMap(([name, { deadline, outputLimit, script }]) => [
        literal(`\nfact ${name} ${deadline} ${outputLimit}`),
        value(script),
      ]);
  // The left half runs at the same time and waits in the pipe until the right half has said everything.
  const halves = [
    literal('{ exec 3>&1'),
    ...calls(true),
    literal('\n} | {'),
    ...calls(false),
    literal('\ncat >&3\n}'),
  ];
  return command([literal(prelude + loginEnv), ...halves, literal('\nexit 0')], {
    stdin: [`${nonce}\n`],
    deadline: 60_000,
    outputLimit: asked.reduce((sum, [, fact]) => sum + fact.outputLimit, FRAMES),
  });
}

/** What each fact's script said, by name. A fact whose frame is missing, torn or there twice is left out. */
export function splitGathered(stdout: string, facts: AnyFacts, nonce: string): ReadonlyMap<string, RawReply> {
  const replies = new Map<string, RawReply>();
  const parts = `\n${stdout}`.split(`\n${nonce} `);
  const begun = parts.map((part) => /^begin (\S*)/.exec(part)?.[1] ?? '');
  for (const [index, part] of parts.entries()) {
    const [, name = '', output = ''] = /^begin ([A-Za-z][A-Za-z0-9]*)\n(.*)$/s.exec(part) ?? [];
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
    const said = parts[index + 1];
    if (fact === undefined || !said?.startsWith(`said ${name}\n`)) continue;
    const [, stderr = '', code] = /^(.*)\n(\d{1,3})$/s.exec(said.slice(`said ${name}`.length)) ?? [];
    if (code === undefined || begun.indexOf(name) !== begun.lastIndexOf(name)) continue;
    const truncated = Buffer.byteLength(output) >= fact.outputLimit;
    replies.set(name, { code: Number(code), stdout: output, stderr: stderr.trim(), truncated });
  }
  return replies;
}

/** Readings from the answer. Throws TargetError (exit 6) when there is no answer to read. */
export function parseGathered(outcome: Outcome, nonce: string): Readings {
  return linkLogins(readAnswers(outcome, { nonce, facts: ALL }) as unknown as Readings);
}

function readAnswers(outcome: Outcome, { nonce, facts }: { nonce: string; facts: AnyFacts }) {
  if (outcome.kind === 'lost') {
    throw new TargetError('the connection is lost while the host is being looked at', {
      evidence: [sanitizeLine(outcome.reason)],
      exitCode: EXIT.unreachable,
      hints: ['nothing has been changed; run the command again'],
    });
  }
  const replies = splitGathered(outcome.stdout, facts, nonce);
  if (replies.size === 0) {
    throw new TargetError('the host gives no readable answer about itself', {
      evidence: [ending(outcome), sanitizeLine(outcome.stderr)].filter((line) => line !== ''),
      exitCode: EXIT.unreachable,
      hints: ['log in by hand and look whether /bin/sh works there'],
    });
  }
  const read = ([name, fact]: [string, Fact<unknown>]): [string, Reading<unknown>] => {
    const raw = replies.get(name);
    return [name, raw === undefined ? unknown(`no answer: ${ending(outcome)}`) : fact.parse(raw)];
  };
  return Object.fromEntries(Object.entries(facts).map(read));
}

/** Only these facts, by name, in one exchange; without events and without what links one fact to another. */
export async function gatherSome<Values extends Readonly<Record<string, unknown>>>(
  transport: Pick<Transport, 'run'>,
  facts: FactsFor<Values>,
  asked = asking(facts),
): Promise<{ readonly [Name in keyof Values]: Reading<Values[Name]> }> {
  const outcome = await transport.run(asked.command);
  const { nonce } = asked;
  return readAnswers(outcome, { nonce, facts: facts as unknown as AnyFacts }) as {
    [Name in keyof Values]: Reading<Values[Name]>;
  };
}

/** All facts of a host in one exchange. */
export async function gather(
  transport: Pick<Transport, 'run'>,
  emit: Emit = () => {},
  asked = asking(),
): Promise<Readings> {
  const names = Object.values(ALL);
  const begun = performance.now();
  emit({ type: 'discovering', done: 0, total: names.length, fact: names[0]?.title ?? '' });
  const readings = parseGathered(await transport.run(asked.command), asked.nonce);
  for (const [index, fact] of names.entries()) {
    emit({ type: 'discovering', done: index + 1, total: names.length, fact: fact.title });
  }
  emit({
    type: 'discovered',
    facts: names.length,
    unknown: Object.entries(readings).flatMap(([name, reading]) =>
      reading.kind === 'unknown' ? [name] : [],
    ),
    milliseconds: Math.round(performance.now() - begun),
  });
  return readings;
}

function ending(outcome: Exclude<Outcome, { kind: 'lost' }>): string {
  if (outcome.kind === 'timedOut') return `it took longer than ${Math.round(outcome.deadline / 1000)} s`;
  if (outcome.kind === 'signalled') return `it was killed by ${sanitizeLine(outcome.signal, 20)}`;
  return outcome.truncated ? 'it was too long and has been cut' : `the script ended with ${outcome.code}`;
}

/** What sshd's log says about logins, told on the accounts as well. */
function linkLogins(readings: Readings): Readings {
  const { accounts, sshd } = readings;
  if (accounts.kind !== 'known' || sshd.kind !== 'known') return readings;
  const list = accounts.value.accounts.map((account) => {
    const logins = sshd.value.recentLogins.filter((login) => login.user === account.name);
    if (logins.length === 0) return account;
    // Newest first, so the last assignment of a key must be the newest one.
    const uses = logins.flatMap((it) =>
      it.fingerprint === null ? [] : [[it.fingerprint, it.epochSeconds] as const],
    );
    const lastLogin = Math.max(account.lastLogin ?? 0, ...logins.map((login) => login.epochSeconds));
    return { ...account, lastLogin, lastKeyUse: Object.fromEntries(uses.reverse()) };
  });
  return { ...readings, accounts: { kind: 'known', value: { ...accounts.value, accounts: list } } };
}

// Rules: how the connection's questions are put to a person. A secret is typed unseen and becomes a Secret at once. Everything
// a host says is made safe and told to come from the host. Without a terminal nothing is asked: the answer is no, and the
// flag that would have answered is named.
import type { Ask, Reply } from '../model/session.ts';
import type { KnownTarget, TransportQuestion } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { Secret } from '../text/secret.ts';
import { askLine, processTerminal, type Terminal } from './terminal.ts';

/** More would be a wall of lines. */
const MOST_OFFERED = 20;

const DECLINE: Reply = { kind: 'decline' };

/** Questions on this terminal, one after the other. */
export function terminalAsk(terminal: Terminal = processTerminal()): Ask {
  let queue: Promise<unknown> = Promise.resolve();
  return (question) => {
    // Two logins may ask at once; a person answers one.
    const reply = queue.then(() => answer(question, terminal));
    queue = reply.catch(() => undefined);
    return reply;
  };
}

async function answer(question: TransportQuestion, terminal: Terminal): Promise<Reply> {
  switch (question.kind) {
    case 'host-key':
      return await hostKey(question, terminal);
    case 'sudo-password': {
      const { user, host } = question;
      return await secret(
        `Password of ${sanitizeLine(user, 60)} for sudo on ${sanitizeLine(host, 80)}:`,
        terminal,
      );
    }
    case 'passphrase':
    case 'password':
      return await secret(prompted(question.prompt), terminal);
    case 'prompt': {
      if (!question.echo) return await secret(prompted(question.prompt), terminal);
      const typed = await askLine({ message: prompted(question.prompt) }, terminal);
      return typed === undefined ? DECLINE : { kind: 'secret', secret: new Secret(typed) };
    }
    case 'new-secret':
      return await newSecret(question, terminal);
    case 'confirm': {
      const typed = await askLine({ message: `${sanitizeLine(question.prompt, 300)} (yes or no)` }, terminal);
      return /^y(es)?$/i.test(typed?.trim() ?? '') ? { kind: 'accept' } : DECLINE;
    }
    case 'touch':
      terminal.output.write(`${prompted(question.prompt)} touch your security key now\n`);
      return { kind: 'accept' };
  }
}

/** One line that says who asks. */
function prompted(prompt: string): string {
  return sanitizeLine(prompt.trim(), 200).replace(/([^?:])$/, '$1:');
}

async function newSecret(
  question: Extract<TransportQuestion, { kind: 'new-secret' }>,
  terminal: Terminal,
): Promise<Reply> {
  if (question.empty !== '') terminal.output.write(`${sanitizeLine(question.empty, 300)}\n`);
  const message = `${prompted(question.prompt)}${question.again ? ' (once more)' : ''}`;
  const typed = await askLine({ message, hidden: true }, terminal);
  if (typed === undefined) return DECLINE;
  return typed === '' ? { kind: 'accept' } : { kind: 'secret', secret: new Secret(typed) };
}

async function secret(message: string, terminal: Terminal): Promise<Reply> {
  const typed = await askLine({ message, hidden: true }, terminal);
  return typed === undefined ? DECLINE : { kind: 'secret', secret: new Secret(typed) };
}

async function hostKey(
  question: Extract<TransportQuestion, { kind: 'host-key' }>,
  terminal: Terminal,
): Promise<Reply> {
  const fingerprint = sanitizeLine(question.fingerprint, 120);
  terminal.output.write(
    `${sanitizeLine(question.host, 120)} is not known yet. Its ${sanitizeLine(question.type, 40)} key is\n` +
      `  ${fingerprint}\n` +
      'Compare it with what the console or the provider of the host shows.\n',
  );
  const typed = await askLine({ message: 'Type "yes", or paste the fingerprint you expect:' }, terminal);
  if (typed?.trim().toLowerCase() === 'yes' || typed?.trim() === question.fingerprint)
    return { kind: 'accept' };
  if (typed?.trim().startsWith('SHA256:'))
    terminal.output.write('That is another fingerprint: not connected.\n');
  return DECLINE;
}

/** Answers without a person: a host key only when it is the expected one, everything else is declined by the name of its flag. */
export function headlessAsk(
  options: { readonly acceptHostKey?: string; readonly say?: (line: string) => void } = {},
): Ask {
  const say = options.say ?? ((line: string) => void process.stderr.write(`${line}\n`));
  return async (question) => {
    if (question.kind === 'touch') {
      say(`${prompted(question.prompt)} touch your security key now`);
      return { kind: 'accept' };
    }
    if (question.kind === 'host-key' && question.fingerprint === options.acceptHostKey)
      return { kind: 'accept' };
    say(missing(question));
    return DECLINE;
  };
}

function missing(question: Exclude<TransportQuestion, { kind: 'touch' }>): string {
  const nobody = 'nobody can be asked here';
  switch (question.kind) {
    case 'host-key':
      return `host key of ${sanitizeLine(question.host, 120)} is not known and ${nobody}; when it is right: --accept-host-key ${sanitizeLine(question.fingerprint, 120)}`;
    case 'sudo-password':
      return `sudo asks ${sanitizeLine(question.user, 60)} for a password and ${nobody}; use a terminal, or name a private file that holds it: --sudo-password-file FILE`;
    case 'passphrase':
      return `the key has a passphrase and ${nobody}; load it into an ssh-agent, or name another with --identity`;
    case 'new-secret':
      return question.of === 'password'
        ? `the password has expired and ${nobody} for a new one; name a private file that holds it, or where one shall be kept: --new-password-file FILE`
        : `${sanitizeLine(question.prompt, 120)} ${nobody}; make the key yourself and name it with --identity`;
    case 'confirm':
      return `${sanitizeLine(question.prompt, 200)} ${nobody}; name your key with --identity FILE`;
    case 'password':
      return `the host asks "${sanitizeLine(question.prompt, 80)}" and ${nobody}; log in by key (--identity), use a terminal, or name a private file that holds it: --password-file FILE`;
    case 'prompt':
      return `the host asks "${sanitizeLine(question.prompt, 80)}" and ${nobody}; log in by key (--identity), or use a terminal`;
  }
}

/** The machine to harden: its name, or the number of one that is known here. undefined = they left. */
export async function askTarget(
  known: readonly KnownTarget[],
  terminal: Terminal = processTerminal(),
): Promise<string | undefined> {
  const offered = known.slice(0, MOST_OFFERED);
  for (const [index, { target, about }] of offered.entries())
    terminal.output.write(`${index + 1}. ${sanitizeLine(target, 120)} (${about})\n`);
  const orNumber = offered.length > 0 ? ', or a number of the list' : '';
  const typed = await askLine({ message: `Which machine ([user@]host[:port]${orNumber})?` }, terminal);
  const word = typed?.trim() ?? '';
  if (word === '') return undefined;
  return /^\d{1,2}$/.test(word) ? (offered[Number(word) - 1]?.target ?? word) : word;
}

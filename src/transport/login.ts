// From a fresh shell on the host to a root shell on the same channel. Rules (reliability.md A-14, T8, T9): root login, else
// `sudo -n`, else sudo with a password that is written only after our own random prompt was read, once. What the host
// prints outside our marks is only evidence.
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { Connection } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Secret } from '../text/secret.ts';
import { makeNonce } from './channel.ts';
import script from './login.sh?raw';
import type { Wire } from './wire.ts';

export type SudoChoice = 'auto' | 'none' | 'password';

export type LoginOptions = {
  readonly sudo: SudoChoice;
  /** False: going on as the login user is fine when root cannot be had. */
  readonly requireRoot: boolean;
  /** Undefined: declined. Called at most once. */
  readonly password: () => Promise<Secret | undefined>;
  readonly user: string;
  readonly host: string;
  /** Resolves when waiting for the shell makes no sense any more, with the reason. */
  readonly patience: () => Promise<string>;
  /** Commands for a shell that is root already, in the same go as the login; undefined: none after all. Never rejects. */
  readonly atOnce?: Promise<string | undefined>;
};

/** How root was reached; `said`: what the shell has said since, where it did what was to be done at once. */
export type Reached = {
  readonly root: Connection['root'];
  readonly said: { readonly stdout: Buffer; readonly stderr: Buffer } | undefined;
};

const SUDO_PATIENCE = 20_000;
const NOISE_LIMIT = 64 * 1024;

/** Resolves with how root was reached. Rejects with TargetError or UserError; the wire is then of no use. */
export async function reachRoot(wire: Wire, options: LoginOptions): Promise<Reached> {
  const nonce = makeNonce();
  const talk = converse(wire, nonce);
  wire.write(`portcullis_nonce=${nonce}; portcullis_sudo=${options.sudo}\n${script}\n`);
  if (options.atOnce === undefined) wire.write(GO);
  else void options.atOnce.then((text) => wire.write(text === undefined ? GO : atOnce(text)));
  const word = await talk.next(options.patience());
  if (word === undefined) throw new NoShell(talk.noise());
  if (word === 'ready root at-once') return { root: 'root', said: talk.rest() };
  return { root: await decide({ wire, talk, options, nonce }, word), said: undefined };
}

const GO = 'portcullis_go\n';

const atOnce = (text: string): string => `if portcullis_at_once; then\n${text}\nfi\n${GO}`;

/** The login worked, yet no shell of ours answered: the caller knows more about why. */
export class NoShell extends Error {
  override readonly name = 'NoShell';
  readonly noise: readonly string[];

  constructor(noise: readonly string[]) {
    super('no shell answered');
    this.noise = noise;
  }
}

type Conversation = ReturnType<typeof converse>;
type Step = {
  readonly wire: Wire;
  readonly talk: Conversation;
  readonly options: LoginOptions;
  readonly nonce: string;
};

async function decide(it: Step, word: string): Promise<Connection['root']> {
  const [verb = '', ...rest] = word.split(' ');
  const detail = rest.join(' ');
  switch (verb) {
    case 'ready':
      return asRoot(it, detail);
    case 'lacks':
      throw refuse(it, `the host lacks ${sanitizeLine(detail)}, which every command needs`, [
        'install it (coreutils and util-linux have it), then run this again',
      ]);
    case 'sudo-password':
      return withPassword(it);
    default:
      return withoutRoot(it, explainSudo(verb, detail));
  }
}

function asRoot(it: Step, detail: string): Connection['root'] {
  if (detail === 'root' || detail === 'sudo' || detail === 'sudo-password') return detail;
  if (!it.options.requireRoot) return 'none';
  throw refuse(it, `${it.options.user} is not root on ${it.options.host} and sudo was switched off`, [
    'leave out --sudo none, or log in as root',
  ]);
}

async function withPassword(it: Step): Promise<Connection['root']> {
  const password = await it.options.password();
  if (password === undefined)
    return withoutRoot(it, {
      message: 'sudo needs a password and none was given',
      hints: [
        'run this in a terminal to be asked for it, or name a private file that holds it: --sudo-password-file FILE',
      ],
    });
  if (password.open().includes(0x0a)) throw new UserError('a sudo password cannot contain a newline');
  const prompt = `portcullis-${makeNonce()}:`;
  const asked = it.talk.watch(prompt);
  it.wire.write(`portcullis_root sudo-password -S -p '${prompt}'\n`);
  const silence = elapsed(SUDO_PATIENCE, 'sudo did not answer');
  const again = asked.first.then((seen) => {
    if (!seen) return undefined;
    it.wire.write(password.open());
    it.wire.write('\n');
    return asked.second;
  });
  const word = await Promise.race([
    it.talk.next(silence.done),
    again.then((seen) => (seen ? 'sudo-wrong' : it.talk.next(silence.done))),
  ]);
  silence.cancel();
  if (word?.startsWith('ready ')) return asRoot(it, word.slice('ready '.length));
  it.wire.end();
  throw refuseSudo(it, word === 'sudo-wrong' ? 'wrong' : 'other');
}

function refuseSudo(it: Step, kind: 'wrong' | 'other'): TargetError {
  const noise = it.talk.noise();
  const text = noise.join('\n');
  const known = explainSudo('sudo-refused', text);
  if (kind === 'wrong' || /incorrect password|Sorry, try again/.test(text))
    return refuse(it, `sudo on ${it.options.host} did not take the password of ${it.options.user}`, [
      'it was tried once and not again; check it with "sudo -v" on the host, then run this again',
    ]);
  if (known.message !== UNCLEAR) return refuse(it, known.message, known.hints);
  return refuse(it, 'sudo asked for something other than the password', [
    'one-time codes for sudo are not supported; log in as root, or allow this user sudo with the password alone',
  ]);
}

function withoutRoot(
  it: Step,
  why: { readonly message: string; readonly hints: readonly string[] },
): Promise<Connection['root']> {
  if (it.options.requireRoot) throw refuse(it, why.message, why.hints);
  it.wire.write('portcullis_same none\n');
  return it.talk.next(elapsed(SUDO_PATIENCE, '').done).then((word) => {
    if (word === 'ready none') return 'none';
    throw new NoShell(it.talk.noise());
  });
}

function refuse(it: Step, message: string, hints: readonly string[]): TargetError {
  return new TargetError(message, {
    where: `${it.options.user}@${it.options.host}`,
    hints,
    evidence: it.talk.noise(),
    exitCode: EXIT.unreachable,
  });
}

const UNCLEAR = 'sudo refuses';

function explainSudo(verb: string, detail: string): { message: string; hints: readonly string[] } {
  const asRootInstead = 'log in as root, or let an administrator allow this user sudo';
  if (verb === 'sudo-missing')
    return { message: 'sudo is not installed and the login user is not root', hints: [asRootInstead] };
  if (verb === 'sudo-untrusted')
    return {
      message: '/usr/bin/sudo is not owned by root with the setuid bit: it gets no password from us',
      hints: ['log in as root and reinstall the package sudo'],
    };
  if (/must have a tty/.test(detail))
    return {
      message: 'sudo demands a terminal (requiretty)',
      hints: ['switch it off for this user: "Defaults:USER !requiretty" in sudoers, or log in as root'],
    };
  if (/not in the sudoers|not allowed|may not run sudo/.test(detail))
    return { message: 'this user may not use sudo for a root shell', hints: [asRootInstead] };
  if (/effective uid is not 0|nosuid|no new privileges/.test(detail))
    return {
      message: 'sudo cannot become root here (nosuid file system or no-new-privileges)',
      hints: ['log in as root'],
    };
  const shown = detail === '' ? '' : `: ${sanitizeLine(detail)}`;
  return {
    message: verb === 'sudo-refused' && shown ? `${UNCLEAR}${shown}` : UNCLEAR,
    hints: [asRootInstead],
  };
}

function elapsed(milliseconds: number, reason: string): { done: Promise<string>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const done = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(reason), milliseconds);
  });
  return { done, cancel: () => clearTimeout(timer) };
}

/** Reads marked lines from stdout and watches stderr for a prompt. */
function converse(wire: Wire, nonce: string) {
  const mark = Buffer.from(`\n${nonce} `);
  let stdout: Buffer = Buffer.alloc(0);
  let stderr: Buffer = Buffer.alloc(0);
  let changed = () => {};
  const cut = (bytes: Buffer) => Buffer.from(bytes.subarray(Math.max(0, bytes.length - NOISE_LIMIT)));
  wire.listen({
    // Looked at before it is cut: what comes in one piece with our line may belong to an answer already.
    stdout: (chunk) => {
      stdout = Buffer.concat([cut(stdout), chunk]);
      changed();
    },
    stderr: (chunk) => {
      stderr = Buffer.concat([cut(stderr), chunk]);
      changed();
    },
  });
  const take = (): string | undefined => {
    const at = stdout.indexOf(mark);
    const to = at === -1 ? -1 : stdout.indexOf(0x0a, at + mark.length);
    if (to === -1) return undefined;
    const word = stdout.toString('utf8', at + mark.length, to);
    stdout = stdout.subarray(to);
    return word;
  };
  const watchers = new Set<() => void>();
  changed = () => {
    for (const watcher of [...watchers]) watcher();
  };
  /** Resolves with the first defined value of `look`, or undefined once the wire or the patience ends. */
  const until = <T>(look: () => T | undefined, patience?: Promise<string>): Promise<T | undefined> =>
    new Promise((resolve) => {
      const finish = (value: T | undefined) => {
        watchers.delete(check);
        resolve(value);
      };
      const check = () => {
        const value = look();
        if (value !== undefined) finish(value);
      };
      watchers.add(check);
      check();
      void wire.ended.then(() => finish(look()));
      void patience?.then(() => finish(undefined));
    });
  return {
    next: (patience: Promise<string>) => until(take, patience),
    watch(prompt: string) {
      const count = (wanted: number) => () =>
        stderr.toString('utf8').split(prompt).length > wanted ? true : undefined;
      return { first: until(count(1)), second: until(count(2)) };
    },
    rest: () => ({ stdout, stderr }),
    /** What else was printed, as safe lines: at most 20. */
    noise: (): readonly string[] =>
      `${stderr.toString('utf8')}\n${stdout.toString('utf8')}`
        .replaceAll(/portcullis-[0-9a-f]{32}:/g, '')
        .split(/\r?\n/)
        .map((line) => sanitizeLine(line.trimEnd()))
        .filter((line) => line !== '')
        .slice(0, 20),
  };
}

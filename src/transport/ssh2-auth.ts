// How the ssh2 transport proves who we are. Rules: keys first, then what the host asks; at most KEYS_AT_MOST keys are offered,
// because hosts count them; a password goes out once; an answer is kept only after a login worked with it, and given again
// once per login; what a host prompts is made safe before a person sees it.
import type { Ask } from '../model/session.ts';
import type { TransportQuestion } from '../model/target.ts';
import { Secret } from '../text/secret.ts';
import { classifyPrompt } from './askpass.ts';
import type { Hash, OwnKey } from './ssh2-keys.ts';
import { type Agent, type AnyAuthMethod, BaseAgent, type ParsedKey, parseKey } from './ssh2-library.ts';

const KEYS_AT_MOST = 4;
const PROMPTS_AT_MOST = 8;

/** Answers of one session: asked once, used again by later logins. */
export type Answers = ReturnType<typeof keepAnswers>;

export function keepAnswers(ask: Ask) {
  const kept = new Map<string, Secret>();
  const given = new Set<Secret>();
  let waiting = 0;
  const once = async (question: TransportQuestion): Promise<Secret | undefined> => {
    waiting += 1;
    const reply = await ask(question).catch(() => ({ kind: 'decline' }) as const);
    waiting -= 1;
    if (reply.kind !== 'secret') return reply.kind === 'accept' ? new Secret('') : undefined;
    given.add(reply.secret);
    return reply.secret;
  };
  return {
    waiting: () => waiting > 0,
    begin() {
      const used = new Set<string>();
      const fresh = new Map<string, Secret>();
      return {
        async ask(question: Extract<TransportQuestion, { readonly prompt: string }>) {
          const known = kept.get(question.prompt);
          if (known !== undefined && !used.has(question.prompt)) {
            used.add(question.prompt);
            return known;
          }
          const secret = await once(question);
          if (secret !== undefined && question.kind !== 'prompt') fresh.set(question.prompt, secret);
          return secret;
        },
        worked() {
          for (const [prompt, secret] of fresh) kept.set(prompt, secret);
        },
      };
    },
    wipe() {
      for (const secret of given) secret.wipe();
      kept.clear();
    },
  };
}

export type Attempt = ReturnType<Answers['begin']>;

export type Authentication = {
  readonly next: (methods: readonly string[] | null, partial: boolean) => Promise<AnyAuthMethod | false>;
  /** Methods the host said can continue, as last told. */
  readonly methods: () => readonly string[] | undefined;
  /** How the last attempt was made. */
  readonly method: () => string;
  /** The key that last signed. */
  readonly key: () => OwnKey | undefined;
  readonly offered: () => number;
  readonly declined: () => boolean;
  readonly badPassphrase: () => boolean;
};

/** Only asks which methods there are. */
export function askMethods(user: string): Authentication {
  return authentication({ user, keys: [], only: 'none', attempt: undefined, host: '' });
}

export function authentication(it: {
  readonly user: string;
  readonly host: string;
  readonly keys: readonly OwnKey[];
  /** "publickey": nothing else is tried; "none": nothing at all. */
  readonly only: 'publickey' | 'none' | undefined;
  readonly attempt: Attempt | undefined;
}): Authentication {
  const seen = { methods: undefined as readonly string[] | undefined, method: 'none', declined: false };
  const keys = new Offer(it.keys.slice(0, KEYS_AT_MOST));
  const tried = new Set<string>();
  let passwordSent = false;

  const ask = async (question: Extract<TransportQuestion, { readonly prompt: string }>) => {
    const secret = await it.attempt?.ask(question);
    seen.declined ||= secret === undefined;
    return secret?.open().toString('utf8');
  };

  const keyboard = (prompts: readonly Prompt[], finish: (answers: string[]) => void) => {
    void (async () => {
      const answers: string[] = [];
      for (const { prompt, echo } of prompts.slice(0, PROMPTS_AT_MOST)) {
        const kind = classifyPrompt(prompt, '');
        const shown = kind !== undefined && 'prompt' in kind ? kind.prompt : '';
        const question =
          kind?.kind === 'password'
            ? kind
            : ({ kind: 'prompt', prompt: shown, echo: echo === true } as const);
        passwordSent ||= question.kind === 'password';
        answers.push(seen.declined ? '' : ((await ask(question)) ?? ''));
      }
      finish(answers);
    })();
  };

  const next = async (
    methods: readonly string[] | null,
    partial: boolean,
  ): Promise<AnyAuthMethod | false> => {
    const { user } = it;
    if (methods === null) return { type: 'none', username: user };
    seen.methods = methods;
    // The first factor was taken: what was tried before counts no more.
    if (partial) passwordSent = false;
    const has = (method: string) => methods.includes(method) && !tried.has(method);
    if (it.only === 'none' || seen.declined) return false;
    if (has('publickey') && keys.size > 0)
      return use('publickey', { type: 'agent', username: user, agent: keys });
    if (it.only === 'publickey' || it.attempt === undefined) return false;
    if (has('keyboard-interactive') && !passwordSent)
      return use('keyboard-interactive', {
        type: 'keyboard-interactive',
        username: user,
        prompt: (_name, _instructions, _language, prompts, finish) => keyboard(prompts, finish),
      });
    if (!has('password') || passwordSent) return false;
    const password = await ask({ kind: 'password', prompt: `${user}@${it.host}'s password:` });
    passwordSent = true;
    return password === undefined ? false : use('password', { type: 'password', username: user, password });
  };

  const use = (method: string, how: AnyAuthMethod): AnyAuthMethod => {
    tried.add(method);
    seen.method = method;
    return how;
  };

  return {
    next,
    methods: () => seen.methods,
    method: () => seen.method,
    key: () => (seen.method === 'publickey' ? keys.signer : undefined),
    offered: () => keys.size,
    declined: () => seen.declined || keys.declined,
    badPassphrase: () => keys.bad,
  };
}

type Prompt = { readonly prompt: string; readonly echo?: boolean };

/** Our keys, shown to the package as an agent: it asks for a signature only once the host has taken a key. */
class Offer extends BaseAgent {
  readonly #keys: readonly OwnKey[];
  signer: OwnKey | undefined;
  bad = false;
  declined = false;

  constructor(keys: readonly OwnKey[]) {
    super();
    this.#keys = keys;
  }

  get size(): number {
    return this.#keys.length;
  }

  override getIdentities(done: Parameters<Agent['getIdentities']>[0]): void {
    done(
      undefined,
      this.#keys.map((key) => Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64')),
    );
  }

  override sign(
    wanted: string | Buffer | ParsedKey,
    data: Buffer,
    options: { readonly hash?: Hash } | Done,
    last?: Done,
  ): void {
    const done = typeof options === 'function' ? options : last;
    const parsed = parseKey(wanted);
    const blob = parsed instanceof Error ? '' : parsed.getPublicSSH().toString('base64');
    const key = this.#keys.find((one) => one.publicKey.split(' ')[1] === blob);
    const hash = typeof options === 'function' ? undefined : options.hash;
    const signed = key === undefined ? Promise.reject(new Error('no such key')) : key.sign(data, hash);
    signed.then(
      (signature) => {
        this.signer = key;
        done?.(undefined, signature);
      },
      (error: Error) => {
        this.bad ||= /does not open/.test(error.message);
        this.declined ||= /not given/.test(error.message);
        done?.(error);
      },
    );
  }
}

type Done = (error?: Error | null, signature?: Buffer) => void;

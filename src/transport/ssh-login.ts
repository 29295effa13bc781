// One ssh process from start to a shell with the power we want. Rules: the process is one TCP connection and one login; its
// log tells what happened; whoever waits for a person is not hurried.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../model/target.ts';
import type { Command } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Secret } from '../text/secret.ts';
import type { Askpass, AskpassAttempt } from './askpass.ts';
import { atOnce, type Channel, makeNonce, openChannel } from './channel.ts';
import { NoShell, reachRoot, type SudoChoice } from './login.ts';
import { readSshLog, type SshLog } from './ssh-log.ts';
import { type Dial, LOGIN_COMMAND, sshArgs } from './ssh-options.ts';
import { type ProgramWire, startWire, type Wire } from './wire.ts';

/** What all ssh processes of a session share. */
export type Shared = {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly askpass: Askpass;
  readonly counters: { exchanges: number; connections: number; logins: number };
};

export type LoginRequest = {
  readonly dial: Omit<Dial, 'logFile'>;
  readonly sudo: SudoChoice;
  readonly requireRoot: boolean;
  readonly password: () => Promise<Secret | undefined>;
  /** Milliseconds until the login counts as failed, not counting time a person needs. */
  readonly deadline: number;
  readonly user: string;
  /** What is asked first; it goes along with the login where that leads to root at once. */
  readonly first?: Promise<Command> | undefined;
};

export type Login = {
  readonly channel: Channel;
  readonly root: Connection['root'];
  readonly log: SshLog;
};

/** ssh ended, or gave no shell. Carries what is needed to explain it. */
export class LoginFailed extends Error {
  override readonly name = 'LoginFailed';
  readonly log: SshLog;
  readonly noise: readonly string[];
  readonly attempt: AskpassAttempt;
  readonly timedOut: boolean;

  constructor(it: { log: SshLog; noise: readonly string[]; attempt: AskpassAttempt; timedOut: boolean }) {
    super('no login');
    this.log = it.log;
    this.noise = it.noise;
    this.attempt = it.attempt;
    this.timedOut = it.timedOut;
  }
}

/** After authentication a shell must answer within this time. */
const SHELL_PATIENCE = 20_000;
const LOOK_EVERY = 500;

/** Log in and reach root. Rejects with LoginFailed, or with the TargetError of the way to root. */
export async function login(shared: Shared, request: LoginRequest): Promise<Login> {
  const logFile = join(shared.directory, `log-${makeNonce().slice(0, 8)}`);
  const attempt = shared.askpass.begin();
  shared.counters.connections += 1;
  const wire = startWire('ssh', sshArgs({ ...request.dial, logFile }, LOGIN_COMMAND), {
    ...shared.environment,
    ...attempt.environment,
  });
  const watch = watchLogin({ wire, logFile, attempt, deadline: request.deadline });
  // Whoever asks for it learns why there is none.
  const first = request.first?.then(atOnce, () => undefined);
  try {
    const { root, said } = await reachRoot(wire, {
      sudo: request.sudo,
      requireRoot: request.requireRoot,
      user: request.user,
      host: request.dial.host,
      patience: () => watch.expired,
      password: () => {
        watch.stop();
        return request.password();
      },
      ...(first === undefined ? {} : { atOnce: first.then((it) => it?.text) }),
    });
    shared.counters.logins += 1;
    attempt.succeeded();
    const begun = said && (await first);
    return {
      root,
      channel: overSsh({
        ...{ shared, wire },
        channel: openChannel(wire, () => whyLost(logFile), begun && said && { ...begun, ...said }),
      }),
      log: await readLog(logFile),
    };
  } catch (error) {
    wire.kill();
    await wire.ended;
    if (!(error instanceof NoShell)) throw error;
    throw new LoginFailed({
      log: await readLog(logFile),
      noise: error.noise,
      attempt,
      timedOut: watch.fired(),
    });
  } finally {
    watch.stop();
  }
}

/** Read a log file as far as it goes. */
export async function readLog(file: string): Promise<SshLog> {
  return readSshLog(await readFile(file, 'utf8').catch(() => ''));
}

async function whyLost(logFile: string): Promise<string> {
  const { messages } = await readLog(logFile);
  const last = messages.at(-1);
  return last === undefined ? 'the ssh connection ended' : `the ssh connection ended: ${sanitizeLine(last)}`;
}

function overSsh(it: { shared: Shared; wire: ProgramWire; channel: Channel }): Channel {
  const { shared, wire, channel } = it;
  return {
    ...channel,
    // ssh says goodbye by itself; waiting until the far shell has seen the end of its input would cost a round trip.
    close: () => {
      wire.hangUp();
      return channel.close();
    },
    run: (it) => {
      shared.counters.exchanges += 1;
      return channel.run(it);
    },
  };
}

function watchLogin(it: { wire: Wire; logFile: string; attempt: AskpassAttempt; deadline: number }) {
  let spent = 0;
  let sinceLogin = 0;
  let fired = false;
  let expire: (reason: string) => void = () => {};
  const expired = new Promise<string>((resolve) => {
    expire = resolve;
  });
  const look = async () => {
    if (it.attempt.waiting()) return;
    spent += LOOK_EVERY;
    if ((await readLog(it.logFile)).authenticated !== undefined) sinceLogin += LOOK_EVERY;
    if (spent < it.deadline && sinceLogin < SHELL_PATIENCE) return;
    fired = true;
    expire('deadline');
  };
  const timer = setInterval(() => void look(), LOOK_EVERY);
  return { expired, fired: () => fired, stop: () => clearInterval(timer) };
}

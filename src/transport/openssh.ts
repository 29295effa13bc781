// The transport over the system's ssh. Rules: one process carries the session: one TCP connection, one login, one shell; no
// control socket exists, the operator's own is never used, and a command that hangs is ended on the same channel, so a
// host with MaxSessions 1 is enough. Every other login (fresh) and visit (probe) is a new process that must show the
// pinned host key.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { Ask, Emit } from '../model/session.ts';
import type { Target, Transport } from '../model/target.ts';
import type { Command } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { openAskpass } from './askpass.ts';
import { makeNonce } from './channel.ts';
import { hostKeyVerdict, pinHostKey, settleHostKey } from './host-keys.ts';
import { identityOf } from './identity.ts';
import type { SudoChoice } from './login.ts';
import { operatorKey } from './operator-key.ts';
import { makePacing, type PacingOptions } from './pacing.ts';
import { type PasswordBook, saysExpired } from './passwords.ts';
import { learnHostKey } from './probe.ts';
import { makeRuntimeDirectory } from './runtime-dir.ts';
import { type AskedConfig, clientVersion, resolveSshConfig, type SshConfig } from './ssh-config.ts';
import { type Login, LoginFailed, type LoginRequest, login, type Shared } from './ssh-login.ts';
import { type Dial, sshArgs, targetArgs } from './ssh-options.ts';
import { freezeConfig } from './ssh-pinned-config.ts';
import { explain, makeTransport, type Session, whereOf } from './ssh-session.ts';
import { rememberSudo } from './sudo-password.ts';
import { startWire } from './wire.ts';

export type OpenSshOptions = {
  readonly target: Target;
  readonly identity?: string | undefined;
  readonly jump?: string | undefined;
  /** Only this file decides on host keys, besides our own store. */
  readonly knownHosts?: string | undefined;
  /** "SHA256:…" */
  readonly acceptHostKey?: string | undefined;
  readonly sudo: SudoChoice;
  readonly requireRoot: boolean;
  readonly ask: Ask;
  readonly emit?: Emit | undefined;
  readonly onDialled?: (() => void) | undefined;
  /** What ssh was asked about this target before this was loaded. */
  readonly asked?: AskedConfig | undefined;
  /** What will be asked first: it may go along with the login. */
  readonly first?: Promise<Command> | undefined;
  readonly chooseKey?: boolean | undefined;
  /** Talks with the program that changes an expired password. */
  readonly changePassword: PasswordBook['change'];
  /** Another name that prompts for the target go by. */
  readonly alsoCalled: (host: string) => void;
  /** Where our own known_hosts is kept between sessions. */
  readonly stateDir: string;
  readonly pacing?: PacingOptions | undefined;
};

const FIRST_DEADLINE = 60_000;
const CONNECT_SECONDS = 10;

/** Connect, settle the host key, log in, reach root. Rejects with UserError or TargetError (exit 6). */
export async function openOpenSsh(options: OpenSshOptions): Promise<Transport> {
  const directory = await makeRuntimeDirectory();
  try {
    return await establish(options, directory.path, directory.remove);
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

async function establish(
  options: OpenSshOptions,
  directory: string,
  removeDirectory: () => Promise<void>,
): Promise<Transport> {
  const { target } = options;
  const tell = (detail: string) => options.emit?.({ type: 'connecting', host: target.name, detail });
  if (options.identity !== undefined) await mustRead(options.identity);
  const resolving = resolveSshConfig(targetArgs({ ...target, jump: options.jump }), options.asked);
  resolving.catch(() => undefined);
  const askpass = await openAskpass(directory, options.ask);
  const shared: Shared = {
    directory,
    environment: process.env,
    askpass,
    counters: { exchanges: 0, connections: 0, logins: 0 },
  };
  const undo: (() => unknown)[] = [askpass.close];
  try {
    const config = await resolving;
    options.alsoCalled(config.host);
    const store = join(options.stateDir, 'known_hosts');
    const dial: Omit<Dial, 'logFile'> = {
      host: target.host,
      user: target.user,
      port: target.port,
      jump: options.jump,
      identity: options.identity,
      knownHosts: [
        ...(options.knownHosts === undefined ? config.userKnownHosts : [options.knownHosts]),
        store,
      ],
      globalKnownHosts: options.knownHosts === undefined,
      connectTimeout: CONNECT_SECONDS,
    };
    const user = config.user;
    const passwords = rememberSudo(options.ask, user, target.host);
    const request: LoginRequest = {
      dial,
      user,
      sudo: options.sudo,
      requireRoot: options.requireRoot,
      password: passwords.ask,
      deadline: FIRST_DEADLINE,
      first: options.first,
    };
    tell('connecting');
    undo.unshift(passwords.wipe);
    const dialled = firstLogin({ options, shared, request, config, store, tell });
    options.onDialled?.();
    const first = await dialled;
    undo.unshift(first.channel.close);
    passwords.worked(first.root);
    const [pin, identity, configFile] = await Promise.all([
      pinHostKey(first.log, directory, () => learnHostKey(shared, dial)),
      identityOf(first.log, directory, config.identityAgent),
      freezeConfig(config, target.host, directory),
    ]);
    if (pin === undefined)
      throw new TargetError('the host key of this login cannot be pinned', {
        where: whereOf(config, target),
        evidence: [`presented: ${first.log.hostKey?.fingerprint ?? 'unknown'}`],
        hints: ['name a file that has the key of the host with --known-hosts FILE'],
        exitCode: EXIT.unreachable,
      });
    const client = { version: await clientVersion(first.log.client), ...config.algorithms };
    const own = await ownKey(options, { identity, where: whereOf(config, target) });
    const session: Session = {
      shared,
      request: own === undefined ? request : { ...request, dial: { ...dial, identity: own.file } },
      own,
      config,
      pin,
      identity,
      configFile,
      client,
      passwords,
      where: whereOf(config, target),
      pacing: makePacing(options.pacing),
      open: new Set(),
      root: first.root,
    };
    const transport = makeTransport(session, first);
    return {
      ...transport,
      async close() {
        passwords.wipe();
        // Whoever still runs has its files open.
        await Promise.all([
          ...[...session.open].map((one) => one.channel.close()),
          askpass.close(),
          removeDirectory(),
        ]);
      },
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** Asked for only where a key was not the way in. */
async function ownKey(
  options: OpenSshOptions,
  it: { readonly identity: Session['identity']; readonly where: string },
): Promise<Session['own']> {
  if (it.identity !== undefined) return undefined;
  const ask = options.chooseKey === true ? options.ask : undefined;
  return await operatorKey({ identity: options.identity, where: it.where, ask });
}

/** sshd lets an expired password do nothing but change itself, and wants a terminal for that. */
async function changeExpired(it: Parameters<typeof firstLogin>[0]): Promise<void> {
  it.tell('changing the expired password');
  const { shared, request } = it;
  const logFile = join(shared.directory, `log-${makeNonce().slice(0, 8)}`);
  const attempt = shared.askpass.begin();
  shared.counters.connections += 1;
  const dial: Dial = { ...request.dial, logFile, terminal: true };
  await it.options.changePassword(() =>
    startWire('ssh', sshArgs(dial, 'exit 0'), { ...shared.environment, ...attempt.environment }),
  );
}

async function firstLogin(it: {
  readonly options: OpenSshOptions;
  readonly shared: Shared;
  readonly request: LoginRequest;
  readonly config: SshConfig;
  readonly store: string;
  readonly tell: (detail: string) => void;
}): Promise<Login> {
  const where = whereOf(it.config, it.options.target);
  let settled = false;
  let changed = false;
  for (;;) {
    try {
      return await login(it.shared, it.request);
    } catch (error) {
      if (!(error instanceof LoginFailed)) throw error;
      if (!changed && error.log.authenticated !== undefined && saysExpired(error.noise)) {
        changed = true;
        await changeExpired(it);
        it.tell('logging in');
        continue;
      }
      const verdict = hostKeyVerdict(error.log);
      if (verdict === undefined || settled)
        throw explain(error, { where, config: it.config, request: it.request });
      settled = true;
      it.tell('checking the host key');
      await settleHostKey({
        verdict,
        log: error.log,
        where,
        ask: it.options.ask,
        acceptHostKey: it.options.acceptHostKey,
        store: it.store,
        learn: () => learnHostKey(it.shared, it.request.dial),
      });
      it.tell('logging in');
    }
  }
}

async function mustRead(file: string): Promise<void> {
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new UserError('the identity file cannot be read', {
      where: `--identity ${sanitizeLine(file)}`,
      hints: ['name a private key, e.g. ~/.ssh/id_ed25519, or leave it out to let ssh choose'],
      cause,
    });
  });
}

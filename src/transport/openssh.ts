// The transport over the system's ssh. Rules: one process carries the session: one TCP connection, one login, one shell; no
// control socket exists, the operator's own is never used, and a command that hangs is ended on the same channel, so a
// host with MaxSessions 1 is enough. Every other login (fresh) and visit (probe) is a new process that must show the
// pinned host key.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { Ask, Emit } from '../model/session.ts';
import type { Connection, FreshOptions, Target, Transport } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Secret } from '../text/secret.ts';
import { openAskpass } from './askpass.ts';
import { algorithmsOfPin, hostKeyVerdict, type Pin, pinHostKey, settleHostKey } from './host-keys.ts';
import { type Identity, identityOf } from './identity.ts';
import type { SudoChoice } from './login.ts';
import { makePacing, type PacingOptions } from './pacing.ts';
import { learnHostKey, visitDoor } from './probe.ts';
import { makeRuntimeDirectory } from './runtime-dir.ts';
import { clientVersion, resolveSshConfig, type SshConfig } from './ssh-config.ts';
import { explainFailure } from './ssh-failure.ts';
import { type Login, LoginFailed, type LoginRequest, login, type Shared } from './ssh-login.ts';
import { type Dial, targetArgs } from './ssh-options.ts';
import { freezeConfig } from './ssh-pinned-config.ts';

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
  /** Where our own known_hosts is kept between sessions. */
  readonly stateDir: string;
  readonly pacing?: PacingOptions | undefined;
};

const FIRST_DEADLINE = 60_000;
const FRESH_DEADLINE = 15_000;
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
  const version = clientVersion();
  version.catch(() => undefined);
  if (options.identity !== undefined) await mustRead(options.identity);
  const askpass = await openAskpass(directory, options.ask);
  const shared: Shared = {
    directory,
    environment: process.env,
    askpass,
    counters: { exchanges: 0, connections: 0, logins: 0 },
  };
  try {
    const config = await resolveSshConfig(targetArgs({ ...target, jump: options.jump }));
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
    };
    tell('connecting');
    const first = await firstLogin({ options, shared, request, config, store, tell });
    passwords.worked(first.root);
    const pin = await pinHostKey(first.log, directory, () => learnHostKey(shared, dial));
    if (pin === undefined)
      throw new TargetError('the host key of this login cannot be pinned', {
        where: whereOf(config, target),
        evidence: [`presented: ${first.log.hostKey?.fingerprint ?? 'unknown'}`],
        hints: ['name a file that has the key of the host with --known-hosts FILE'],
        exitCode: EXIT.unreachable,
      });
    const identity = await identityOf(first.log, directory, config.identityAgent);
    const configFile = await freezeConfig(config, target.host, directory);
    const client = { version: await version, ...config.algorithms };
    const session: Session = {
      shared,
      request,
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
        await Promise.all([...session.open].map((one) => one.channel.close()));
        passwords.wipe();
        await askpass.close();
        await removeDirectory();
      },
    };
  } catch (error) {
    await askpass.close();
    throw error;
  }
}

type Session = {
  readonly shared: Shared;
  readonly request: LoginRequest;
  readonly config: SshConfig;
  readonly pin: Pin;
  readonly identity: Identity | undefined;
  readonly configFile: string;
  readonly client: Connection['client'];
  readonly passwords: SudoPasswords;
  readonly where: string;
  readonly pacing: ReturnType<typeof makePacing>;
  readonly open: Set<Login>;
  readonly root: Connection['root'];
};

async function firstLogin(it: {
  readonly options: OpenSshOptions;
  readonly shared: Shared;
  readonly request: LoginRequest;
  readonly config: SshConfig;
  readonly store: string;
  readonly tell: (detail: string) => void;
}): Promise<Login> {
  const where = whereOf(it.config, it.options.target);
  for (let settled = false; ; settled = true) {
    try {
      return await login(it.shared, it.request);
    } catch (error) {
      if (!(error instanceof LoginFailed)) throw error;
      const verdict = hostKeyVerdict(error.log);
      if (verdict === undefined || settled)
        throw explain(error, { where, config: it.config, request: it.request });
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

function explain(
  error: LoginFailed,
  it: { where: string; config: SshConfig; request: LoginRequest },
): TargetError {
  if (error.timedOut && error.log.authenticated === undefined)
    return new TargetError('the login did not finish in time', {
      where: it.where,
      evidence: error.noise,
      exitCode: EXIT.unreachable,
    });
  const { algorithms } = it.config;
  return explainFailure({
    log: error.log,
    noise: error.noise,
    where: it.where,
    identity: it.request.dial.identity,
    declined: error.attempt.declined(),
    jumpHostKey: error.attempt.jumpHostKey(),
    offered: {
      'key exchange method': algorithms.kex,
      'host key type': algorithms.hostKeys,
      cipher: algorithms.ciphers,
      MAC: algorithms.macs,
    },
  });
}

function makeTransport(session: Session, it: Login): Transport {
  session.open.add(it);
  const connection = describe(session, it);
  return {
    connection,
    run: it.channel.run,
    fresh: (options = {}) => freshLogin(session, options),
    async probe(options) {
      await session.pacing.visit();
      return visitDoor(session.shared, {
        ...pinned(session),
        port: options.port,
        address: options.address,
        family: options.family,
        user: options.user ?? session.request.user,
      });
    },
    counts: () => ({ ...session.shared.counters }),
    lost: it.channel.lost,
    async close() {
      session.open.delete(it);
      await it.channel.close();
    },
  };
}

async function freshLogin(session: Session, options: FreshOptions): Promise<Transport> {
  const plain = options.root === 'none';
  const request: LoginRequest = {
    ...session.request,
    sudo: plain ? 'none' : session.request.sudo,
    requireRoot: !plain && session.root !== 'none',
    password: session.passwords.again,
    deadline: options.deadline ?? FRESH_DEADLINE,
    user: options.user ?? session.request.user,
    dial: {
      ...pinned(session),
      connectTimeout: Math.max(
        1,
        Math.min(CONNECT_SECONDS, Math.ceil((options.deadline ?? FRESH_DEADLINE) / 1000)),
      ),
      port: options.port ?? session.request.dial.port,
      address: options.address,
      family: options.family,
      user: options.user ?? session.request.dial.user,
      identity: options.identity ?? session.identity?.file ?? session.request.dial.identity,
    },
  };
  await session.pacing.login();
  const made = await login(session.shared, request).catch((error: unknown) => {
    session.pacing.refused();
    if (!(error instanceof LoginFailed)) throw error;
    if (hostKeyVerdict(error.log) !== undefined)
      throw new TargetError('another host key answers there than the pinned one', {
        where: session.where,
        evidence: [
          `pinned: ${session.pin.fingerprint}`,
          `presented: ${error.log.hostKey?.fingerprint ?? ''}`,
        ],
        exitCode: EXIT.unreachable,
      });
    throw explain(error, { where: session.where, config: session.config, request });
  });
  const wrong = differs(session, options, made);
  if (wrong === undefined) return makeTransport(session, made);
  await made.channel.close();
  throw new TargetError(wrong, { where: session.where, exitCode: EXIT.unreachable });
}

/** A login that worked, though not as the first one did. */
function differs(session: Session, options: FreshOptions, made: Login): string | undefined {
  if (made.log.hostKey?.fingerprint !== session.pin.fingerprint)
    return `another host key answered: ${sanitizeLine(made.log.hostKey?.fingerprint ?? 'unknown')}`;
  const key = made.log.acceptedKey?.fingerprint;
  if (options.identity === undefined && session.identity && key !== session.identity.fingerprint)
    return `the login worked, but not with the key of the first one (${session.identity.fingerprint})`;
  return undefined;
}

/** Everything of the first call, with the host key nailed to the pinned one. */
function pinned(session: Session): Omit<Dial, 'logFile'> {
  const dial = { ...session.request.dial, configFile: session.configFile };
  return {
    ...dial,
    knownHosts: [session.pin.file],
    globalKnownHosts: false,
    hostKeyAlias: session.pin.alias,
    hostKeyAlgorithms: algorithmsOfPin(session.pin, session.config.algorithms.hostKeys),
  };
}

function describe(session: Session, it: Login): Connection {
  const { log } = it;
  const key = log.acceptedKey;
  const same = key !== undefined && key.fingerprint === session.identity?.fingerprint;
  return {
    transport: 'openssh',
    user: log.user ?? session.request.user,
    address: log.address ?? session.config.host,
    port: log.port ?? session.config.port,
    hostKey: log.hostKey?.fingerprint ?? '',
    hostKeyType: log.hostKey?.type ?? '',
    method: log.authenticated ?? 'none',
    ...(key === undefined ? {} : { keyFingerprint: key.fingerprint, keyName: sanitizeLine(key.name) }),
    ...(same && session.identity?.publicKey !== undefined ? { publicKey: session.identity.publicKey } : {}),
    root: it.root,
    kex: log.kex,
    cipher: log.cipher,
    mac: log.mac,
    client: session.client,
    viaProxy: log.viaProxy || session.config.viaProxy,
  };
}

type SudoPasswords = ReturnType<typeof rememberSudo>;

/** The sudo password of this session: asked once, used again by fresh logins, wiped at the end. */
function rememberSudo(ask: Ask, user: string, host: string) {
  let given: Secret | undefined;
  let kept: Secret | undefined;
  const askNow = async () => {
    const reply = await ask({ kind: 'sudo-password', user, host });
    given = reply.kind === 'secret' ? reply.secret : undefined;
    return given;
  };
  return {
    ask: askNow,
    again: async () => kept ?? askNow(),
    worked: (root: Connection['root']) => {
      if (root === 'sudo-password') kept = given;
    },
    wipe: () => {
      given?.wipe();
      kept?.wipe();
    },
  };
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

function whereOf(config: SshConfig, target: Target): string {
  return `${config.user}@${target.host}${config.port === 22 ? '' : ` port ${config.port}`}`;
}

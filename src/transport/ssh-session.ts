// A session after its first login: the transport it gives, later logins and visits. Rules: every later login uses the same
// frozen configuration, the same key and the pinned host key; one that works in another way than the first is refused.
import { EXIT, TargetError } from '../model/errors.ts';
import type { Connection, FreshOptions, Target, Transport } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { algorithmsOfPin, hostKeyVerdict, type Pin } from './host-keys.ts';
import type { Identity } from './identity.ts';
import type { OperatorKey } from './operator-key.ts';
import type { Pacing } from './pacing.ts';
import { visitDoor } from './probe.ts';
import type { SshConfig } from './ssh-config.ts';
import { explainFailure } from './ssh-failure.ts';
import { type Login, LoginFailed, type LoginRequest, login, type Shared } from './ssh-login.ts';
import type { Dial } from './ssh-options.ts';
import type { SudoPasswords } from './sudo-password.ts';

const FRESH_DEADLINE = 15_000;
/** Seconds for TCP and the first answer of a later login, at most. */
const CONNECT_SECONDS = 10;

/** What the first login settled. */
export type Session = {
  readonly shared: Shared;
  readonly request: LoginRequest;
  readonly config: SshConfig;
  readonly pin: Pin;
  readonly identity: Identity | undefined;
  /** The operator's key, where the first login was not by key. */
  readonly own: OperatorKey | undefined;
  readonly configFile: string;
  readonly client: Connection['client'];
  readonly passwords: SudoPasswords;
  readonly where: string;
  readonly pacing: Pacing;
  readonly open: Set<Login>;
  readonly root: Connection['root'];
};

/** Why a login failed, for a person. */
export function explain(
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
    passphraseGiven: error.attempt.passphraseGiven(),
    jumpHostKey: error.attempt.jumpHostKey(),
    offered: {
      'key exchange method': algorithms.kex,
      'host key type': algorithms.hostKeys,
      cipher: algorithms.ciphers,
      MAC: algorithms.macs,
    },
  });
}

/** The transport over one login of the session. */
export function makeTransport(session: Session, it: Login): Transport {
  session.open.add(it);
  const connection = describe(session, it);
  return {
    connection,
    run: it.channel.run,
    fresh: (options = {}) => freshLogin(session, options),
    async probe(options) {
      await session.pacing.visit();
      const door = await visitDoor(session.shared, {
        ...pinned(session),
        port: options.port,
        address: options.address,
        family: options.family,
        user: options.user ?? session.request.user,
        connectTimeout: options.patience ?? CONNECT_SECONDS,
      });
      if (door.kind === 'closed' && (door.reason === 'refused' || door.reason === 'unreachable'))
        session.pacing.unmet();
      return door;
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
    first: undefined,
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
      only: options.only,
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
    ...(session.own === undefined ? {} : { publicKey: session.own.publicKey }),
    root: it.root,
    kex: log.kex,
    cipher: log.cipher,
    mac: log.mac,
    client: session.client,
    viaProxy: log.viaProxy || session.config.viaProxy,
  };
}

/** user@host, for messages. */
export function whereOf(config: SshConfig, target: Target): string {
  return `${config.user}@${target.host}${config.port === 22 ? '' : ` port ${config.port}`}`;
}

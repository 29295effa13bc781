// One TCP connection, key exchange and login through the package. Rules: the host key is compared at once and before anything
// is offered; every error settles the attempt once and is listened to for ever; whoever waits for a person is not hurried;
// small packets go out at once (without that each exchange costs a round trip more).
import { connect, type Socket } from 'node:net';
import type { Family } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import {
  ALGORITHMS,
  type AnyAuthMethod,
  Client,
  type HostKeyAlgorithm,
  type NegotiatedAlgorithms,
  type Ssh2Client,
} from './ssh2-library.ts';

export type Ssh2Dial = {
  readonly host: string;
  /** Dialled instead of the host. */
  readonly address?: string | undefined;
  readonly family?: Family | undefined;
  readonly port: number;
  readonly user: string;
  /** Host key algorithms to offer. */
  readonly hostKeys: readonly HostKeyAlgorithm[];
  /** Must answer at once. False ends the connection before anything is offered. */
  readonly trusts: (hostKey: Buffer) => boolean;
  /** What to try next; false: nothing more. */
  readonly authenticate: (
    methods: readonly string[] | null,
    partial: boolean,
  ) => Promise<AnyAuthMethod | false>;
  /** Milliseconds, not counting the time a person needs. */
  readonly deadline: number;
  readonly waiting: () => boolean;
  /** Seconds until a connection that is not there counts as none. Default 10. */
  readonly patience?: number;
};

export type Ssh2Connection = {
  readonly client: Ssh2Client;
  readonly address: string;
  readonly port: number;
  readonly hostKey: Buffer;
  readonly algorithms: NegotiatedAlgorithms;
  /** Last thing that went wrong with this connection, for the reason of a loss. */
  readonly trouble: () => string | undefined;
};

type Reason =
  | 'unresolved'
  | 'refused'
  | 'unreachable'
  | 'no-answer'
  | 'silent'
  | 'not-ssh'
  | 'closed'
  | 'host-key'
  | 'algorithms'
  | 'late'
  | 'authentication';

/** No connection. `detail` is safe text; `hostKey` the key that was presented, if it came so far. */
export class DialFailed extends Error {
  override readonly name = 'DialFailed';
  readonly reason: Reason;
  readonly detail: string;
  readonly hostKey: Buffer | undefined;

  constructor(it: { reason: Reason; detail: string; hostKey: Buffer | undefined }) {
    super(`no connection: ${it.reason}`);
    this.reason = it.reason;
    this.detail = it.detail;
    this.hostKey = it.hostKey;
  }
}

const LOOK_EVERY = 250;
/** Milliseconds for TCP alone. */
const CONNECT_SECONDS = 10;
const KEEPALIVE = { keepaliveInterval: 5_000, keepaliveCountMax: 3 };

/** Rejects with DialFailed, and with what `authenticate` rejects with. */
export function dialSsh2(it: Ssh2Dial): Promise<Ssh2Connection> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const seen: Seen = {
      greeting: '',
      reached: false,
      denied: false,
      hostKey: undefined,
      algorithms: undefined,
      errors: [],
      late: false,
    };
    const socket = openSocket(it);
    const timer = hurry(it, seen, socket);
    let settled = false;
    let listening = false;
    const fail = (error: unknown) => {
      clearInterval(timer);
      socket.destroy();
      if (settled) return;
      settled = true;
      reject(error);
    };
    socket.once('connect', () => {
      seen.reached = true;
    });
    // Listening before the package does would let the first bytes pass it by.
    socket.on('newListener', (name) => {
      if (name !== 'data' || listening) return;
      listening = true;
      socket.on('data', (chunk: Buffer) => {
        if (seen.algorithms === undefined && seen.greeting.length < 512)
          seen.greeting += chunk.toString('latin1');
      });
    });
    client.on('handshake', (algorithms) => {
      seen.algorithms = algorithms;
    });
    client.on('error', (error: Error & { level?: string }) => {
      // One key of several that could not sign: the next is tried.
      if (error.level === 'agent') return;
      seen.errors.push(error);
      socket.destroy();
    });
    client.on('close', () => fail(new DialFailed(explain(seen))));
    client.on('ready', () => {
      clearInterval(timer);
      settled = true;
      if (seen.hostKey === undefined || seen.algorithms === undefined) return void socket.destroy();
      resolve({
        client,
        address: socket.remoteAddress ?? it.address ?? it.host,
        port: socket.remotePort ?? it.port,
        hostKey: seen.hostKey,
        algorithms: seen.algorithms,
        trouble: () => {
          const last = seen.errors.at(-1)?.message;
          return last === undefined ? undefined : sanitizeLine(last);
        },
      });
    });
    client.connect({
      sock: socket,
      username: it.user,
      readyTimeout: 0,
      ...KEEPALIVE,
      algorithms: {
        kex: [...ALGORITHMS.kex],
        cipher: [...ALGORITHMS.ciphers],
        hmac: [...ALGORITHMS.macs],
        serverHostKey: [...it.hostKeys],
        compress: ['none'],
      },
      hostVerifier: (key: Buffer) => {
        seen.hostKey ??= Buffer.from(key);
        const trusted = seen.hostKey.equals(key) && it.trusts(key);
        seen.denied ||= !trusted;
        return trusted;
      },
      authHandler: (methods, partial, next) => {
        it.authenticate(methods, partial === true).then(
          next as (method: AnyAuthMethod | false) => void,
          fail,
        );
      },
    });
  });
}

type Seen = {
  greeting: string;
  reached: boolean;
  denied: boolean;
  hostKey: Buffer | undefined;
  algorithms: NegotiatedAlgorithms | undefined;
  late: boolean;
  readonly errors: (Error & { level?: string; code?: unknown })[];
};

function openSocket(it: Ssh2Dial): Socket {
  const socket = connect({
    host: it.address ?? it.host,
    port: it.port,
    ...(it.family === undefined ? {} : { family: it.family === 'ipv4' ? 4 : 6 }),
  });
  socket.setNoDelay(true);
  return socket;
}

function hurry(it: Ssh2Dial, seen: Seen, socket: Socket): NodeJS.Timeout {
  let spent = 0;
  return setInterval(() => {
    if (it.waiting()) return;
    spent += LOOK_EVERY;
    if (spent < (seen.reached ? it.deadline : Math.min(it.deadline, (it.patience ?? CONNECT_SECONDS) * 1000)))
      return;
    seen.late = true;
    socket.destroy();
  }, LOOK_EVERY);
}

const SOCKET_REASONS: Readonly<Record<string, Reason>> = {
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ETIMEDOUT: 'no-answer',
};

function explain(seen: Seen): { reason: Reason; detail: string; hostKey: Buffer | undefined } {
  const error = seen.errors[0];
  const text = error?.message ?? '';
  const first = seen.greeting.split(/\r?\n/, 1)[0] ?? '';
  const as = (reason: Reason, detail = text) => ({
    reason,
    detail: sanitizeLine(detail),
    hostKey: seen.hostKey,
  });
  const known = SOCKET_REASONS[String(error?.code ?? '')];
  if (!seen.reached) return as(seen.late ? 'no-answer' : (known ?? 'unreachable'));
  if (seen.denied) return as('host-key');
  if (/no matching /i.test(text)) return as('algorithms');
  if (seen.algorithms !== undefined) {
    if (seen.late) return as('late');
    return as(error?.level === 'client-authentication' || error !== undefined ? 'authentication' : 'closed');
  }
  if (seen.greeting !== '' && !seen.greeting.includes('SSH-')) return as('not-ssh', first);
  if (seen.late) return as('silent');
  return as(seen.greeting === '' ? 'closed' : 'not-ssh', text || first);
}

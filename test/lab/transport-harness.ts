import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Host, LabUser } from '../../src/lab/host.ts';
import type { Reply } from '../../src/model/session.ts';
import type { Transport, TransportQuestion } from '../../src/model/target.ts';
import { Secret } from '../../src/text/secret.ts';
import { openTransport, parseTarget, type TransportOptions } from '../../src/transport/index.ts';

export type Connecting = Partial<Omit<TransportOptions, 'target' | 'ask'>> & {
  readonly user?: LabUser['name'];
  readonly port?: number;
  readonly address?: string;
  /** By question kind; what is not there is declined. */
  readonly answers?: Partial<Record<TransportQuestion['kind'], string>>;
};

export type Connected = { readonly transport: Transport; readonly asked: readonly TransportQuestion[] };

/** Opens transports to lab hosts with a state folder of their own; everything is closed after each test. */
export function useTransports(): {
  readonly connect: (host: Host, how?: Connecting) => Promise<Connected>;
  readonly directory: () => string;
} {
  let directory = '';
  const open: Transport[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'transport-lab-'));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((transport) => transport.close()));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const connect = async (host: Host, how: Connecting = {}): Promise<Connected> => {
    const { user = 'root', port = 22, address = host.address, answers = {}, ...options } = how;
    const asked: TransportQuestion[] = [];
    const ask = async (question: TransportQuestion): Promise<Reply> => {
      asked.push(question);
      const answer = answers[question.kind];
      if (answer === undefined) return { kind: 'decline' };
      return question.kind === 'host-key'
        ? { kind: 'accept' }
        : { kind: 'secret', secret: new Secret(answer) };
    };
    const transport = await openTransport({
      target: parseTarget(`${user}@${address.includes(':') ? `[${address}]` : address}:${port}`),
      identity: host.keyFile,
      knownHosts: host.knownHostsFile,
      sudo: 'auto',
      requireRoot: true,
      stateDir: join(directory, 'state'),
      pacing: { burst: 50, refill: 100, afterRefusal: 100 },
      ...options,
      ask,
    });
    open.push(transport);
    return { transport, asked };
  };
  return { connect, directory: () => directory };
}

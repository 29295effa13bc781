// Does anything answer on a port? A bare TCP connect that says nothing and leaves. Rules: no SSH is spoken, so it proves a
// listener and the way to it, not who it is; an sshd ≥ 9.8 counts even this as "noauth" (1 s), so pace it on an ssh port;
// it starts at this machine, so behind a jump host it tells nothing about the target.
import { connect } from 'node:net';
import type { Family } from '../model/target.ts';

export type TcpProbe =
  | { readonly kind: 'open'; readonly address: string }
  | { readonly kind: 'closed'; readonly reason: 'refused' | 'timeout' | 'unreachable' | 'unresolvable' };

const REASONS: Readonly<Record<string, 'refused' | 'timeout' | 'unreachable' | 'unresolvable'>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'refused',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'unresolvable',
  EAI_AGAIN: 'unresolvable',
};

/** Never rejects. `deadline` in milliseconds. */
export function probeTcp(it: {
  readonly host: string;
  readonly port: number;
  readonly family?: Family;
  readonly deadline?: number;
}): Promise<TcpProbe> {
  return new Promise((resolve) => {
    const socket = connect({
      host: it.host,
      port: it.port,
      ...(it.family === undefined ? {} : { family: it.family === 'ipv4' ? 4 : 6 }),
    });
    const settle = (result: TcpProbe) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => settle({ kind: 'closed', reason: 'timeout' }), it.deadline ?? 5_000);
    socket.once('connect', () => settle({ kind: 'open', address: socket.remoteAddress ?? it.host }));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: 'closed', reason: REASONS[error.code ?? ''] ?? 'unreachable' }),
    );
  });
}

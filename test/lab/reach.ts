// Who reaches what, seen from outside: one real connection attempt.
import { connect } from 'node:net';

/** "open", "refused" (an answer, but nobody listens or it is rejected) or "silent" after a second. */
export function reach(it: {
  address: string;
  port: number;
  /** Address of this machine to come from. */
  from?: string;
}): Promise<'open' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connect({
      host: it.address,
      port: it.port,
      ...(it.from === undefined ? {} : { localAddress: it.from }),
    });
    const end = (how: 'open' | 'refused' | 'silent') => {
      socket.destroy();
      resolve(how);
    };
    socket.setTimeout(1000, () => end('silent'));
    socket.once('connect', () => end('open'));
    socket.once('error', (problem: NodeJS.ErrnoException) =>
      end(problem.code === 'ECONNREFUSED' ? 'refused' : 'silent'),
    );
  });
}

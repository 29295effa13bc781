import { createServer, type Socket, connect as tcpConnect } from 'node:net';

/** A TCP relay on this machine's loopback. */
export interface Relay {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Relays TCP to `target`, holding every chunk back for `delay` milliseconds each way, in order. The kernels labs run
 * on often lack netem; this gives the same round trips to anything that speaks TCP.
 */
export async function startRelay(target: { host: string; port: number; delay: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = tcpConnect({ host: target.host, port: target.port, noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      const later = (act: () => void) => setTimeout(() => to.destroyed || act(), target.delay);
      from.on('data', (chunk) => later(() => to.write(chunk)));
      from.on('end', () => later(() => to.end()));
      from.on('error', () => later(() => to.destroy()));
      from.on('close', () => {
        sockets.delete(from);
        later(() => to.destroySoon());
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    host: '127.0.0.1',
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

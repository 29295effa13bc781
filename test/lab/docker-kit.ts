import type { Host } from '../../src/lab/host.ts';
import type { Reached } from '../../src/model/outside.ts';
import { reach } from '../../src/transport/reach.ts';

type From = 'stranger' | 'operator';

/** What somebody sees of a port of the host, over IPv4 and over IPv6. */
export async function seen(host: Host, port: number, from: From = 'stranger'): Promise<readonly Reached[]> {
  const [v4, v6] =
    from === 'stranger'
      ? [host.strangerAddress, host.strangerAddress6]
      : [host.operatorAddress, host.operatorAddress6];
  const patience = 1_500;
  return Promise.all([
    reach({ address: host.address, port, from: v4, patience }),
    reach({ address: host.address6, port, from: v6, patience }),
  ]);
}

import { describe } from 'vitest';
import { describeLab } from './harness.ts';
import { useTransportContract } from './transport-contract.ts';

await describeLab('the transport on a real host', () => {
  describe.each(['bookworm', 'trixie'] as const)('%s', (image) => {
    useTransportContract({ image, kind: 'openssh', version: /^OpenSSH_/ });
  });
});

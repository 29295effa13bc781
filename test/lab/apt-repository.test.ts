import { expect, it } from 'vitest';
import { ensureRepository, offerPackages } from '../../src/lab/apt-repository.ts';
import { describeLab, useHost } from './harness.ts';

await describeLab('the local package repository', () => {
  const host = useHost({ image: 'trixie-bare' });

  it('lets a bare host install a real package with its dependencies by apt-get', async () => {
    const repository = await ensureRepository({ release: 'trixie', packages: ['nftables'] });
    expect((await host().console('command -v nft')).stdout).toBe('');
    const offer = await offerPackages(host(), repository);
    const installed = await host().console(
      'DEBIAN_FRONTEND=noninteractive apt-get -q -y install nftables 2>&1',
    );
    expect(installed.code, installed.stdout).toBe(0);
    expect((await host().console('nft add table inet lab && nft list tables')).stdout).toBe(
      'table inet lab\n',
    );
    expect((await host().console('apt-get -q -y install no-such-package')).code).toBe(100);
    await offer.close();
  });
});

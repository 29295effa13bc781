import { beforeAll, describe, expect, it } from 'vitest';
import { prepareDocker, startContainer } from '../../src/lab/docker.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import { seen } from './docker-kit.ts';
import { describeLab, useHost } from './harness.ts';

const ONLY_SSH = `table inet only_ssh {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    tcp dport 22 accept
    meta l4proto ipv6-icmp accept
  }
}
`;

await describeLab('Docker in the lab', () => {
  describe.each(['bookworm-docker', 'trixie-docker'] as const)('on %s', (image) => {
    const host = useHost({ image });
    beforeAll(async () => {
      await prepareDocker(host());
      await startContainer(host(), { name: 'web', publish: ['8080:80'] });
      await startContainer(host(), { name: 'six', publish: ['[::]:8086:80'] });
      await startContainer(host(), { name: 'inner', publish: ['127.0.0.1:5432:80'] });
    });

    it('publishes to everybody, to IPv6 alone, and to the host itself', async () => {
      expect(await seen(host(), 8080)).toEqual(['answers', 'answers']);
      expect(await seen(host(), 8086)).toEqual(['refused', 'answers']);
      expect(await seen(host(), 5432)).toEqual(['refused', 'refused']);
      const asked = await host().console('curl -s http://127.0.0.1:5432; curl -s "http://[::1]:8080"');
      expect(asked.stdout).toBe('inner\nweb\n');
    });

    it('passes a firewall that allows ssh alone over IPv4; over IPv6 a process of the host stands in for it', async () => {
      const loaded = await host().console('nft -f -', { stdin: ONLY_SSH });
      expect(loaded.stderr).toBe('');
      expect(await seen(host(), 22)).toEqual(['answers', 'answers']);
      expect(await seen(host(), 8080), 'the bypass').toEqual(['answers', 'silent']);
      expect(await seen(host(), 8086)).toEqual(['silent', 'silent']);
      await host().console('nft delete table inet only_ssh');
    });

    it('has a manifest that tells when a container is gone', async () => {
      const before = await host().manifest();
      expect(before.get('container web')).toMatch(/ lab-web running 0\.0\.0\.0:8080->80\/tcp/);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      await host().console('docker rm -f six');
      expect(diffManifests(before, await host().manifest()).join('\n')).toContain('removed container six');
    });
  });
});

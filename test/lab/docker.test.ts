import { beforeAll, describe, expect, it } from 'vitest';
import { gather } from '../../src/facts/gather.ts';
import { prepareDocker, startContainer } from '../../src/lab/docker.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import { seen } from './docker-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { useTransports } from './transport-harness.ts';

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
  const transports = useTransports();
  describe.each(onImages('trixie-docker', 'bookworm-docker'))('on %s', (image) => {
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

    it('is known to the facts as it is, and a stopped one is not woken by asking', async () => {
      const { transport } = await transports.connect(host());
      const before = await host().manifest();
      const { docker } = await gather(transport);
      const port = { image: 'lab-web', protocol: 'tcp', containerPort: 80 };
      expect(docker).toMatchObject({
        kind: 'known',
        value: {
          running: true,
          rules: 'nft',
          ipv6Rules: false,
          userlandProxy: true,
          bridges: ['docker0'],
          userChain: { ipv4: [], ipv6: [] },
          published: expect.arrayContaining([
            { ...port, container: 'web', address: '0.0.0.0', port: 8080, lastPort: 8080 },
            { ...port, container: 'web', address: '::', port: 8080, lastPort: 8080 },
            { ...port, container: 'six', address: '::', port: 8086, lastPort: 8086 },
            { ...port, container: 'inner', address: '127.0.0.1', port: 5432, lastPort: 5432 },
          ]),
        },
      });
      expect(before.get('container web')).toMatch(/ lab-web running 0\.0\.0\.0:8080->80\/tcp/);
      await host().console('docker rm -f six');
      expect(diffManifests(before, await host().manifest()).join('\n')).toContain('removed container six');
      await host().console('systemctl stop docker.service');
      expect((await host().console('systemctl is-active docker.socket')).stdout).toBe('active\n');
      expect((await gather(transport)).docker).toMatchObject({ kind: 'known', value: { running: false } });
      expect((await host().console('systemctl is-active docker.service')).stdout).toBe('inactive\n');
      await host().console('systemctl start docker.service');
    });
  });
});

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { sshBanner } from '../../src/lab/host.ts';
import { describeLab, useHost } from './harness.ts';

await describeLab('the lab', () => {
  describe.each(['bookworm', 'trixie'] as const)('a %s host', (image) => {
    const host = useHost({ image });

    it('lets root in with the operator key, over IPv4 and IPv6', async () => {
      const v4 = await host().ssh('id -u; echo $SSH_CONNECTION');
      expect(v4.stderr).toBe('');
      expect(v4.stdout).toMatch(new RegExp(`^0\n${host().operatorAddress} \\d+ ${host().address} 22\n$`));
      const v6 = await host().ssh('echo $SSH_CONNECTION', { address: host().address6 });
      expect(v6.stdout).toMatch(new RegExp(`^${host().operatorAddress6} \\d+ ${host().address6} 22\n$`));
    });

    it('sees a stranger come from another address, on both families', async () => {
      const from = { options: ['-b', host().strangerAddress] };
      expect((await host().ssh('echo $SSH_CLIENT', from)).stdout.split(' ')[0]).toBe(host().strangerAddress);
      const from6 = { options: ['-b', host().strangerAddress6], address: host().address6 };
      expect((await host().ssh('echo $SSH_CLIENT', from6)).stdout.split(' ')[0]).toBe(
        host().strangerAddress6,
      );
    });

    it('has a sudo user with a password and one without', async () => {
      const password = host().users.find((user) => user.name === 'ana')?.password;
      const asked = await host().ssh("sudo -S -p '' id -u", { user: 'ana', stdin: `${password}\n` });
      expect(asked.stdout).toBe('0\n');
      expect((await host().ssh('sudo -n id -u', { user: 'ana' })).code).toBe(1);
      expect((await host().ssh('sudo -n id -u', { user: 'deploy' })).stdout).toBe('0\n');
    });

    it('opens its console without ssh, and tells exit code, output and errors apart', async () => {
      const result = await host().console('cat; echo "$1" >&2; exit 7', {
        stdin: 'in',
        args: ['it’s "quoted"'],
      });
      expect(result).toEqual({ code: 7, stdout: 'in', stderr: 'it’s "quoted"\n' });
      expect(await host().settled()).toBe('running');
    });
  });

  describe('a bare trixie host', () => {
    const host = useHost({ image: 'trixie-bare', smallDisks: { '/var/lib/small': '64K' } });

    it('runs sshd and sudo, and lacks what a minimal install lacks', async () => {
      const tools =
        'for tool in python3 nft iptables openssl curl lsattr; do command -v $tool; done; command -v sudo';
      expect((await host().ssh(tools)).stdout).toBe('/usr/bin/sudo\n');
    });

    it('cannot touch this machine’s clock, modules or raw memory, and nothing it sends is passed on', async () => {
      const status = (await host().console('cat /proc/1/status')).stdout;
      const bounding = BigInt(`0x${/^CapBnd:\s*(\w+)$/m.exec(status)?.[1]}`);
      const [module, rawMemory, networkAdmin, time] = [16n, 17n, 12n, 25n].map(
        (bit) => (bounding >> bit) & 1n,
      );
      expect({ module, rawMemory, networkAdmin, time }).toEqual({
        module: 0n,
        rawMemory: 0n,
        networkAdmin: 1n,
        time: 0n,
      });
      expect(await readFile(`/proc/sys/net/ipv4/conf/${host().link}/forwarding`, 'utf8')).toBe('0\n');
    });

    it('has a small disk that fills up and keeps its files over a power cut', async () => {
      const fill = 'echo kept >/var/lib/small/kept && head -c 100000 /dev/zero >/var/lib/small/fill';
      expect((await host().console(fill)).stderr).toContain('No space left on device');
      await host().powerCut();
      await host().boot();
      expect(await host().readFile('/var/lib/small/kept')).toBe('kept\n');
    });

    it('falls silent when its link is cut and comes back when it is restored', async () => {
      await host().cut();
      expect(await sshBanner(host().address, 22)).toBeUndefined();
      expect((await host().console('echo still here')).stdout).toBe('still here\n');
      await host().restore();
      expect((await host().ssh('echo back', { address: host().address6 })).stdout).toBe('back\n');
    });

    it('is reached late through a delaying relay, with its pinned key', async () => {
      const relay = await host().delay(60);
      const started = performance.now();
      const late = await host().ssh('echo late', { address: relay.host, port: relay.port });
      expect(late.stdout).toBe('late\n');
      // Banner, key exchange, authentication and command are at least four round trips of 120 ms.
      expect(performance.now() - started).toBeGreaterThan(480);
    });

    it('stops answering while it is frozen', async () => {
      await host().freeze();
      expect(await sshBanner(host().address, 22)).toBeUndefined();
      await host().thaw();
      expect(await sshBanner(host().address, 22)).toMatch(/^SSH-2\.0-OpenSSH/);
    });

    it('keeps its files and its keys over a reboot from inside', async () => {
      const boot = 'cat /proc/sys/kernel/random/boot_id /proc/1/stat | cut -d " " -f 1,22';
      const before = await host().console(boot);
      await host().writeFile('/root/kept', 'kept', '0600');
      await host().reboot();
      expect((await host().console(boot)).stdout).not.toBe(before.stdout);
      expect((await host().ssh('cat /root/kept; stat -c %a /root/kept')).stdout).toBe('kept600\n');
    });

    it('boots again after a power cut, without any shutdown work having run', async () => {
      await host().writeFile(
        '/etc/systemd/system/farewell.service',
        '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecStop=/bin/touch /root/farewell\n',
      );
      expect((await host().console('systemctl daemon-reload && systemctl start farewell')).code).toBe(0);
      await host().powerCut();
      expect(host().running).toBe(false);
      await host().boot();
      expect((await host().ssh('test -e /root/farewell || echo none')).stdout).toBe('none\n');
    });
  });
});

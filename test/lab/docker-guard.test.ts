// What containers publish obeys a policy on a real host, whatever is restarted; and everything comes back.
import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareDocker, startContainer } from '../../src/lab/docker.ts';
import type { Manifest } from '../../src/lab/manifest.ts';
import type { AnswerValue } from '../../src/model/control.ts';
import type { Plan } from '../../src/model/plan.ts';
import { draftPlan, finishPlan } from '../../src/plan/plan.ts';
import { commit, startTransaction, startUndo } from '../../src/transaction/driver.ts';
import { firewall } from '../../steps/firewall.ts';
import { seen } from './docker-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { surveyOf } from './plan-kit.ts';
import { consoleTransport, differences, requestOf } from './transaction-kit.ts';
import { useTransports } from './transport-harness.ts';

await describeLab('containers behind a policy', () => {
  const transports = useTransports();

  describe.each(onImages('trixie-docker', 'bookworm-docker'))('on %s', (image) => {
    const host = useHost({ image });
    let before: Manifest;
    let applied: string;

    // 8080 to everybody, 8081 to the operator alone, the rest to nobody.
    const answers = () =>
      new Map<string, AnswerValue>([
        ['firewall.ssh-from', ['everyone']],
        [
          'firewall.open',
          [
            '8080/tcp',
            `8081/tcp from ${host().operatorAddress} ${host().operatorAddress6} 192.0.2.0/24 2001:db8::/32`,
          ],
        ],
      ]);
    const plan = async (): Promise<Plan> => {
      const { transport } = await transports.connect(host());
      const context = await surveyOf(transport);
      await transport.close();
      const draft = draftPlan({ context, steps: [firewall], answers: answers() });
      return finishPlan(draft, undefined, { tool: '0', created: '' });
    };
    const results = (it: Plan) =>
      Object.fromEntries(
        it.findings.filter((one) => one.control.includes('docker')).map((one) => [one.control, one.result]),
      );
    const run = async (script: string) => {
      const { code, stderr } = await host().console(script);
      expect(code, stderr).toBe(0);
    };
    /** IPv4 and IPv6 for the stranger, then for the operator. */
    const doors = async (port: number) => [
      ...(await seen(host(), port)),
      ...(await seen(host(), port, 'operator')),
    ];
    const everybody = ['answers', 'answers', 'answers', 'answers'];
    const operator = ['silent', 'silent', 'answers', 'answers'];
    const nobody = ['silent', 'silent', 'silent', 'silent'];
    const expectPolicy = async () => {
      // A host that has just come up, or a container, may need a moment.
      const all = () => Promise.all([8080, 8081, 5432].map(doors));
      await expect.poll(all, { timeout: 60_000 }).toEqual([everybody, operator, nobody]);
    };

    const apply = async () => {
      const made = await plan();
      const transport = consoleTransport(host());
      const contents = Object.values(made.contents).map((it) => Buffer.from(it, 'base64').toString());
      const { request, token } = requestOf({ changes: made.changes, contents, lease: 120, wait: 60 });
      const started = await startTransaction(transport, request);
      expect(started.status).toMatchObject({ state: 'APPLIED' });
      await expectPolicy();
      expect((await commit(transport, started.handle, token)).kind).toBe('committed');
      applied = request.id;
    };

    beforeAll(async () => {
      // IPv6 by Docker's own rules, so that both families take the way past the host's rules.
      await run('mkdir -p /etc/docker');
      await host().writeFile(
        '/etc/docker/daemon.json',
        '{ "ipv6": true, "fixed-cidr-v6": "fd00:d0c::/64", "experimental": true, "ip6tables": true }',
        '0644',
      );
      await run('systemctl restart docker');
      await prepareDocker(host());
      await run('docker network create shop >/dev/null');
      await startContainer(host(), { name: 'web', publish: ['8080:80'] });
      await startContainer(host(), { name: 'staff', publish: ['8081:80'], network: 'shop' });
      await startContainer(host(), { name: 'db', publish: ['5432:5432'], port: 5432 });
      before = await host().manifest();
    });

    it('are open to everybody before, and the plan says which and how to bind them', async () => {
      expect(await doors(5432)).toEqual(everybody);
      const made = await plan();
      expect(results(made)).toEqual({ 'firewall.docker-databases': 'fail', 'firewall.docker-ports': 'fail' });
      const said = made.findings.flatMap((one) => one.evidence).join('\n');
      expect(said).toContain('container db (lab-web) publishes 5432/tcp on');
      expect(said).toContain('127.0.0.1:5432:5432');
      expect(said).not.toContain('127.0.0.1:8080');
      expect(differences(before, await host().manifest())).toEqual([]);
    });

    it('are closed for the stranger and open where the policy says, both families; a second plan is empty', async () => {
      await apply();
      const again = await plan();
      expect(results(again)).toEqual({
        'firewall.docker-databases': 'pass',
        'firewall.docker-ports': 'pass',
      });
      expect(again.changes.filter(({ action }) => action !== 'none')).toEqual([]);
    });

    it('come back open, byte for byte, when it is undone', async () => {
      const { request, token } = requestOf({ changes: [], lease: 120, wait: 60 });
      const undo = await startUndo(consoleTransport(host()), { ...request, undoes: applied });
      if (undo.kind !== 'started') throw new Error('nothing was undone');
      expect((await commit(consoleTransport(host()), undo.handle, token)).kind).toBe('committed');
      expect(await doors(5432)).toEqual(everybody);
      expect(differences(before, await host().manifest())).toEqual([]);
    });

    // What follows is Docker's doing and the kernel's, the same on both.
    if (image === 'bookworm-docker') return;

    it('still reach the world, each other, and a published port of their own host', async () => {
      await apply();
      const from = async (container: string, address: string, port: number) =>
        (
          await host().console('docker exec -i "$1" nc -w 3 "$2" "$3"', {
            args: [container, address, String(port)],
            stdin: 'GET / HTTP/1.0\r\n\r\n',
          })
        ).stdout
          .split('\n')
          .at(-2);
      const [gateway] = (
        await host().console("ip -4 -o addr show docker0 | grep -o '172[0-9.]*'")
      ).stdout.split('\n');
      expect(await from('db', gateway ?? '', 8080)).toBe('web');
      expect(await from('db', host().address, 8081)).toBe('staff');
      const web = (
        await host().console("docker inspect -f '{{.NetworkSettings.IPAddress}}' web")
      ).stdout.trim();
      expect(await from('db', web, 80)).toBe('web');
      const world = createServer((socket) => socket.resume().end('the world\n'));
      await new Promise<void>((listening) => world.listen(0, host().operatorAddress, listening));
      const { port } = world.address() as AddressInfo;
      expect(await from('db', host().operatorAddress, port)).toBe('the world');
      world.close();
    });

    it('stay closed when containers, networks and Docker come and go, and when the ruleset is flushed', async () => {
      await run('docker restart db staff >/dev/null');
      await run('docker network create later >/dev/null');
      await startContainer(host(), { name: 'late', publish: ['3306:80'], network: 'later' });
      expect(await doors(3306), 'a network nobody knew of').toEqual(nobody);
      // These tests start Docker more often in a minute than systemd allows: each start begins to count anew.
      const anew = 'systemctl reset-failed docker.service docker.socket';
      await run(`${anew} && systemctl restart docker`);
      await expectPolicy();
      await run(
        `${anew} && systemctl stop docker docker.socket && nft flush ruleset && systemctl restart portcullis-firewall && ${anew} && systemctl start docker`,
      );
      await expectPolicy();
    });

    it('stay closed after a reboot, and to a neighbour who knows the address of a container', async () => {
      await host().reboot();
      await host().settled();
      await expectPolicy();
      await startContainer(host(), { name: 'inner', publish: ['127.0.0.1:6379:80'] });
      const inner = (
        await host().console("docker inspect -f '{{.NetworkSettings.IPAddress}}' inner")
      ).stdout.trim();
      await run(`ip netns add neighbour && ip link add up0 type veth peer name up1 netns neighbour
        ip addr add 10.99.0.1/24 dev up0 && ip link set up0 up
        ip -n neighbour addr add 10.99.0.2/24 dev up1 && ip -n neighbour link set up1 up
        ip -n neighbour route add default via 10.99.0.1`);
      const ask = () => host().console(`ip netns exec neighbour curl -s -m 3 http://${inner}/`);
      expect((await ask()).stdout).toBe('');
      await run('nft delete table inet portcullis_docker');
      expect((await ask()).stdout, 'what Docker allows').toBe('inner\n');
      expect(results(await plan())['firewall.docker-ports']).toBe('fail');
    });
  });
});

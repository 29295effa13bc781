// Secrets where a real Docker shows them: found in containers, images, what building left, and compose files; a daemon that is stopped stays so.
import { beforeAll, expect, it } from 'vitest';
import { prepareDocker } from '../../src/lab/docker.ts';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

const VALUES = {
  DB_PASSWORD: 'kX9vQ2mWz7Lr4TnB8sYc1HpD6gJf3EaU',
  API_TOKEN: 'Zt5Rw8Kd1Qn6Xb3Vm9Ls4Hc7Yg2Jf0Pa',
  BUILD_KEY: 'Ue6Ny3Gb9Tk2Wq7Mz5Fx8Cj1Rp4Vh0Ld',
  BAKED: 'Oq8Jm2Xs5Lw9Zc4Rt7Ep1Kv6By3Ng0Hd',
} as const;
const INVENTORY = [
  'DB_PASSWORD in /srv/shop/.env container web',
  'API_TOKEN in /srv/shop/.env container web',
  'BUILD_KEY in /srv/shop/.env',
  'BAKED in /srv/shop/.env',
];
const COMPOSE = '/srv/shop/compose.yaml';
const PLANT = `set -e
cd /srv/shop
docker run -d --name web --restart always --label com.docker.compose.project.config_files=${COMPOSE},/srv/shop/more.yaml \
  --env-file container.env lab-web >/dev/null
docker create --name job lab-web sh -c 'true --token ${VALUES.API_TOKEN}' >/dev/null
docker save lab-web >/dev/null
docker export web | docker import --change 'ENV BAKED=${VALUES.BAKED}' - shop:1 >/dev/null
printf 'FROM lab-web\\nARG KEY\\nRUN ["/bin/sh", "-c", "exit 0"]\\nENV BUILT=$KEY\\n' >Dockerfile
DOCKER_BUILDKIT=0 docker build -q --build-arg KEY=${VALUES.BUILD_KEY} -t built:1 . >/dev/null 2>&1
`;
const SAID = ['--set', `secrets.inventory=${INVENTORY.join(',')}`, '--set', 'secrets.rotate='];

type Finding = { readonly control: string; readonly result: string; readonly evidence: readonly string[] };

for (const image of onImages('trixie-docker', 'bookworm-docker')) {
  await describeLab(`secrets that Docker shows on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let before: Manifest;
    beforeAll(async () => {
      cli = await cliFor(host);
      await prepareDocker(host());
      const text = Object.entries(VALUES).map(([key, value]) => `${key}=${value}\n`);
      await host().console('mkdir -p /srv/shop');
      await host().writeFile('/srv/shop/.env', text.join(''), '0600');
      await host().writeFile(
        '/srv/shop/container.env',
        `DATABASE_URL=postgres://app:${VALUES.DB_PASSWORD}@db/app\nAPI_TOKEN=an-earlier-one\n`,
        '0600',
      );
      await host().writeFile(
        COMPOSE,
        `services:\n  web:\n    environment:\n      API_TOKEN: ${VALUES.API_TOKEN}\n`,
        '0664',
      );
      const { code, stderr } = await host().console(PLANT);
      expect([code, stderr]).toEqual([0, '']);
      before = await host().manifest();
    }, 120_000);

    async function findings(): Promise<ReadonlyMap<string, Finding>> {
      const { stdout, stderr } = await cli.on('secrets', 'validate', ...SAID, '--json');
      for (const value of Object.values(VALUES)) expect(stdout + stderr).not.toContain(value);
      const { findings: all } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { findings: Finding[] };
      return new Map(all.map((it) => [it.control, it]));
    }

    it('tells each place by name and no value, and leaves no trace', async () => {
      const found = await findings();
      const evidence = (control: string) => [...(found.get(`secrets.${control}`)?.evidence ?? [])].sort();
      expect(evidence('docker-inspect')).toEqual(['job shows API_TOKEN', 'web shows DB_PASSWORD']);
      expect(evidence('images')).toEqual([
        'the image built:1 holds BUILD_KEY',
        'the image shop:1 holds BAKED',
      ]);
      expect(evidence('compose')).toEqual([`${COMPOSE} holds API_TOKEN and is open to everyone (mode 0664)`]);
      expect(evidence('in-use')).toEqual(['the container web was made with another value of API_TOKEN']);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    }, 60_000);

    it('shuts the compose file to strangers, has nothing left to do there, and gives it back', async () => {
      const words = ['--steps', 'secrets', ...SAID, '--recheck', 'none'];
      const applied = await cli.on('apply', '--yes', ...words);
      expect(applied.code, applied.stderr).toBe(0);
      expect((await host().console(`stat -c %a ${COMPOSE}`)).stdout).toBe('660\n');
      const again = await cli.on('plan', '--steps', 'secrets', ...SAID, '--format', 'json');
      const { changes } = JSON.parse(again.stdout) as { changes: { action: string }[] };
      expect(changes.filter(({ action }) => action !== 'none')).toEqual([]);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    }, 120_000);

    it('does not start a daemon that was stopped, although its socket is there', async () => {
      expect((await host().console('systemctl stop docker.service; test -S /run/docker.sock')).code).toBe(0);
      const found = await findings();
      for (const control of ['docker-inspect', 'images', 'compose'])
        expect(found.get(`secrets.${control}`)?.result ?? 'notapplicable').toBe('notapplicable');
      expect((await host().console('systemctl is-active docker.service')).stdout).toBe('inactive\n');
    }, 60_000);
  });
}

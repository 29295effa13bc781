// Secrets of a real application on a real host: everything that can be wrong is found, nothing of it is told, nothing is touched.
import { beforeAll, expect, it } from 'vitest';
import { cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { changedSince, INVENTORY, OLD_PASSWORD, plantApplication, WEAK_TOKEN } from './secrets-kit.ts';

const DECLARED = `secrets.inventory=${INVENTORY.join(',')}`;
const FAILING = 'set default strength reuse repeated modes copies unit-environment git in-use roles';

for (const image of onImages('trixie-services', 'bookworm-services')) {
  await describeLab(`declared secrets on ${image}`, () => {
    const host = useHost({ image });
    let on: Awaited<ReturnType<typeof cliFor>>['on'];
    beforeAll(async () => {
      ({ on } = await cliFor(host));
      await plantApplication(host());
    }, 60_000);

    it('finds every fault, tells no value, and leaves no trace', async () => {
      const before = await host().manifest();
      const { code, stdout, stderr } = await on('secrets', 'validate', '--set', DECLARED, '--json');
      expect(stderr).toBe('');
      expect(code).toBe(2);
      const failing = (
        JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { findings: { control: string }[] }
      ).findings;
      const want = FAILING.split(' ').map((it) => `secrets.${it}`);
      expect(failing.map(({ control }) => control).sort()).toEqual(want.sort());
      const { stdout: listed } = await on('secrets', 'list', '--set', DECLARED);
      for (const value of [OLD_PASSWORD, WEAK_TOKEN, 'older-and-forgotten'])
        expect(stdout + listed).not.toContain(value);
      expect(listed).toContain('DB_PASSWORD');
      expect(await changedSince(before, host())).toEqual([]);
    }, 60_000);
  });
}

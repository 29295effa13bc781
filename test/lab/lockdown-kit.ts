// What both files about lockdowns on real hosts wait for.
import { expect } from 'vitest';
import type { Host } from '../../src/lab/host.ts';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { until } from './cli-kit.ts';

const QUIET =
  '[ ! -e /var/lib/portcullis/lock/holder ] && [ "$(systemctl show -P ActiveState portcullis-lockdown-end.service)" = inactive ]';

/** Nothing of ours is at work any more. */
export async function quiet(host: Host): Promise<void> {
  await until(async () => (await host.console(QUIET)).code === 0, 40_000);
  await host.settled();
}

export async function expectSame(host: Host, before: Manifest): Promise<void> {
  await quiet(host);
  expect(diffManifests(before, await host.manifest())).toEqual([]);
}

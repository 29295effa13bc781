// What one session may cost on the wire (design: budgets). Counts only: times belong to the benchmark, docs/performance.md.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { allBut, rehearsalCounted, walkCounted } from './budget-kit.ts';
import { describeLab, useHost } from './harness.ts';

await describeLab('The price of a session', () => {
  const host = useHost({ image: 'bookworm' });

  it('is one login and a handful of exchanges, and does not grow with the number of controls', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'portcullis-budget-'));
    afterAll(() => rm(stateDir, { recursive: true, force: true }));
    const one = await walkCounted(host(), { stateDir, without: allBut('sshd.login-grace-time') });
    const all = await walkCounted(host(), { stateDir });

    for (const walk of [one, all]) {
      expect(walk.outcomes).toEqual(['committed', 'nothing-to-do', 'undone']);
      expect(walk.connect).toEqual({ exchanges: 0, polls: 0, connections: 1, logins: 1 });
      expect(walk.discover).toEqual({ exchanges: 1, polls: 0, connections: 0, logins: 0 });
      expect(walk.plan.exchanges).toBeLessThanOrEqual(1);
      expect(walk.plan).toMatchObject({ polls: 0, connections: 0, logins: 0 });
      expect(walk.apply.exchanges - walk.apply.polls).toBeLessThanOrEqual(6);
      // Looking whether anything is to be done is all that is done.
      expect(walk.again.exchanges).toBeLessThanOrEqual(1);
      expect(walk.again).toMatchObject({ polls: 0, connections: 0, logins: 0 });
    }
    expect(all.changes).toBeGreaterThan(one.changes);
    expect(all.apply.exchanges - all.apply.polls).toBe(one.apply.exchanges - one.apply.polls);
  });

  it('is two exchanges more for a rehearsal of all steps, with packets and with what apt says', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'portcullis-budget-'));
    afterAll(() => rm(stateDir, { recursive: true, force: true }));
    const seen = await rehearsalCounted(host(), stateDir);
    expect(seen.exchanges).toBeLessThanOrEqual(2);
    expect(seen.packets).toBeGreaterThan(0);
    expect(seen.packages).toBeGreaterThan(0);
  });
});

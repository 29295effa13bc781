import { afterAll, beforeAll, describe } from 'vitest';
import { type BootOptions, bootHost, type Host } from '../../src/lab/host.ts';
import { labProblems } from '../../src/lab/requirements.ts';

/** Why no host can be booted here, or null when one can. */
async function labAvailable(): Promise<string | null> {
  const problems = await labProblems();
  return problems.length === 0 ? null : problems.join('; ');
}

/**
 * A block of tests on real hosts. Where root Linux is there, a lacking lab fails the block; elsewhere the block is
 * reported as skipped and its name says why.
 */
export async function describeLab(name: string, define: () => void): Promise<void> {
  const reason = await labAvailable();
  const rootLinux = process.platform === 'linux' && process.getuid?.() === 0;
  if (reason !== null && !rootLinux) {
    describe.skipIf(true)(`${name} (skipped: ${reason})`, define);
    return;
  }
  describe(name, () => {
    beforeAll(() => {
      if (reason !== null) throw new Error(`the lab cannot run here: ${reason}`);
    });
    define();
  });
}

/** One host for all tests of the enclosing block: booted before the first, destroyed after the last. */
export function useHost(options: BootOptions): () => Host {
  let host: Host | undefined;
  beforeAll(async () => {
    host = await bootHost({ onProgress: (line) => process.stderr.write(`lab: ${line}\n`), ...options });
  });
  afterAll(async () => {
    await host?.destroy();
  });
  return () => {
    if (!host) throw new Error('the host is there only inside tests and hooks');
    return host;
  };
}

/** Whether every test runs on everything it is meant for, as PORTCULLIS_LAB=whole in the environment asks. */
const whole = process.env.PORTCULLIS_LAB === 'whole';

/** Images, or other cases, of tests that cost much and hardly answer differently: the first in `npm test`, all in a whole run. */
export function onImages<const Case extends string | number>(...cases: readonly Case[]): readonly Case[] {
  return whole ? cases : cases.slice(0, 1);
}

/** Tests that cost more than they find in every run: of a whole run only. */
export function inWholeRuns(define: () => void): void {
  if (whole) define();
}

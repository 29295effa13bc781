// What the benchmark needs from the sources, as one module it can bundle.

import { gatherCommand } from '../../src/facts/gather.ts';
import type { Host } from '../../src/lab/host.ts';
import type { Step } from '../../src/model/control.ts';
import { createSession } from '../../src/session/session.ts';
import { renderForShell } from '../../src/text/command.ts';
import { steps } from '../../steps/index.ts';
import { walkOf } from './walk-of.ts';

export { ensureRepository, offerPackages } from '../../src/lab/apt-repository.ts';
export { bootHost } from '../../src/lab/host.ts';
export { diffManifests } from '../../src/lab/manifest.ts';
export { allBut, CHOICES, rehearsalCounted, walkCounted } from './budget-kit.ts';

/** The facts script alone, as a text that any `ssh HOST sh` can run: the floor of every look at a host. */
export function factsScript(): string {
  const nonce = 'f'.repeat(32);
  return `printf '%s\\n' ${nonce} | {\n${renderForShell(gatherCommand(nonce))}\n}\n`;
}

/** Connects, looks and judges with `count` controls: the first one again and again. Resolves to how many were judged. */
export async function lookWith(
  host: Host,
  options: { readonly stateDir: string; readonly count: number },
): Promise<number> {
  const session = createSession({
    target: { name: host.name, kind: 'ssh', host: host.address, user: 'root' },
    stateDir: options.stateDir,
    reach: { sudo: 'auto', identity: host.keyFile, knownHosts: host.knownHostsFile },
    ask: async () => ({ kind: 'decline' }),
    emit: () => undefined,
    profile: await walkOf('sshd'),
    steps: stepsWith(options.count),
    tool: '0',
    recheck: [],
    repeat: () => '',
    again: () => '',
  });
  try {
    await session.connect();
    return (await session.discover()).findings.length;
  } finally {
    await session.close();
  }
}

function stepsWith(count: number): readonly Step[] {
  const step = steps.find(({ id }) => id === 'sshd');
  const control = step?.controls[0];
  if (step === undefined || control === undefined) throw new Error('there is no control to repeat');
  const controls = Array.from({ length: count }, (_, index) => ({
    ...control,
    id: `${step.id}.copy-${index}`,
  }));
  return [{ ...step, controls }];
}

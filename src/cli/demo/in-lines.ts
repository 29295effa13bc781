// The demo without a terminal: plan → apply → prove → roll back, each checked, in plain lines. Every line that claims
// something was measured on the host a moment before.

import type { Host } from '../../lab/host.ts';
import { diffManifests } from '../../lab/manifest.ts';
import { EXIT } from '../../model/errors.ts';
import { apply } from '../commands/apply.ts';
import { check } from '../commands/check.ts';
import type { HardenOptions } from '../commands/harden.ts';
import { plan } from '../commands/plan.ts';
import { rollback } from '../commands/rollback.ts';

type Demo = {
  readonly host: Host;
  readonly target: string;
  readonly options: HardenOptions;
  readonly version: string;
  readonly say: (line: string) => void;
};

/** Resolves to 0 when every part ended as it must, else to 1 with the part named. */
export async function demoInLines(demo: Demo): Promise<number> {
  const { host, target, version, say } = demo;
  const risky = [
    'firewall.ssh-from=everyone',
    'sshd.allow-users=root,ana,deploy',
    'sshd.root-login=prohibit-password',
    'sshd.password-login=false',
  ];
  const options = { ...demo.options, set: [...risky, ...demo.options.set] };
  const text = { ...options, format: 'text' as const, view: false, verbose: false };
  const before = await host.manifest();
  const parts: readonly { title: string; wants: number; run: () => Promise<number> }[] = [
    {
      title: 'Check: what is right and what is not',
      wants: EXIT.pending,
      run: () => check(target, text, { version }),
    },
    {
      title: 'Plan: every change, nothing touched',
      wants: EXIT.pending,
      run: () => plan(target, text, { version }),
    },
    { title: 'Looking never touches', wants: EXIT.fine, run: () => same(demo, before) },
    {
      title: 'Apply: armed, proved over a fresh login, kept',
      wants: EXIT.fine,
      run: () => apply(target, { ...options, yes: true }, { version }),
    },
    { title: 'Plan again: nothing left to do', wants: EXIT.fine, run: () => plan(target, text, { version }) },
    {
      title: 'Roll back: the host as it was',
      wants: EXIT.fine,
      run: () => rollback(target, { ...options, yes: true }, version),
    },
    { title: 'Byte for byte', wants: EXIT.fine, run: () => same(demo, before) },
  ];
  for (const [index, part] of parts.entries()) {
    say(`\n── ${index + 1}/${parts.length} ${part.title}`);
    const code = await part.run();
    if (code !== part.wants) {
      say(`── ended with ${code}, and ${part.wants} was expected: the demo stops here.`);
      return EXIT.error;
    }
  }
  say('\nAll parts ended as they must.');
  return EXIT.fine;
}

/** 0 when the host is byte for byte as in `before` (paths, modes, owners, units, accounts, sockets …). */
async function same(demo: Demo, before: Awaited<ReturnType<Host['manifest']>>): Promise<number> {
  const differences = diffManifests(before, await demo.host.manifest());
  for (const line of differences.slice(0, 20)) demo.say(`  ${line}`);
  demo.say(
    differences.length === 0
      ? `  ${before.size} objects compared, none differs`
      : `  ${differences.length} objects differ`,
  );
  return differences.length === 0 ? EXIT.fine : EXIT.error;
}

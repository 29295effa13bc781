// What a person should read before saying yes. Notes are not refusals: the operator himself gets in either way.
import type { EffectiveSshd } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { Proof } from '../model/control.ts';
import type { Change } from '../model/resource.ts';
import { valuesIn } from '../resources/sshd.ts';
import type { Candidate } from './candidate.ts';
import { shutOut } from './guards/access.ts';
import { wasThere } from './guards/files.ts';
import { guardInput } from './guards/guard.ts';
import type { Probe } from './probes.ts';

/** What will act on the host besides us. */
export function contextNotes(context: Context): readonly string[] {
  const { managers } = context.readings;
  const names = managers.kind === 'known' ? managers.value.names : [];
  return names.map((name) => `${name} manages this host too and may write its own settings back`);
}

/** Keys of root that let somebody in today and will not: cron jobs and backups of other machines come by them. */
function rootShut(
  { readings: { sshd, accounts } }: Context,
  probe: Probe,
  after: EffectiveSshd,
): readonly string[] {
  if (sshd.kind !== 'known' || accounts.kind !== 'known') return [];
  const now = sshd.value.perConnection.find(
    (view) => view.user === probe.user && view.address === probe.address,
  );
  const rootLogin = (of: EffectiveSshd | undefined) => valuesIn(of ?? {}, 'permitrootlogin')?.[0];
  if (rootLogin(after) !== 'no' || rootLogin(now?.effective ?? sshd.value.effective) === 'no') return [];
  const root = accounts.value.accounts.find((one) => one.name === probe.user);
  const keys = (root?.keys ?? []).filter((key) => key.problem === undefined).length;
  if (keys === 0) return [];
  const whose = keys === 1 ? 'the key of root lets' : `the ${keys} keys of root let`;
  return [
    `${whose} nobody in any more: root login goes; what logs in by them (backups, other machines) stops`,
  ];
}

/** Who else is touched, what was broken before, and how sure the preview is. */
export function candidateNotes(it: {
  readonly context: Context;
  readonly candidate: Extract<Candidate, { kind: 'seen' }>;
  readonly changes: readonly Change[];
  readonly proofs: readonly Proof[];
}): readonly string[] {
  const notes = new Set<string>();
  if (it.candidate.method === 'flattened') {
    notes.add(
      'this host cannot make a private namespace, so sshd was asked about our own rendering of its files (predicted)',
    );
  }
  if (it.candidate.sudoers !== null && it.candidate.sudoers !== 0) {
    notes.add('visudo -c finds a fault in the sudo rules of this host; it was there before');
  }
  const { sshd, accounts } = it.context.readings;
  for (const index of it.candidate.stages.keys()) {
    const input = guardInput({ ...it, index });
    if (input === undefined) continue;
    for (const { keyword, path, exists } of input.stage.named) {
      if (!exists && wasThere(input, keyword, path))
        notes.add(`${keyword} names ${path}, which is not there, today already`);
    }
    for (const { probe, effective } of input.stage.logins) {
      if (probe.role === 'root') for (const note of rootShut(it.context, probe, effective)) notes.add(note);
      if (probe.role !== 'admin' && probe.role !== 'recent') continue;
      const list = shutOut(input, probe, effective);
      const before =
        sshd.kind === 'known'
          ? sshd.value.perConnection.find(
              (view) => view.user === probe.user && view.address === probe.address,
            )?.effective
          : undefined;
      const already = before !== undefined && shutOut(input, probe, before) !== undefined;
      const exists =
        accounts.kind === 'known' && accounts.value.accounts.some((one) => one.name === probe.user);
      if (list !== undefined && exists && !already) {
        notes.add(
          `${probe.user} (${probe.role === 'admin' ? 'administrator' : 'logged in lately'}) is no longer let in by ${list}`,
        );
      }
    }
  }
  return [...notes];
}

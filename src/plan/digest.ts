// Rules: a digest is sha256 over canonical JSON (keys sorted, no undefined). It covers who the target is, the stable readings
// the plan rests on and everything that will be done or proved; not the time, and not the wording of findings.
import { createHash } from 'node:crypto';
import { type Readings, stableReadings } from '../facts/index.ts';
import type { Context } from '../model/context.ts';
import type { Plan } from '../model/plan.ts';
import type { BaseState } from '../model/resource.ts';
import { keyedBase } from '../resources/secret.ts';
import { baseOf, knownFiles } from '../resources/wanted.ts';

/** The same text for the same data, whatever the order in which it was put together. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** Stable readings by name, each as a hash, so that what moved can be named. */
export function readingHashes(readings: Readings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(stableReadings(readings)).map(([name, value]) => [name, hashOf(value)]),
  );
}

export function digestOf(plan: Omit<Plan, 'digest'>): string {
  const { machineId, hostKey } = plan.target;
  return hashOf({
    version: plan.version,
    target: { machineId, hostKey },
    basis: plan.basis ?? {},
    profile: plan.profile,
    answers: plan.answers,
    changes: plan.changes,
    proofs: plan.proofs,
    contents: plan.contents,
    refusals: plan.refusals,
    notes: plan.notes,
    rehearsal: plan.rehearsal,
    complete: plan.complete,
    applyable: plan.applyable,
  });
}

/** What moved since the plan was made, in words; empty = the plan is fresh. Anything here means exit 7. */
export function whyStale(
  plan: Plan,
  fresh: Pick<Context, 'readings' | 'connection' | 'secrets'>,
): readonly string[] {
  const reasons: string[] = [];
  const { identity } = fresh.readings;
  const machine = identity.kind === 'known' ? identity.value.machineId : '';
  if (machine !== plan.target.machineId)
    reasons.push('this is another machine than the one the plan was made for');
  if (fresh.connection.hostKey !== plan.target.hostKey)
    reasons.push('the host shows another key than when the plan was made');
  const hashes = readingHashes(fresh.readings);
  for (const [name, hash] of Object.entries(plan.basis ?? {})) {
    if (hashes[name] !== hash) reasons.push(`${name} changed since the plan was made`);
  }
  const files = knownFiles(fresh);
  const seen = new Set<string>();
  for (const { address, base } of plan.changes) {
    const path = address.replace(/^file:/, '');
    // Files that nobody read are among the stable readings, by mode and owner.
    if (!address.startsWith('file:') || base === undefined || base.kind === 'mode' || seen.has(path))
      continue;
    seen.add(path);
    if (base.kind === 'keyed' || isSecretFile(fresh, path)) {
      if (canonicalJson(secretBase(fresh, path)) !== canonicalJson(base))
        reasons.push(`${path} changed since the plan was made`);
      continue;
    }
    const now = baseOf(files.find((file) => file.realPath === path));
    if (canonicalJson(now) !== canonicalJson(base)) reasons.push(`${path} changed since the plan was made`);
  }
  return reasons;
}

function isSecretFile({ secrets }: Pick<Context, 'secrets'>, path: string): boolean {
  return secrets?.kind === 'known' && secrets.value.files.some((file) => file.realPath === path);
}

/** What a file with secrets is now, as a plan says it. */
function secretBase({ secrets }: Pick<Context, 'secrets'>, path: string): BaseState | undefined {
  const file = secrets?.kind === 'known' ? secrets.value.files.find((it) => it.realPath === path) : undefined;
  return file === undefined ? undefined : keyedBase(file);
}

export function isStale(plan: Plan, fresh: Pick<Context, 'readings' | 'connection' | 'secrets'>): boolean {
  return whyStale(plan, fresh).length > 0;
}

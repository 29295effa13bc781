// What a plan changes in effect, taken from sshd's own words before and after, keyword by keyword; and proofs put in line with
// it: where the candidate keeps something stricter than was asked, the stricter value is what has to be proved.
import { lexSshdFile } from '../facts/sshd-config.ts';
import type { EffectiveSshd } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { Proof } from '../model/control.ts';
import type { Change, EffectiveChange } from '../model/resource.ts';
import { compareOption, valuesIn } from '../resources/sshd.ts';
import { OWN_FILE } from '../resources/sshd-tree.ts';
import type { Candidate, CandidateStage } from './candidate.ts';
import type { Assurance } from './confidence.ts';

type Seen = Extract<Candidate, { kind: 'seen' }>;

/** The changes with confidence (`assured`) and, on the file that carries a stage's options, its effective changes. */
export function effectiveChanges(
  changes: readonly Change[],
  seen: Seen,
  it: { readonly context: Context; readonly assured: ReadonlyMap<Change, Assurance> },
): readonly Change[] {
  const { sshd } = it.context.readings;
  if (sshd.kind !== 'known') return changes;
  const carriers = new Map<Change, readonly EffectiveChange[]>();
  let general: EffectiveSshd = sshd.value.effective;
  let logins = sshd.value.perConnection.map(({ user, address, effective }) => ({ user, address, effective }));
  for (const stage of seen.stages) {
    const ofStage = changes.filter(
      (change) => change.step === stage.step && change.phase === stage.phase && change.action !== 'none',
    );
    const files = ofStage.filter((change) => change.address.startsWith('file:/etc/ssh/'));
    const carrier = files.find((change) => change.address === `file:${OWN_FILE}`) ?? files[0];
    if (stage.test.code !== 0) break;
    const names = spellings(ofStage);
    const after = stage.logins.map(({ probe, effective }) => ({
      user: probe.user,
      address: probe.address,
      effective,
    }));
    if (carrier !== undefined) {
      const overall = differences(general, stage.general, names);
      const single = logins.flatMap((login) => {
        const now = after.find((one) => one.user === login.user && one.address === login.address);
        if (now === undefined) return [];
        return differences(login.effective, now.effective, names)
          .filter((one) => !overall.some((known) => JSON.stringify(known) === JSON.stringify(one)))
          .map((one) => ({ ...one, name: `${one.name} (${login.user} from ${login.address})` }));
      });
      carriers.set(carrier, [...overall, ...single]);
    }
    general = stage.general;
    logins = after;
  }
  return changes.map((change) => ({
    ...change,
    effective: carriers.get(change) ?? change.effective,
    confidence: it.assured.get(change)?.confidence ?? change.confidence,
  }));
}

/** Keyword as `sshd -T` prints it → as people write it, taken from the files that change. */
function spellings(changes: readonly Change[]): ReadonlyMap<string, string> {
  const lines = changes.flatMap((change) =>
    lexSshdFile({ path: '', text: `${change.after ?? ''}\n${change.before ?? ''}` }),
  );
  return new Map(lines.filter((line) => line.keyword !== '').map((line) => [line.keyword, line.written]));
}

/** Several lines of these are a set: sshd tells them in an order of its own, another one from call to call. */
const SETS: ReadonlySet<string> = new Set([
  'acceptenv',
  'allowgroups',
  'allowusers',
  'denygroups',
  'denyusers',
  'listenaddress',
  'port',
]);

function differences(
  before: EffectiveSshd,
  after: EffectiveSshd,
  names: ReadonlyMap<string, string>,
): readonly EffectiveChange[] {
  const keywords = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keywords.flatMap((keyword) => {
    const told = (values: readonly string[] = []) =>
      (SETS.has(keyword) ? values.toSorted() : values).join(', ');
    const [old, now] = [told(before[keyword]), told(after[keyword])];
    return old === now ? [] : [{ name: names.get(keyword) ?? keyword, before: old, after: now }];
  });
}

/** sshd-effective proofs expect what the candidate showed, where that is stricter than what was asked. */
export function settledProofs(proofs: readonly Proof[], seen: Seen): readonly Proof[] {
  return proofs.map((proof) => {
    const { check } = proof;
    if (check.kind !== 'sshd-effective' || proof.expect !== 'works') return proof;
    const stage: CandidateStage | undefined =
      proof.phase === undefined
        ? seen.stages.at(-1)
        : seen.stages.findLast((one) => one.phase === proof.phase);
    const view =
      check.user === undefined
        ? stage?.general
        : stage?.logins.find(({ probe }) => probe.user === check.user && probe.address === check.address)
            ?.effective;
    const now = valuesIn(view, check.keyword);
    if (now === undefined || compareOption(check.keyword, now, [check.value]) !== 'stricter') return proof;
    const kept = now.join(' ');
    return {
      ...proof,
      title: `${check.keyword} is ${kept}, stricter than asked`,
      check: { ...check, value: kept },
    };
  });
}

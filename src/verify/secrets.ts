// Proofs about secrets that were changed, all in one exchange over the fresh login. Rules: a login counts where a wrong password is refused;
// where the loopback has no way in by password, what counts is that the engine read the new verifier back, and that is said; a value that
// nobody has any more decides nothing.
import type { Proof } from '../model/control.ts';
import type { Transport } from '../model/target.ts';
import { command, type Input, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Secret } from '../text/secret.ts';
import type { Sight } from './inside.ts';
import script from './secrets.sh?raw';

/** The new values by hole, those of before by name; only the run that made them has them. */
export type ProofValues = {
  readonly fresh: ReadonlyMap<string, Secret>;
  readonly old: ReadonlyMap<string, Secret>;
};

/** What was seen of each proof. */
export type SecretSights = ReadonlyMap<Proof, Sight>;

export function isAboutSecrets({ check }: Proof): boolean {
  return check.kind === 'postgres-login' || check.kind === 'service';
}

/** One exchange; a string says why nothing can be told. */
export async function lookAtLogins(
  proofs: readonly Proof[],
  it: { readonly transport: Transport; readonly nonce: string; readonly values: ProofValues | undefined },
): Promise<SecretSights | string> {
  const asked: Proof[] = [];
  const words: string[] = [];
  const stdin: Input[] = [];
  const sights = new Map<Proof, Sight>();
  for (const proof of proofs) {
    const { check } = proof;
    if (check.kind === 'service') words.push('unit', check.unit, check.role ?? '-');
    else if (check.kind === 'postgres-login') {
      const secret =
        check.value === 'new' ? it.values?.fresh.get(check.hole) : it.values?.old.get(check.secret);
      if (secret === undefined) {
        sights.set(proof, { holds: undefined, seen: 'the value is not known to this run' });
        continue;
      }
      // It would be read as two, and every password behind it as that of another proof.
      if (!secret.oneLine) {
        sights.set(proof, { holds: undefined, seen: 'the value has more than one line: it cannot be tried' });
        continue;
      }
      words.push('login', check.role, check.database);
      stdin.push(secret, '\n');
    } else continue;
    asked.push(proof);
  }
  if (asked.length === 0) return sights;
  const outcome = await it.transport.run(
    command(['sh', '-c', value(script), 'sh', value(it.nonce), ...words.map(value)], {
      stdin,
      deadline: 90_000,
    }),
  );
  if (outcome.kind === 'lost') return `the connection was lost: ${sanitizeLine(outcome.reason)}`;
  if (outcome.kind !== 'exited') return `the host did not answer in time (${outcome.kind})`;
  const lines = outcome.stdout.split('\n').flatMap((line) => {
    return line.startsWith(`${it.nonce} `) ? [line.slice(it.nonce.length + 1).split(' ')] : [];
  });
  if (outcome.code !== 0 || outcome.truncated || lines.at(-1)?.[0] !== 'end')
    return `the host's answer is not whole: exit code ${outcome.code}`;
  for (const [index, proof] of asked.entries()) {
    const line = lines.find(([kind, at]) => (kind === 'login' || kind === 'unit') && at === String(index));
    sights.set(proof, seeSecret(proof, line ?? []));
  }
  return sights;
}

/** `line`: "login AT CODE WAY" or "unit AT STEADY COUNT STATE". */
export function seeSecret({ check }: Proof, line: readonly string[]): Sight {
  const [kind, , one, two, state = ''] = line;
  if (kind === 'login' && check.kind === 'postgres-login') {
    if (two === 'closed' || two === 'trust') {
      const why = two === 'trust' ? 'lets in with any password' : 'has no way in by password';
      return {
        holds: check.value === 'new',
        seen: `127.0.0.1 ${why}; PostgreSQL holds the new verifier alone`,
      };
    }
    const opened = one === '0';
    return { holds: opened, seen: opened ? `${check.role} was let in` : `${check.role} was refused` };
  }
  if (kind === 'unit' && check.kind === 'service') {
    const steady = Number(one) >= 8;
    const connected = check.role === undefined || Number(two) > 0;
    if (steady && connected)
      return {
        holds: true,
        seen: `${check.unit} runs${check.role === undefined ? '' : `, ${check.role} is connected`}`,
      };
    if (state === 'active' && !connected && Number(one) >= 4)
      return { holds: false, seen: `${check.unit} runs, but ${check.role} has not come back to PostgreSQL` };
    return { holds: false, seen: `${check.unit} does not stay up (${sanitizeLine(state, 20)})` };
  }
  return { holds: undefined, seen: 'the host did not say' };
}

// Proofs about who gets into PostgreSQL, all in one exchange over the fresh login. Rules: whoever knocks has no password, so being asked for one
// is being kept out; a server that does not answer at all is no proof that it keeps anybody out.
import type { Proof } from '../model/control.ts';
import type { Transport } from '../model/target.ts';
import { command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Sight } from './inside.ts';
import script from './postgres.sh?raw';

export function isAboutPostgres({ check }: Proof): boolean {
  return check.kind === 'postgres-door' || check.kind === 'postgres-setting';
}

/** What was said of each proof, by its place; a string says why nothing can be told. */
export async function lookAtPostgres(
  proofs: readonly Proof[],
  it: { readonly transport: Transport; readonly nonce: string },
): Promise<ReadonlyMap<Proof, Sight> | string> {
  const words = proofs.flatMap(({ check, expect }): readonly string[] => {
    if (check.kind === 'postgres-setting') return ['setting', String(check.port), check.name, check.value];
    if (check.kind !== 'postgres-door') return [];
    const { port, role, database, via, as } = check;
    return ['door', String(port), role, database, via, as, expect === 'works' ? 'in' : 'not-in'];
  });
  const outcome = await it.transport.run(
    command(['sh', '-c', value(script), 'sh', value(it.nonce), ...words.map(value)], { deadline: 90_000 }),
  );
  if (outcome.kind === 'lost') return `the connection was lost: ${sanitizeLine(outcome.reason)}`;
  if (outcome.kind !== 'exited') return `the host did not answer in time (${outcome.kind})`;
  const lines = outcome.stdout.split('\n').flatMap((line) => {
    return line.startsWith(`${it.nonce} `) ? [line.slice(it.nonce.length + 1).split(' ')] : [];
  });
  if (outcome.code !== 0 || outcome.truncated || lines.at(-1)?.[0] !== 'end')
    return `the host's answer is not whole: exit code ${outcome.code}`;
  return new Map(
    proofs.map((proof, index) => {
      const line = lines.find(([kind, at]) => kind !== 'end' && at === String(index));
      return [proof, seePostgres(proof, line ?? [])];
    }),
  );
}

/** `line`: "door AT in|asked|out" or "setting AT VALUE". */
export function seePostgres({ check }: Proof, line: readonly string[]): Sight {
  const [kind, , said = ''] = line;
  if (kind === 'door' && check.kind === 'postgres-door') {
    const who = sanitizeLine(check.role, 80);
    if (said === 'in') return { holds: true, seen: `${who} was let in` };
    if (said === 'asked') return { holds: false, seen: `${who} was asked for a password` };
    if (said === 'out') return { holds: false, seen: `${who} was turned away` };
  }
  if (kind === 'setting' && check.kind === 'postgres-setting' && said !== '')
    return { holds: said === check.value, seen: `${check.name} is ${sanitizeLine(said, 80)}` };
  return { holds: undefined, seen: 'PostgreSQL did not say' };
}

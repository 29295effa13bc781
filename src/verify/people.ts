// Proofs about accounts of others, all in one exchange over the fresh login. Rules: their keys are not ours to use, so what sshd would
// take is looked at as sshd looks at it; what sudo lists decides about sudo; an answer that did not come whole decides nothing.
import type { Proof } from '../model/control.ts';
import type { Transport } from '../model/target.ts';
import { command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Sight } from './inside.ts';
import script from './people.sh?raw';

/** Lines by account. */
type People = ReadonlyMap<string, readonly string[]>;

export function isAboutPeople({ check }: Proof): boolean {
  return check.kind === 'person';
}

/** One exchange; a string says why nothing can be told. */
export async function lookAtPeople(
  proofs: readonly Proof[],
  it: { readonly transport: Transport; readonly nonce: string },
): Promise<People | string> {
  const names = [...new Set(proofs.flatMap(({ check }) => (check.kind === 'person' ? [check.user] : [])))];
  if (names.length === 0) return new Map();
  const outcome = await it.transport.run(
    command(['sh', '-c', value(script), 'sh', value(it.nonce), ...names.map(value)], { deadline: 60_000 }),
  );
  if (outcome.kind === 'lost') return `the connection was lost: ${sanitizeLine(outcome.reason)}`;
  if (outcome.kind !== 'exited') return `the host did not answer in time (${outcome.kind})`;
  const lines = outcome.stdout.split('\n');
  if (outcome.code !== 0 || outcome.truncated || !lines.includes(`${it.nonce} end`))
    return `the host's answer is not whole: ${sanitizeLine(outcome.stderr) || `exit code ${outcome.code}`}`;
  const people = new Map<string, string[]>();
  let section: string[] = [];
  for (const line of lines) {
    if (!line.startsWith(`${it.nonce} `)) section.push(line);
    else {
      section = [];
      people.set(line.slice(it.nonce.length + ' person '.length), section);
    }
  }
  return people;
}

export function seePerson({ check }: Proof, people: People): Sight {
  if (check.kind !== 'person') return { holds: undefined, seen: `${check.kind} is not about a person` };
  const said = people.get(check.user);
  if (said === undefined) return { holds: undefined, seen: 'the host was not asked' };
  const no = (seen: string): Sight => ({ holds: false, seen: sanitizeLine(seen, 200) });
  if (said.includes('absent')) return no(`there is no account ${check.user}`);
  const of = (word: string) =>
    said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const groups = (of('groups')[0] ?? '').split(' ');
  const missing = check.groups.filter((group) => !groups.includes(group));
  if (missing.length > 0) return no(`${check.user} is not in ${missing.join(', ')}`);
  const sudo = sudoOf(of('sudo'));
  if (sudo === undefined) return { holds: undefined, seen: 'sudo did not say what it grants' };
  if (sudo !== check.sudo) return no(`sudo grants ${check.user} ${WORDS[sudo]}, not ${WORDS[check.sudo]}`);
  if (check.key !== undefined) {
    if (!of('key').some((line) => line.split(/\s+/).includes(check.key ?? '')))
      return no(`${check.user} cannot read the key in a file that sshd looks into`);
    const [uid] = (of('own')[0] ?? '').split(' ');
    const loose = of('mode').find((line) => {
      const [mode = '', owner] = line.split(' ');
      return (Number.parseInt(mode, 8) & 0o022) !== 0 || (owner !== '0' && owner !== uid);
    });
    if (loose !== undefined)
      return no(`sshd would not take the key of ${check.user}: ${loose} on the way to it`);
  }
  const key = check.key === undefined ? '' : '; sshd takes the key';
  return {
    holds: true,
    seen: sanitizeLine(`in ${groups.join(', ')}; sudo grants ${WORDS[sudo]}${key}`, 200),
  };
}

const WORDS = { all: 'everything', some: 'some commands', none: 'nothing' } as const;

function sudoOf(lines: readonly string[]): keyof typeof WORDS | undefined {
  const text = lines.join('\n');
  if (/is not allowed to run sudo/.test(text)) return 'none';
  if (!/may run the following commands/.test(text)) return undefined;
  return /\n\s*\((ALL|root)( : \w+)?\) (\w+: )*ALL$/m.test(text) ? 'all' : 'some';
}

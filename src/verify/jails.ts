// Proofs about fail2ban, all in one exchange over the fresh login. Rules: only what the running server and the kernel's rules say
// decides; an answer that did not come whole decides nothing.
import type { Proof } from '../model/control.ts';
import type { Transport } from '../model/target.ts';
import { command, value } from '../text/command.ts';
import { holdsAddress } from '../text/network.ts';
import { coversPort } from '../text/port-range.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Sight } from './inside.ts';
import script from './jails.sh?raw';

/** Lines by "jail NAME" or "ban NAME". */
type Jails = ReadonlyMap<string, readonly string[]>;

const keyOf = ({ check }: Proof): string | undefined =>
  check.kind === 'jail' || check.kind === 'ban' ? `${check.kind} ${check.jail}` : undefined;

export function isAboutJails(proof: Proof): boolean {
  return keyOf(proof) !== undefined;
}

/** One exchange; a string says why nothing can be told. */
export async function lookAtJails(
  proofs: readonly Proof[],
  it: { readonly transport: Transport; readonly nonce: string },
): Promise<Jails | string> {
  const words = [...new Set(proofs.flatMap((proof) => keyOf(proof) ?? []))].flatMap((key) => key.split(' '));
  if (words.length === 0) return new Map();
  const outcome = await it.transport.run(
    command(['sh', '-c', value(script), 'sh', value(it.nonce), ...words.map(value)], { deadline: 60_000 }),
  );
  if (outcome.kind === 'lost') return `the connection was lost: ${sanitizeLine(outcome.reason)}`;
  if (outcome.kind !== 'exited') return `the host did not answer in time (${outcome.kind})`;
  const lines = outcome.stdout.split('\n');
  if (outcome.code !== 0 || outcome.truncated || !lines.includes(`${it.nonce} end`)) {
    return `the host's answer is not whole: ${sanitizeLine(outcome.stderr) || `exit code ${outcome.code}`}`;
  }
  const jails = new Map<string, string[]>();
  let section: string[] = [];
  for (const line of lines) {
    if (!line.startsWith(`${it.nonce} `)) section.push(line);
    else {
      section = [];
      jails.set(line.slice(it.nonce.length + 1), section);
    }
  }
  return jails;
}

export function seeJail(proof: Proof, jails: Jails): Sight {
  const { check } = proof;
  const said = jails.get(keyOf(proof) ?? '')?.filter((line) => line !== '');
  if (said === undefined) return { holds: undefined, seen: 'fail2ban was not asked' };
  if (check.kind === 'ban') return seeBan(said[0] ?? '');
  if (check.kind !== 'jail') return { holds: undefined, seen: `${check.kind} is not about a jail` };
  const of = (word: string) =>
    said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const ports = of('ports').flatMap((list) => list.split(','));
  if (ports.length === 0)
    return { holds: false, seen: `there is no jail "${check.jail}" that does anything` };
  const open = check.ports.filter((port) => !ports.some((range) => coversPort(range.trim(), port)));
  if (open.length > 0)
    return { holds: false, seen: `it guards ${sanitizeLine(ports.join(', '))}, not ${open.join(', ')}` };
  const ignored = of('ignore').map((one) => one.trim());
  const missing = check.ignores.filter((address) => !ignored.some((one) => holdsAddress(one, address)));
  return missing.length > 0
    ? { holds: false, seen: `it could ban ${sanitizeLine(missing.join(', '))}` }
    : {
        holds: true,
        seen: `guards ${sanitizeLine(ports.join(', '))}, never bans ${sanitizeLine(ignored.join(', '))}`,
      };
}

function seeBan(line: string): Sight {
  const [address = '', shown = '', lifted = ''] = line.split(' ');
  if (shown !== 'yes')
    return { holds: false, seen: `a ban of ${sanitizeLine(address)} did not reach the kernel's rules` };
  return lifted === 'yes'
    ? { holds: true, seen: `a ban of ${sanitizeLine(address)} showed in the kernel's rules and was lifted` }
    : { holds: false, seen: `a ban of ${sanitizeLine(address)} could not be lifted` };
}

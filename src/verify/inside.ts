// What the host says of itself, asked in one exchange for all inside proofs. Rules: an answer that did not come whole decides
// nothing; what sshd says is compared as sshd prints it; "listens" means that sshd, or systemd for it, holds the socket.
import type { Proof } from '../model/control.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Connection, Transport } from '../model/target.ts';
import { command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import script from './inside.sh?raw';

/** A claim decided: it holds, it does not, or (undefined) nobody can tell. `seen` is in words, sanitised. */
export type Sight = { readonly holds: boolean | undefined; readonly seen: string };

export type Inside = {
  /** `sshd -T` by "user,address"; "," = in general. */
  readonly effective: ReadonlyMap<string, { readonly code: number; readonly lines: readonly string[] }>;
  readonly listeners: readonly {
    readonly family: 'ipv4' | 'ipv6';
    readonly port: number;
    readonly holder: string;
  }[];
  readonly addresses: readonly string[];
  /** The port this login came in by, as the host sees it; undefined: it does not say. */
  readonly door: number | undefined;
};

type Login = { readonly user: string; readonly address: string };

const GENERAL: Login = { user: '', address: '' };
const LIMIT = 4 * 1024 * 1024;

function loginOf(proof: Proof): Login | undefined {
  if (proof.check.kind !== 'sshd-effective') return undefined;
  const { user, address } = proof.check;
  return user === undefined || address === undefined ? GENERAL : { user, address };
}

const keyOf = ({ user, address }: Login): string => `${user},${address}`;

/** One exchange. A string says why nothing can be told. */
export async function lookInside(
  proofs: readonly Proof[],
  it: { readonly transport: Transport; readonly nonce: string },
): Promise<Inside | string> {
  const logins = new Map<string, Login>();
  for (const login of proofs.map(loginOf)) if (login !== undefined) logins.set(keyOf(login), login);
  const { connection } = it.transport;
  const words = [it.nonce, String(connection.port), serverAddress(connection)];
  for (const { user, address } of logins.values()) words.push(user, address);
  const outcome = await it.transport.run(
    command(['sh', '-c', value(script), 'sh', ...words.map(value)], { outputLimit: LIMIT }),
  );
  return readAnswer(outcome, it.nonce);
}

function serverAddress({ address }: Connection): string {
  return address === '' ? '127.0.0.1' : address;
}

function readAnswer(outcome: Outcome, nonce: string): Inside | string {
  if (outcome.kind === 'lost') return `the connection was lost: ${sanitizeLine(outcome.reason)}`;
  if (outcome.kind !== 'exited') return `the host did not answer in time (${outcome.kind})`;
  const lines = outcome.stdout.split('\n');
  if (outcome.code !== 0 || outcome.truncated || !lines.includes(`${nonce} end`)) {
    return `the host's answer is not whole: ${sanitizeLine(outcome.stderr) || `exit code ${outcome.code}`}`;
  }
  const effective = new Map<string, { code: number; lines: string[] }>();
  const listeners: Inside['listeners'][number][] = [];
  const addresses: string[] = [];
  let door: number | undefined;
  let take: (line: string) => void = () => undefined;
  for (const line of lines) {
    const head = line.startsWith(`${nonce} `) ? line.slice(nonce.length + 1).split(' ') : undefined;
    if (head === undefined) take(line);
    else if (head[0] === 'effective') {
      const section = { code: Number(head[1]), lines: [] as string[] };
      effective.set(head.slice(2).join(' '), section);
      take = (text) => section.lines.push(text);
    } else if (head[0] === 'listeners') {
      take = (text) => {
        const [family, port, holder] = text.split(' ');
        if (port === undefined || holder === undefined) return;
        listeners.push({
          family: family === 'tcp6' ? 'ipv6' : 'ipv4',
          port: Number.parseInt(port, 16),
          holder,
        });
      };
    } else if (head[0] === 'addresses') {
      take = (text) =>
        addresses.push(
          ...text
            .split(/\s+/)
            .map((one) => one.replace(/\/.*$/, ''))
            .filter(Boolean),
        );
    } else {
      if (head[0] === 'door') door = Number(head[1]) || undefined;
      take = () => undefined;
    }
  }
  return { effective, listeners, addresses, door };
}

export function seeInside(proof: Proof, inside: Inside): Sight {
  const { check } = proof;
  if (check.kind === 'listener') {
    const found = inside.listeners.filter((listener) => listener.port === check.port);
    const families = [...new Set(found.map(({ family }) => (family === 'ipv4' ? 'IPv4' : 'IPv6')))];
    return found.length > 0
      ? { holds: true, seen: `${found[0]?.holder} listens on ${check.port} (${families.join(' and ')})` }
      : { holds: false, seen: `no socket of sshd on ${check.port}` };
  }
  if (check.kind !== 'sshd-effective')
    return { holds: undefined, seen: `${check.kind} cannot be seen from inside` };
  const answer = inside.effective.get(keyOf(loginOf(proof) ?? GENERAL));
  if (answer === undefined) return { holds: undefined, seen: 'sshd was not asked' };
  if (answer.code !== 0) {
    return {
      holds: undefined,
      seen: `sshd -T ends with ${answer.code}: ${sanitizeLine(answer.lines.join(' '))}`,
    };
  }
  const keyword = check.keyword.toLowerCase();
  const said = answer.lines
    .filter((line) => line.startsWith(`${keyword} `))
    .map((line) => line.slice(keyword.length + 1));
  if (said.length === 0) return { holds: undefined, seen: `sshd -T does not say ${check.keyword}` };
  return {
    holds: same(keyword, said, check.value),
    seen: `${check.keyword} is ${sanitizeLine(said.join(' '))}`,
  };
}

/** Keywords that sshd prints once a value; their order means nothing. */
const SUMS: ReadonlySet<string> = new Set(
  'port listenaddress allowusers allowgroups denyusers denygroups acceptenv hostkey'.split(' '),
);

function same(keyword: string, said: readonly string[], wanted: string): boolean {
  const plain = (text: string): string => {
    const lower = text.toLowerCase().trim();
    return keyword === 'permitrootlogin' && lower === 'without-password' ? 'prohibit-password' : lower;
  };
  if (!SUMS.has(keyword)) return plain(said.join(' ')) === plain(wanted);
  const words = (text: string) => text.split(/\s+/).filter(Boolean).sort().join(' ');
  return words(said.join(' ')) === words(wanted);
}

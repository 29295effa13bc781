// A person as an answer writes him: "bea operator until 2027-06-30 ssh-ed25519 AAAA…". Rules: a name is one that useradd takes; a key is a
// whole public key without options; no account of the system is taken for a person's.
import type { Context } from '../../src/model/context.ts';
import { parsePublicKey } from '../../src/resources/public-key.ts';
import { dateOf, peopleOf, shown } from './state.ts';

export const ROLES = ['operator', 'deployer', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export type Person = {
  readonly name: string;
  readonly role: Role;
  /** First day (since 1970) on which he does not come in any more; null = no end. */
  readonly until: number | null;
  /** "type base64"; null = the keys that stand there. */
  readonly key: string | null;
};

/** The group of each role. */
export const GROUP_OF: Readonly<Record<Role, string>> = {
  operator: 'portcullis-operators',
  deployer: 'portcullis-deployers',
  auditor: 'portcullis-auditors',
};

/** What is wrong, and with which part. */
export type Wrong = { readonly part: 'name' | 'role' | 'until' | 'key'; readonly problem: string };

const DAY = 86_400_000;

export function readPerson(entry: string, context: Context): Person | Wrong {
  const [name = '', role = '', ...rest] = entry.trim().split(/\s+/);
  const dated = rest[0] === 'until';
  const until = dated ? (rest[1] ?? '') : '';
  const key = rest.slice(dated ? 2 : 0).join(' ');
  const wrong = (part: Wrong['part'], problem: string): Wrong => ({ part, problem });
  const nameFault = nameProblem(name, context);
  if (nameFault !== undefined) return wrong('name', nameFault);
  const known = ROLES.find((one) => one === role);
  if (known === undefined) return wrong('role', `"${shown(role)}" is not a role; write ${ROLES.join(', ')}`);
  const day = until === '' ? null : Date.parse(`${until}T00:00:00Z`) / DAY;
  // A day that there is not (31 February) reads back as another.
  if (day !== null && (!/^\d{4}-\d{2}-\d{2}$/.test(until) || dateOf(day) !== until))
    return wrong('until', `"${shown(until)}" is not a day; write it as 2027-06-30`);
  if (key === '') return { name, role: known, until: day, key: null };
  const parsed = parsePublicKey(key);
  if ('problem' in parsed) return wrong('key', parsed.problem);
  if (parsed.options !== '')
    return wrong('key', 'options before the key are not taken here; give the key alone');
  return { name, role: known, until: day, key: `${parsed.type} ${parsed.blob}` };
}

function nameProblem(name: string, context: Context): string | undefined {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(name))
    return `"${shown(name)}" is not a name for an account: small letters, digits, "_" and "-", at most 32, a letter first`;
  const people = peopleOf(context);
  const standing = people?.passwd.find((one) => one.name === name);
  if (people === undefined || standing === undefined) return undefined;
  if (standing.uid === 0) return 'root is nobody’s own account; name the people who administer';
  return standing.uid < people.uids.min || standing.uid > people.uids.max
    ? `"${name}" is an account of the system (uid ${standing.uid}); choose another name`
    : undefined;
}

/** The person as an entry, in its one spelling. */
export function entryOf({ name, role, until, key }: Person): string {
  const end = until === null ? [] : ['until', new Date(until * DAY).toISOString().slice(0, 10)];
  return [name, role, ...end, ...(key === null ? [] : [key])].join(' ');
}

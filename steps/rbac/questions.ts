// Rules: who administers is risky, so a headless run must be told; who has a role of ours is proposed and nobody else; what would take
// root from the operator himself is refused.
import type { AnswerTable } from '../../src/model/answer-table.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { AnswerValue, Question } from '../../src/model/control.ts';
import { effectiveOf } from '../../src/resources/sshd.ts';
import { entryOf, GROUP_OF, type Person, ROLES, readPerson } from './person.ts';
import { accountsOf, dateOf, isOpen, isPerson, rulesFile, shown } from './state.ts';

const PARTS = ['name', 'role', 'until', 'key'] as const;

const table: AnswerTable = {
  columns: [
    { title: 'Name', help: 'of the account; one that is not there is made' },
    { title: 'Role', help: 'operator: root; deployer: named services; auditor: reads logs', choices: ROLES },
    { title: 'Until', help: 'first day without access, as 2027-06-30; empty: no end' },
    { title: 'Key', help: 'the line of the .pub file; empty: the keys that stand there' },
  ],
  blank: ['', 'operator', '', ''],
  read: (entry, context) => {
    const person = readPerson(entry, context);
    if ('problem' in person) return undefined;
    return [person.name, person.role, person.until === null ? '' : dateOf(person.until), person.key ?? ''];
  },
  write: (cells, context) => {
    const [name = '', role = '', until = '', key = ''] = cells.map((cell) => cell.trim());
    // A comment behind the key is left out: blanks and commas of it would be in the way.
    const person = readPerson(
      [name, role, ...(until === '' ? [] : ['until', until]), key].join(' '),
      context,
    );
    return 'problem' in person
      ? { column: PARTS.indexOf(person.part), problem: person.problem }
      : { entry: entryOf(person) };
  },
  offered: 'Can come in today, and is not in the list',
  offers: (context, entries) => {
    const listed = new Set(entries.map((entry) => entry.trim().split(/\s+/)[0]));
    return accountsOf(context)
      .filter((one) => isPerson(context, one) && isOpen(one) && !listed.has(one.name))
      .filter(({ name }) => !('problem' in readPerson(`${name} ${ROLES[0]}`, context)))
      .map(({ name }) => ({
        text: `${name} can come in`,
        choices: ROLES.map((role) => ({
          label: `is ${role === 'deployer' ? 'a' : 'an'} ${role}`,
          entry: entryOf({ name, role, until: endOf(context, name), key: null }),
        })),
        leave: 'leave it as it is',
      }));
  },
};

/** 9999-12-31: an end after it has no spelling, and is none. */
const LAST_DAY = 2_932_896;

/** When the account ends today; null = never. */
function endOf({ readings: { accounts } }: Context, name: string): number | null {
  const end = accounts.kind === 'known' ? (accounts.value.aging?.[name]?.expires ?? null) : null;
  return end !== null && end <= LAST_DAY ? end : null;
}

/** Who has a role of ours, as entries. */
function holders(context: Context): readonly string[] {
  return accountsOf(context).flatMap((one): readonly string[] => {
    const role = ROLES.find((it) => one.groups.includes(GROUP_OF[it]));
    if (role === undefined) return [];
    const person: Person = { name: one.name, role, until: endOf(context, one.name), key: null };
    return 'problem' in readPerson(entryOf(person), context) ? [] : [entryOf(person)];
  });
}

export const peopleQuestion: Question = {
  id: 'rbac.people',
  prompt: 'Who works on this host?',
  help: 'An operator may become root, a deployer may restart the named services, an auditor reads logs. Who had a role and is not listed any more loses it and is shut out.',
  type: 'list',
  // Whoever is named gets or keeps root. Where nobody has a role, nobody is given one unasked, and there is nothing to be told.
  risky: (context) => holders(context).length > 0,
  table,
  propose: (context) => {
    const held = holders(context);
    return {
      value: held,
      reason:
        held.length === 0 ? 'nobody has a role here yet; who can come in is offered' : 'who has a role today',
    };
  },
  check: (value, context) => {
    const people = entriesOf(value).map((entry) => readPerson(entry, context));
    const wrong = people.find((one) => 'problem' in one);
    if (wrong !== undefined && 'problem' in wrong) return wrong.problem;
    const names = people.flatMap((one) => ('problem' in one ? [] : [one.name]));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) return `"${twice}" is listed twice; one line a person`;
    const mute = people.find(
      (one) =>
        !('problem' in one) && one.key === null && !accountsOf(context).some(({ name }) => name === one.name),
    );
    return mute === undefined || 'problem' in mute
      ? undefined
      : `"${mute.name}" has no account yet and no key to come in by; give the line of his .pub file`;
  },
};

export function entriesOf(value: AnswerValue): readonly string[] {
  return Array.isArray(value) ? value.map(String) : String(value) === '' ? [] : String(value).split(',');
}

/** The people as answered; what cannot be read was refused before. */
export function listed(context: Context): readonly Person[] {
  return entriesOf(answerOf(peopleQuestion, context)).flatMap((entry) => {
    const person = readPerson(entry, context);
    return 'problem' in person ? [] : [person];
  });
}

export const passwordQuestion: Question = {
  id: 'rbac.sudo-password',
  prompt: 'Must operators give their password to become root?',
  help: 'A password keeps root from whoever takes over a session. A new person has none: "sudo passwd NAME" by another operator gives one.',
  type: 'boolean',
  risky: true,
  when: (context) => listed(context).some(({ role }) => role === 'operator'),
  propose: (context) => {
    const operators = new Set(
      listed(context).flatMap(({ name, role }) => (role === 'operator' ? [name] : [])),
    );
    const tag = new RegExp(`^%${GROUP_OF.operator} .* (NOPASSWD|PASSWD): ALL$`, 'm').exec(
      rulesFile(context) ?? '',
    )?.[1];
    // What is in force is never proposed to be weaker.
    if (tag !== undefined) return { value: tag === 'PASSWD', reason: 'as it is now' };
    const mute = accountsOf(context).find(({ name, password }) => operators.has(name) && password !== 'set');
    if (context.connection.root === 'sudo')
      return { value: false, reason: `${context.connection.user} becomes root without one now` };
    if (mute !== undefined)
      return { value: false, reason: `${shown(mute.name)} has none and could not become root` };
    const fresh = [...operators].some((name) => !accountsOf(context).some((one) => one.name === name));
    return fresh
      ? { value: false, reason: 'new people have none yet' }
      : { value: true, reason: 'every operator has one' };
  },
  check: (value, context) => {
    const { user, root } = context.connection;
    const own = accountsOf(context).find(({ name }) => name === user);
    return value === true && root === 'sudo' && own !== undefined && own.password !== 'set'
      ? `${user} has no password and could not become root any more; give the account one first`
      : undefined;
  },
};

export const unitsQuestion: Question = {
  id: 'rbac.deploy-units',
  prompt: 'Which services may deployers restart and reload?',
  help: 'Names of units, such as nginx.service. Nothing else is theirs as root.',
  type: 'list',
  risky: false,
  when: (context) => listed(context).some(({ role }) => role === 'deployer'),
  propose: (context) => {
    const text = rulesFile(context) ?? '';
    const value = [...new Set([...text.matchAll(/ restart (\S+?)(?=,|\n|$)/g)].map(([, unit = '']) => unit))];
    return { value, reason: value.length === 0 ? 'none are named yet' : 'as it is now' };
  },
  check: (value) => {
    const wrong = entriesOf(value).find(
      (unit) => !/^[A-Za-z0-9][A-Za-z0-9@_.-]{0,120}\.(service|timer|socket)$/.test(unit),
    );
    return wrong === undefined ? undefined : `"${shown(wrong)}" is not a unit; write nginx.service`;
  },
};

export const closeRoot: Question = {
  id: 'rbac.close-root',
  prompt: 'Shall root stop logging in by itself?',
  help: 'Root’s own login is closed at the end, once a fresh login of yours has reached root. Backups and other machines that come as root stop.',
  type: 'boolean',
  risky: true,
  when: (context) => rootIsOpen(context) && context.connection.user !== 'root' && listed(context).length > 0,
  propose: ({ connection }) => ({
    value: true,
    reason: `${connection.user} reaches root with sudo, proved just now`,
  }),
};

export function rootIsOpen(context: Context): boolean {
  const now = effectiveOf(context, 'PermitRootLogin')?.[0];
  return now !== undefined && now !== 'no' && now !== 'forced-commands-only';
}

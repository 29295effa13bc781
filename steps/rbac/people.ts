// Everybody who works here has an account, a key and a role of his own. Rules: what a role may is one file among sudo's rules; what is
// taken from somebody is taken in a stage of its own, once the others are proved; keys that stand somewhere are never removed.
import type { AccountFact, AccountsFact } from '../../src/facts/values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control, Proof } from '../../src/model/control.ts';
import type { Resource } from '../../src/model/resource.ts';
import { GROUP_OF, type Person, ROLES, readPerson } from './person.ts';
import { keepsSudo } from './proofs.ts';
import { entriesOf, listed, passwordQuestion, unitsQuestion } from './questions.ts';
import {
  accountsOf,
  dateOf,
  hasAllSudo,
  isOpen,
  judged,
  peopleOf,
  RULES,
  rulesFile,
  shown,
} from './state.ts';
import { SUDOERS_HEADER } from './sudoers.ts';

const READERS = ['adm', 'systemd-journal'];
const OUR_GROUPS: readonly string[] = ROLES.map((role) => GROUP_OF[role]);
/** A day that is over: nobody comes in any more. */
const CLOSED = 1;

function rules(context: Context): string {
  const tag = answerOf(passwordQuestion, context) === true ? 'PASSWD' : 'NOPASSWD';
  const units = unitsOf(context);
  const commands = units.flatMap((unit) =>
    ['restart', 'reload'].map((verb) => `/usr/bin/systemctl ${verb} ${unit}`),
  );
  return [
    `${SUDOERS_HEADER}%${GROUP_OF.operator} ALL=(ALL:ALL) ${tag}: ALL`,
    // NOEXEC: a pager would be a shell.
    ...(commands.length === 0
      ? []
      : [`%${GROUP_OF.deployer} ALL=(root) NOPASSWD:NOEXEC: ${commands.join(', ')}`]),
    '',
  ].join('\n');
}

function unitsOf(context: Context): readonly string[] {
  const asked = listed(context).some(({ role }) => role === 'deployer');
  return asked ? [...new Set(entriesOf(answerOf(unitsQuestion, context)))].sort() : [];
}

/** Groups of a person; those that let an auditor read are only joined where they are. */
function groupsOf({ role }: Person, context: Context): readonly string[] {
  const there = new Set((peopleOf(context)?.groups ?? []).map(({ name }) => name));
  return [GROUP_OF[role], ...(role === 'auditor' ? READERS.filter((name) => there.has(name)) : [])];
}

function standing({ name }: Person, context: Context): AccountFact | undefined {
  return accountsOf(context).find((one) => one.name === name);
}

/** What a person lacks; empty when he has what his line says. */
function lacks(person: Person, context: Context, { aging }: AccountsFact): readonly string[] {
  const account = standing(person, context);
  const who = shown(person.name);
  if (account === undefined) return [`${who} has no account that can log in`];
  const others = OUR_GROUPS.filter((name) => name !== GROUP_OF[person.role] && account.groups.includes(name));
  const ends = aging?.[person.name]?.expires ?? null;
  const blob = person.key?.split(' ')[1];
  return [
    ...groupsOf(person, context)
      .filter((name) => !account.groups.includes(name))
      .map((name) => `${who} is not in ${name}`),
    ...others.map((name) => `${who} is in ${name} too`),
    // Nobody can tell who gave these, so they are named and not taken.
    ...(others.includes(GROUP_OF.auditor)
      ? READERS.filter((name) => account.groups.includes(name)).map(
          (name) => `${who} goes on reading logs through ${name}: "gpasswd -d ${who} ${name}" ends it`,
        )
      : []),
    ...(blob !== undefined &&
    !account.keys.some((key) => key.blob === blob && key.problem === undefined && key.options === '')
      ? [`${who} cannot come in with the key that is named`]
      : []),
    ...(blob === undefined && !isOpen({ ...account, accountExpired: false })
      ? [`${who} has no way to come in`]
      : []),
    ...(ends === person.until
      ? []
      : [`the access of ${who} ends ${dateOf(ends)}, not ${dateOf(person.until)}`]),
  ];
}

/** Who has a role and is not listed any more. */
function dropped(context: Context): readonly AccountFact[] {
  const names = new Set(listed(context).map(({ name }) => name));
  return accountsOf(context).filter(
    (one) => !names.has(one.name) && one.groups.some((name) => OUR_GROUPS.includes(name)),
  );
}

/** Why nobody can list this account (root, one of the system): it leaves the group and is never shut. */
function whyNobody(name: string, context: Context): string | undefined {
  const read = readPerson(`${name} ${ROLES[0]}`, context);
  return 'problem' in read ? read.problem : undefined;
}

function othersAdminister(context: Context): boolean {
  return accountsOf(context).some((one) => one.uid !== 0 && hasAllSudo(one) && isOpen(one));
}

export const peopleControl: Control = {
  id: 'rbac.people',
  title: 'Everybody who works here has an account, a key and a role',
  severity: 'high',
  why: 'Only a person of his own name can be told from others in the log, be given just what he needs, and be shut out alone.',
  references: ['CIS Controls 5.1', 'CIS Controls 6.8', 'NIST SP 800-53 AC-2'],
  reads: 'accounts, groups, authorized keys, ends of accounts, and our file among the rules of sudo',
  mayBreak:
    'What operators may with sudo is now what the answer says, also where another rule gave it without a password. Who is not listed any more is shut out.',
  // Who administers under his own name already is told to take a role by nobody but himself.
  applies: (context) =>
    peopleOf(context)?.canAdd !== false &&
    peopleOf(context)?.sudo !== null &&
    (listed(context).length > 0 || dropped(context).length > 0 || !othersAdminister(context)),
  judge: (context) =>
    judged(context, (accounts) => {
      const people = listed(context);
      const wrong = [
        ...(people.some(({ role }) => role === 'operator') ? [] : ['nobody is named as an operator']),
        ...people.flatMap((person) => lacks(person, context, accounts)),
        ...dropped(context)
          .filter(
            ({ accountExpired, groups }) =>
              !accountExpired || groups.some((name) => OUR_GROUPS.includes(name)),
          )
          .map(({ name }) => {
            const why = whyNobody(name, context);
            return `${shown(name)} has a role and ${why === undefined ? 'is not listed' : `cannot be listed, so it only leaves the group: ${why}`}`;
          }),
        ...(people.length > 0 && rulesFile(context) !== rules(context)
          ? ['the rules of sudo do not say what the roles may']
          : []),
      ];
      return { wrong, right: `${people.length} people, each as listed` };
    }),
  remedy: (context) => {
    const people = listed(context);
    if (people.length === 0) return [];
    return [
      ...people.flatMap((person) => wantedFor(person, context)),
      { kind: 'file', path: RULES, content: rules(context), mode: '0440', uid: 0, gid: 0 },
      ...dropped(context).map(
        ({ name, groups }): Resource => ({
          kind: 'account',
          name,
          groups: [],
          leaves: OUR_GROUPS.filter((group) => groups.includes(group)),
          ...(whyNobody(name, context) === undefined ? { expires: CLOSED } : {}),
          phase: 'contract',
        }),
      ),
    ];
  },
  proofs: (context) => [
    ...keepsSudo(context),
    ...listed(context).flatMap((person) => proofsOf(person, context)),
  ],
};

function wantedFor(person: Person, context: Context): readonly Resource[] {
  const { name, key, until } = person;
  const account = standing(person, context);
  const there = peopleOf(context)?.passwd.some((one) => one.name === name) === true;
  const line = key === null ? null : `${key} ${name}`;
  const others = OUR_GROUPS.filter(
    (group) => group !== GROUP_OF[person.role] && account?.groups.includes(group) === true,
  );
  return [
    {
      kind: 'account',
      name,
      groups: groupsOf(person, context),
      create: { comment: '', key: line },
      expires: until,
    },
    ...(there && line !== null ? [{ kind: 'authorized-key', user: name, line } as const] : []),
    ...(others.length === 0
      ? []
      : [{ kind: 'account', name, groups: [], leaves: others, phase: 'contract' } as const]),
  ];
}

function proofsOf(person: Person, context: Context): readonly Proof[] {
  const { connection } = context;
  const { name, role, key } = person;
  const account = standing(person, context);
  const blob = key?.split(' ')[1];
  // Rights that somebody has besides his role are his own affair: they are shown, and not claimed away.
  const more = account !== undefined && (hasAllSudo(account) || account.sudo === 'some' || account.uid === 0);
  const sudo =
    role === 'operator' ? 'all' : role === 'deployer' && unitsOf(context).length > 0 ? 'some' : 'none';
  const own = blob !== undefined && (connection.publicKey ?? '').split(/\s+/).includes(blob);
  return [
    ...(more && role !== 'operator'
      ? []
      : [
          {
            id: `rbac.person.${name}`,
            title: `${name} is ${role === 'deployer' ? 'a' : 'an'} ${role}: sudo grants ${sudo === 'all' ? 'everything' : sudo === 'some' ? 'the named services' : 'nothing'}`,
            viewpoint: 'inside',
            expect: 'works',
            ...(account?.groups.some((group) => OUR_GROUPS.includes(group) && group !== GROUP_OF[role])
              ? { phase: 'contract' as const }
              : {}),
            check: {
              kind: 'person',
              user: name,
              groups: groupsOf(person, context),
              sudo,
              ...(blob === undefined ? {} : { key: blob }),
            },
          } satisfies Proof,
        ]),
    ...(own && name !== connection.user
      ? [
          {
            id: `rbac.login.${name}`,
            title: `${name} logs in with your key on port ${connection.port}`,
            viewpoint: 'fresh-login',
            expect: 'works',
            check: {
              kind: 'login',
              user: name,
              port: connection.port,
              root: role === 'operator' && answerOf(passwordQuestion, context) === false,
              byKey: true,
            },
          } satisfies Proof,
        ]
      : []),
  ];
}

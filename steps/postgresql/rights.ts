// Rules: an application has what it needs inside its database and nothing outside of it; what is taken from a role is taken only when it was named.
import type { PostgresRoleFact, PostgresServer } from '../../src/facts/postgresql-values.ts';
import type { Control } from '../../src/model/control.ts';
import { isMember } from '../../src/resources/hba-match.ts';
import { serviceProofs } from './proofs.ts';
import { demotedIn, madeIn, revokedIn } from './right-answers.ts';
import { databasesOf, eachDatabase, eachServer, peopleOf, shown, there } from './state.ts';

const superusers: Control = {
  id: 'postgresql.superusers',
  title: 'No application is a superuser',
  severity: 'critical',
  why: 'A superuser reads every database, and runs programs on the host as the account of the server: one hole in an application is then a hole in everything.',
  references: ['PostgreSQL manual, 21.2 Role Attributes', 'CIS PostgreSQL 17 Benchmark 4'],
  reads:
    'roles that may log in and are superusers or members of one, but for the one that the cluster was made with; who is connected as that one over the network',
  mayBreak:
    'What it did as a superuser, where it owns nothing: only roles that postgresql.demote names are changed, and their services restart and have to come back. Membership in a superuser, and what works as the administrator, are yours to end.',
  applies: there,
  remedy: (context) => demotedIn(context, ['superuser']),
  proofs: (context) => serviceProofs(demotedIn(context, ['superuser'])),
  judge: (context) =>
    eachServer(context, 'only the administrator’s own role is a superuser', (server) => [
      ...peopleOf(server).flatMap((role) => superuserWords(role, server)),
      ...appsAsAdministrator(server),
    ]),
};

/** A superuser, or somebody who becomes one with SET ROLE. */
function superuserWords({ name, super: is }: PostgresRoleFact, server: PostgresServer): readonly string[] {
  if (is) return [`${shown(name)} is a superuser`];
  return server.roles
    .filter((group) => group.super && isMember(name, group.name, server))
    .map((group) => `${shown(name)} is a member of ${shown(group.name)}, which is a superuser`);
}

/** Whoever administers comes over the socket, and works in the database postgres, or in many for a moment. */
function appsAsAdministrator({ clients, superuser }: PostgresServer): readonly string[] {
  return clients.flatMap(({ user, address, database, replication }) =>
    user === superuser && address !== '' && !replication && database !== '' && database !== 'postgres'
      ? [`somebody works in ${shown(database)} as ${shown(user)} itself, from ${shown(address)}`]
      : [],
  );
}

/** Roles of PostgreSQL's own that reach out of the database, or past every right in it. */
const REACH_OUT = ['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files'];

function powersOf(role: PostgresRoleFact, server: PostgresServer): readonly string[] {
  return [
    ...(role.createrole ? ['may make roles and give them rights'] : []),
    ...(role.bypassrls ? ['sees past row security'] : []),
    ...REACH_OUT.filter((group) => isMember(role.name, group, server)).map(
      (group) => `is a member of ${group}`,
    ),
  ];
}

const powers: Control = {
  id: 'postgresql.powers',
  title: 'No application makes roles, sees past row security, or reaches the host’s files',
  severity: 'high',
  why: 'Each of these is a step to everything: who makes roles makes himself one, who runs programs is on the host.',
  references: ['PostgreSQL manual, 21.2 Role Attributes', 'PostgreSQL manual, 21.5 Predefined Roles'],
  reads: 'attributes of roles that may log in, and of whom they are members, through others too',
  mayBreak:
    'What it did with that right: only what postgresql.demote names is taken. Membership in a predefined role is yours to end.',
  applies: there,
  remedy: (context) => demotedIn(context, ['createrole', 'bypassrls']),
  proofs: (context) => serviceProofs(demotedIn(context, ['createrole', 'bypassrls'])),
  judge: (context) =>
    eachServer(context, 'no role that may log in has more than its databases', (server) =>
      peopleOf(server)
        .filter((role) => !role.super)
        .flatMap((role) => powersOf(role, server).map((words) => `${shown(role.name)} ${words}`)),
    ),
};

const publicSchema: Control = {
  id: 'postgresql.public-schema',
  title: 'Not everybody creates in the schema public',
  severity: 'medium',
  why: 'Whoever may create there plants functions and tables that others, the superuser too, run and read by their plain names.',
  references: [
    'CVE-2018-1058',
    'PostgreSQL manual, 5.10.6 Usage Patterns',
    'CIS PostgreSQL 17 Benchmark 4.10',
  ],
  reads: 'the rights of everybody on the schema public of each database',
  mayBreak:
    'Roles that create tables there and are not its owner: only databases that postgresql.revoke names are closed.',
  applies: there,
  remedy: (context) => revokedIn(context, ['create']),
  judge: (context) =>
    eachDatabase(context, 'only its owner creates in the schema public', (server) =>
      databasesOf(server).flatMap(({ name, inside }) =>
        inside?.publicCreate === true ? [`in ${shown(name)} everybody creates in the schema public`] : [],
      ),
    ),
};

const publicConnect: Control = {
  id: 'postgresql.public-connect',
  title: 'A database is entered by its own roles',
  severity: 'low',
  why: 'Everybody may enter every database from the start: where several applications share a server, a hole in one is the door to the others.',
  references: ['PostgreSQL manual, 5.8 Privileges', 'CIS PostgreSQL 17 Benchmark 4.5'],
  reads: 'the right of everybody to enter each database, where more than one role may log in',
  mayBreak:
    'Roles without a right of their own do not come in any more: only databases that postgresql.revoke names are closed.',
  applies: there,
  remedy: (context) => revokedIn(context, ['connect', 'temporary']),
  judge: (context) =>
    eachServer(context, 'no database of one role is entered by all the others', (server) => {
      const people = peopleOf(server).filter((role) => !role.super);
      const named = revokedIn(context, ['connect', 'temporary'])
        .filter(({ port }) => port === server.port)
        .map(
          ({ database, what }) =>
            `everybody still has "${what}" in ${shown(database)}, as postgresql.revoke names it`,
        );
      if (named.length > 0 || people.length < 2) return named;
      return databasesOf(server)
        .filter(({ name, publicConnect: may }) => may && name !== 'postgres')
        .map(({ name, owner }) => `everybody enters ${shown(name)} of ${shown(owner)}`);
    }),
};

const owners: Control = {
  id: 'postgresql.owners',
  title: 'An application does not own the tables that it works in',
  severity: 'low',
  why: 'An owner drops and alters, and no REVOKE holds him: with a role that owns and one that works, an injected statement changes rows and not the database.',
  references: ['PostgreSQL manual, 5.8 Privileges', 'OWASP Database Security Cheat Sheet'],
  reads: 'who owns tables and databases, and which of them log in; who is connected',
  mayBreak:
    'Nothing: roles that postgresql.roles names are made, and nobody is put into them. Migrations need a role that owns; how an application is split is its own decision.',
  applies: there,
  remedy: madeIn,
  judge: (context) =>
    eachDatabase(context, 'no role that is connected owns tables', (server) => [
      ...madeIn(context)
        .filter(({ port }) => port === server.port)
        .map(({ role }) => `the role ${role} is not there yet, and postgresql.roles names it`),
      ...databasesOf(server).flatMap(({ name, inside }) =>
        peopleOf(server).flatMap((role) => {
          const count = inside?.owners[role.name] ?? 0;
          const works = server.clients.some((one) => one.user === role.name && one.database === name);
          return count > 0 && works
            ? [`${shown(role.name)} works in ${shown(name)} and owns ${count} of its tables`]
            : [];
        }),
      ),
    ]),
};

export const rightsControls: readonly Control[] = [superusers, powers, publicSchema, publicConnect, owners];

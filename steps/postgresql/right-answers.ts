// What is taken from roles and from everybody, and which roles are made: only what was named, each undone by its opposite.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { AnswerValue, Question } from '../../src/model/control.ts';
import type { DatabaseRightResource } from '../../src/model/resource.ts';
import { isPlainName } from '../../src/resources/database-right.ts';
import { shown } from '../../src/text/grammar.ts';
import { listOf, servicesOf } from './questions.ts';
import { databasesOf, peopleOf, runningOf } from './state.ts';

const ATTRIBUTES = ['superuser', 'createrole', 'bypassrls'] as const;
const OF_EVERYBODY = ['connect', 'temporary', 'create'] as const;
const LEVELS = ['read', 'write'] as const;

/** Entries "NAME WORD"; a database may have "-" in its name. */
function readPair<Word extends string>(
  text: string,
  words: readonly Word[],
): { readonly name: string; readonly word: Word } | undefined {
  const [name = '', said, ...rest] = text.trim().split(/\s+/);
  const word = words.find((one) => one === said);
  const isName = isPlainName(name.replaceAll('-', '_')) && !name.startsWith('-');
  return word === undefined || rest.length > 0 || !isName ? undefined : { name, word };
}

function pairCheck(words: readonly string[], what: string): NonNullable<Question['check']> {
  return (value: AnswerValue) => {
    const wrong = listOf(value).find((one) => readPair(one, words) === undefined);
    return wrong === undefined
      ? undefined
      : `${shown(wrong)} is not understood; allowed: ${what} and one of ${words.join(', ')}, names of lower-case letters, digits and _`;
  };
}

const NOTHING = { value: [], reason: 'nothing is taken unasked' };

export const demote: Question = {
  id: 'postgresql.demote',
  prompt: 'Which roles lose what reaches out of their database?',
  help: 'Entries "ROLE superuser", "ROLE createrole" or "ROLE bypassrls". A role that is connected needs its service in postgresql.services: it restarts and has to come back.',
  type: 'list',
  risky: false,
  propose: () => NOTHING,
  check: (value, context) => {
    const wrong = pairCheck(ATTRIBUTES, 'ROLE')(value, context);
    if (wrong !== undefined) return wrong;
    const mine = listOf(value).flatMap((one) => readPair(one, ATTRIBUTES)?.name ?? []);
    const own = mine.find((name) => runningOf(context).some(({ server }) => server.superuser === name));
    return own === undefined ? undefined : `${own} is the administrator of the database: name other roles`;
  },
};

export const revoke: Question = {
  id: 'postgresql.revoke',
  prompt: 'What may not everybody do any more?',
  help: 'Entries "DATABASE connect" (enter it), "DATABASE temporary" (make temporary tables), "DATABASE create" (create in its schema public). Owners and superusers still may.',
  type: 'list',
  risky: false,
  propose: () => NOTHING,
  check: pairCheck(OF_EVERYBODY, 'DATABASE'),
};

export const roles: Question = {
  id: 'postgresql.roles',
  prompt: 'For which databases are roles made that only read, or read and write rows?',
  help: 'Entries "DATABASE read" or "DATABASE write". The role is called DATABASE_read or DATABASE_write, nobody logs in as it, and it owns nothing: make others members of it.',
  type: 'list',
  risky: false,
  propose: () => ({ value: [], reason: 'how an application is split is its own decision' }),
  check: (value, context) => {
    const wrong = pairCheck(LEVELS, 'DATABASE')(value, context);
    if (wrong !== undefined) return wrong;
    const long = listOf(value).find((one) => (one.split(/\s/)[0] ?? '').length > 57);
    return long === undefined ? undefined : `${shown(long)}: the name of its role would be too long`;
  },
};

/** Attributes that were named and are there. */
export function demotedIn(context: Context, only: readonly string[]): readonly DatabaseRightResource[] {
  const services = servicesOf(context);
  return listOf(answerOf(demote, context)).flatMap((text) => {
    const it = readPair(text, ATTRIBUTES);
    if (it === undefined || !only.includes(it.word)) return [];
    return runningOf(context).flatMap(({ server }): readonly DatabaseRightResource[] => {
      const role = peopleOf(server).find(({ name }) => name === it.name);
      const has = { superuser: role?.super, createrole: role?.createrole, bypassrls: role?.bypassrls }[
        it.word
      ];
      if (has !== true) return [];
      const mine = services.filter((one) => one.role === it.name);
      const where = { port: server.port, database: 'postgres', to: false, services: mine };
      return [{ kind: 'database-right', what: it.word, role: it.name, ...where }];
    });
  });
}

/** Rights of everybody that were named and are there. */
export function revokedIn(context: Context, only: readonly string[]): readonly DatabaseRightResource[] {
  return listOf(answerOf(revoke, context)).flatMap((text) => {
    const it = readPair(text, OF_EVERYBODY);
    if (it === undefined || !only.includes(it.word)) return [];
    return runningOf(context).flatMap(({ server }): readonly DatabaseRightResource[] => {
      const database = databasesOf(server).find(({ name }) => name === it.name);
      const has = {
        connect: database?.publicConnect,
        temporary: database?.publicTemp,
        create: database?.inside?.publicCreate,
      }[it.word];
      if (has !== true) return [];
      return [
        {
          kind: 'database-right',
          what: it.word,
          port: server.port,
          database: it.name,
          to: false,
          services: [],
        },
      ];
    });
  });
}

/** Roles that were named and are not there. */
export function madeIn(context: Context): readonly DatabaseRightResource[] {
  return listOf(answerOf(roles, context)).flatMap((text) => {
    const it = readPair(text, LEVELS);
    if (it === undefined) return [];
    const role = `${it.name.replaceAll('-', '_')}_${it.word}`;
    return runningOf(context).flatMap(({ server }): readonly DatabaseRightResource[] => {
      const there = databasesOf(server).some(({ name }) => name === it.name);
      if (!there || server.roles.some(({ name }) => name === role)) return [];
      const where = { port: server.port, database: it.name, to: true, services: [] };
      return [{ kind: 'database-right', what: it.word, role, ...where }];
    });
  });
}

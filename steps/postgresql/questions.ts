// Rules: nothing that an application needs is taken unasked; a service restarts only when it is named.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { AnswerValue, Question } from '../../src/model/control.ts';
import { readSecretEntry } from '../../src/resources/secret-entry.ts';
import { shown } from '../../src/text/grammar.ts';
import { runningOf } from './state.ts';

const SERVICE = /^([A-Za-z0-9@_.-]{1,200}\.service) ([a-z_][a-z0-9_]{0,62})$/;

/** A service, and the role that it works as. */
export type NamedService = { readonly unit: string; readonly role: string };

export function listOf(value: AnswerValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function readService(text: string): NamedService | undefined {
  const [, unit, role] = SERVICE.exec(text.trim()) ?? [];
  return unit === undefined || role === undefined ? undefined : { unit, role };
}

export const services: Question = {
  id: 'postgresql.services',
  prompt: 'Which services restart, to prove that they come back to their database?',
  help: 'Entries "UNIT.service ROLE", for example "shop.service shop". Whoever came in without a password so far is only shut in by a password when his service is named here: it restarts once, and where it does not come back as that role, everything is taken back.',
  type: 'list',
  risky: false,
  remembered: true,
  propose: (context) => {
    const declared = listOf(
      context.answers.get('secrets.inventory') ?? context.profile.answers.get('secrets.inventory'),
    );
    const value = declared.flatMap((text) => {
      const entry = readSecretEntry(text);
      if (typeof entry === 'string' || entry.role === undefined) return [];
      const { name } = entry.role;
      return entry.units.map((unit) => `${unit} ${name}`);
    });
    return value.length > 0
      ? { value: [...new Set(value)], reason: 'they are declared with their secrets' }
      : { value: [], reason: 'none is named' };
  },
  check: (value) => {
    const wrong = listOf(value).find((one) => readService(one) === undefined);
    return wrong === undefined
      ? undefined
      : `${shown(wrong)} is not understood; allowed: UNIT.service ROLE, for example shop.service shop`;
  },
};

export const localWay: Question = {
  id: 'postgresql.local',
  prompt: 'How does somebody on this host itself prove who he is, where any word was taken so far?',
  help: 'peer: by the account of the host that has the same name as the role. scram-sha-256: by a password. The administrator of the database keeps his way by peer.',
  type: 'choice',
  choices: () => [
    { value: 'peer', label: 'by his account on this host' },
    { value: 'scram-sha-256', label: 'by a password' },
  ],
  risky: false,
  when: (context) =>
    runningOf(context).some(({ server }) =>
      server.hba.some(({ type, method }) => type === 'local' && method === 'trust'),
    ),
  propose: (context) => {
    const come = runningOf(context).some(({ server }) =>
      server.clients.some(({ address, user }) => address === '' && user !== server.superuser),
    );
    return come
      ? { value: 'scram-sha-256', reason: 'somebody comes over the local socket, under whatever account' }
      : { value: 'peer', reason: 'as Debian sets it up, and nobody else is connected over the local socket' };
  },
};

export function servicesOf(context: Context): readonly NamedService[] {
  return listOf(answerOf(services, context)).flatMap((one) => readService(one) ?? []);
}

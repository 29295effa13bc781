import { answerOf, type Context } from '../../src/model/context.ts';
import type { AnswerValue, Question } from '../../src/model/control.ts';
import type { SecretEntry } from '../../src/model/secret-entry.ts';
import { readSecretEntry } from '../../src/resources/secret-entry.ts';
import { sanitizeLine } from '../../src/text/sanitize.ts';
import { inventoryTable } from './table.ts';

export const inventory: Question = {
  id: 'secrets.inventory',
  prompt: 'Which secrets are there?',
  help: 'Each as "DB_PASSWORD in /srv/app/.env for app.service postgres app rotate safe": a name and a file, and who uses it. Never the value.',
  type: 'list',
  risky: false,
  remembered: true,
  table: inventoryTable,
  propose: () => ({ value: [], reason: 'nothing is a secret here until somebody says so' }),
  check: (value) => inventoryProblem(value),
};

function inventoryProblem(value: AnswerValue): string | undefined {
  const entries = (Array.isArray(value) ? value : []).map((text: string) => readSecretEntry(text));
  const wrong = entries.find((it) => typeof it === 'string');
  if (wrong !== undefined) return wrong;
  const good = entries.filter((it) => typeof it !== 'string');
  const twice = good.find((it, index) => good.findIndex(({ name }) => name === it.name) !== index);
  if (twice !== undefined)
    return `${twice.name} is declared twice; allowed: each name once; give the second another name and its key`;
  const place = good.find(
    (it, index) => good.findIndex(({ path, key }) => path === it.path && key === it.key) !== index,
  );
  if (place !== undefined) return `${place.key} in ${place.path} is declared twice; allowed: each place once`;
  const mixed = good.find((it) => good.some(({ path, format }) => path === it.path && format !== it.format));
  return mixed === undefined
    ? undefined
    : `${mixed.path} is declared in two formats; allowed: one format a file; say "format" in each of its entries`;
}

export const rotate: Question = {
  id: 'secrets.rotate',
  prompt: 'Which secrets shall be changed now?',
  help: 'Names from the inventory. Each gets a new value, and whatever uses it is restarted. It happens at every run that is given it.',
  type: 'list',
  risky: true,
  when: (context) => declaredIn(context).length > 0,
  propose: () => ({ value: [], reason: 'nothing is changed that nobody named' }),
  check: (value, context) => {
    const entries = declaredIn(context);
    const names = entries.map(({ name }) => name);
    const wanted: readonly string[] = Array.isArray(value) ? value : [];
    const strange = wanted.find((one) => !names.includes(one));
    if (strange !== undefined)
      return `"${sanitizeLine(strange, 60)}" is not declared; allowed: ${names.join(', ') || 'nothing, because nothing is declared'}`;
    const roles = entries.flatMap(({ name, role }) =>
      wanted.includes(name) && role !== undefined ? [role.name] : [],
    );
    const concerned = entries.filter(
      ({ name, role }) => wanted.includes(name) || (role !== undefined && roles.includes(role.name)),
    );
    return concerned.map(keepsIts).find((it) => it !== undefined);
  },
};

/** Asked by nobody: `portcullis secrets generate` gives it, so that the inventory stays whole and sharers of a role are seen. */
export const generate: Question = {
  id: 'secrets.generate',
  prompt: 'Which secrets alone shall get a first value?',
  help: 'Names from the inventory. Where it is not given, every one that lacks a value does.',
  type: 'list',
  risky: false,
  when: ({ answers }) => answers.has('secrets.generate'),
  propose: () => ({ value: [], reason: 'nobody chose' }),
};

/** Why a secret is not changed by us, and what to do instead. */
function keepsIts({ name, rotation, role, containers }: SecretEntry): string | undefined {
  const [container] = containers;
  if (rotation === 'destroys')
    return `${name} is never changed by this program: what it protects could not be read any more; change it as its product says`;
  if (rotation === 'second-write')
    return `${name} must be written elsewhere as well, where this program does not reach: change it by hand in both places`;
  if (rotation === 'unsaid')
    return `nobody said what changing ${name} does; say it in its entry: rotate safe, logs-out, second-write or destroys`;
  return role !== undefined && container !== undefined
    ? `the container ${container} would keep the old ${name} and lose its database; change it by hand and make the container anew`
    : undefined;
}

function declaredIn(context: Context): readonly SecretEntry[] {
  const value = answerOf(inventory, context);
  return (Array.isArray(value) ? value : [])
    .map((text: string) => readSecretEntry(text))
    .filter((it) => typeof it !== 'string');
}

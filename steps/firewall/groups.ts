// Sources by name. Rules: a name stands for what one answer lists, so that a policy says who is meant; the rules hold networks; a name
// that stands for nobody is refused, because it would open a port to nobody or, worse, be read as everybody.
import type { Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import type { Intent } from '../../src/model/resource.ts';
import { addressesIn, addressesProblem, addressTable } from '../../src/resources/address-list.ts';
import { parseIntent } from '../../src/resources/firewall-policy.ts';
import { shown } from '../../src/text/grammar.ts';

const OPERATORS = 'operators';

function namedSource(it: {
  readonly name: string;
  readonly prompt: string;
  readonly help: string;
}): Question {
  return {
    id: `firewall.${it.name}`,
    prompt: it.prompt,
    help: `${it.help} A port is opened to them with "from ${it.name}", and fail2ban spares them. May be empty.`,
    type: 'list',
    table: addressTable(),
    risky: false,
    propose: () => ({ value: [], reason: 'nobody is named' }),
    check: (value) => addressesProblem(addressesIn(value)),
  };
}

export const peers = namedSource({
  name: 'peers',
  prompt: 'Which machines work together with this one?',
  help: 'Addresses or networks of other servers: replicas, load balancers, backups.',
});

export const monitoring = namedSource({
  name: 'monitoring',
  prompt: 'Which machines watch this one?',
  help: 'Addresses or networks from which it is probed or its metrics are read.',
});

const NAMED: readonly Question[] = [peers, monitoring];
const NAMES: readonly string[] = [OPERATORS, ...NAMED.map(nameOf)];

function nameOf({ id }: Question): string {
  return id.replace('firewall.', '');
}

/** Whether sources as typed name a group. */
export function namesGroup(sources: string): boolean {
  return wordsOf(sources).some((word) => NAMES.includes(word));
}

/** Groups that stand for somebody now, operators left out. */
export function groupsNow(
  context: Context,
): readonly { readonly name: string; readonly sources: readonly string[] }[] {
  return NAMED.map((question) => ({ name: nameOf(question), sources: given(context, question.id) })).filter(
    ({ sources }) => sources.length > 0,
  );
}

/** As parseIntent, with groups given their networks. */
export function readIntent(text: string, context: Context): Intent | string {
  const [, head = '', sources = '', tail = ''] =
    /^(\S+(?: over \S+)? from )(\S.*?)((?: limit \S+)?(?: for .+)?)$/.exec(text.trim()) ?? [];
  if (head === '' || !namesGroup(sources)) return parseIntent(text);
  const found: string[] = [];
  for (const word of wordsOf(sources)) {
    const who = NAMES.includes(word) ? members(word, context) : [word];
    if (who.length === 0) return `${shown(text)}: ${nobody(word)}`;
    found.push(...who);
  }
  return parseIntent(`${head}${[...new Set(found)].join(' ')}${tail}`);
}

function members(name: string, context: Context): readonly string[] {
  if (name !== OPERATORS) return given(context, `firewall.${name}`);
  const sources = given(context, 'firewall.ssh-from');
  return sources[0] === 'everyone' ? [] : sources;
}

function nobody(name: string): string {
  return name === OPERATORS
    ? 'SSH is open to everyone, so nobody knows who the operators are: answer firewall.ssh-from with networks, or write networks here'
    : `nobody is named as ${name}: answer firewall.${name}, or write networks here`;
}

function given({ answers, profile }: Context, id: string): readonly string[] {
  return addressesIn(answers.get(id) ?? profile.answers.get(id));
}

function wordsOf(sources: string): readonly string[] {
  return sources.split(/[ ,]+/).filter((word) => word !== '');
}

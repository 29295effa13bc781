// The list of what may be reached, as a table. Rules: SSH is in it and cannot leave it, because whoever edits came by it; "operators" is
// written as the networks that it means now, so that an answer says the same tomorrow; a database is never offered to everybody.
import type { AnswerTable, Offer, WrittenRow } from '../../src/model/answer-table.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { Intent } from '../../src/model/resource.ts';
import { entryText, publicPorts, sshPortsWanted } from '../../src/resources/firewall-policy.ts';
import { isDatabase } from './databases.ts';
import { publishedOutside } from './docker.ts';
import { groupsNow, namesGroup, readIntent } from './groups.ts';
import { SSH } from './policy.ts';

const ANYONE = 'anyone';
const OPERATORS = 'operators';
const PORT = 0;
const FROM = 2;
const LIMIT = 4;
const PURPOSE = 5;

/** `sshFrom`: the question that decides who may reach SSH. */
export function openTable(sshFrom: Question): AnswerTable {
  return {
    columns: [
      { title: 'Port', help: 'one, or first-last: 443, 8000-8010' },
      { title: 'Protocol', help: 'tcp, or udp', choices: ['tcp', 'udp'] },
      { title: 'From', help: 'anyone, operators, peers, monitoring, or networks with blanks between' },
      { title: 'Over', help: 'both, or one family alone', choices: ['both', 'ipv4', 'ipv6'] },
      { title: 'Limit', help: 'new connections a minute of one address; empty: none' },
      { title: 'For', help: 'a word or two for whoever reads the rules; may be empty' },
    ],
    blank: ['', 'tcp', ANYONE, 'both', '', ''],
    read: (entry, context) => {
      const intent = readIntent(entry, context);
      return typeof intent === 'string' ? undefined : cellsOf(intent, namedIn(entry));
    },
    write: (cells, context) => write(cells, { context, ssh: sshSources(sshFrom, context) }),
    pinned: (context) =>
      sshPortsWanted(context).map((port) => ({
        cells: cellsOf({ port, protocol: 'tcp', from: sshSources(sshFrom, context), purpose: SSH }),
        why: `SSH on port ${port} stays in: it is how this host is administered${cameBy(context, port)}. “${sshFrom.prompt}” decides who may reach it`,
      })),
    offered: 'Listens today, and is shut then',
    offers: (context, entries) => offers(entries, { context, ssh: sshSources(sshFrom, context) }),
  };
}

/** The sources of an entry as they are written, where they name a group. */
function namedIn(entry: string): string | undefined {
  const sources = / from (\S.*?)(?: limit \S+)?(?: for .+)?$/.exec(entry.trim())?.[1];
  return sources !== undefined && namesGroup(sources) ? sources : undefined;
}

function cellsOf(
  { port, to, protocol, from, family, limit, purpose }: Intent,
  named?: string,
): readonly string[] {
  return [
    to === undefined ? String(port) : `${port}-${to}`,
    protocol,
    named ?? (from === 'everyone' ? ANYONE : from.join(' ')),
    family ?? 'both',
    limit === undefined ? '' : String(limit),
    purpose,
  ];
}

/** The host, and who may reach SSH. */
type Known = { readonly context: Context; readonly ssh: Intent['from'] };

function write(cells: readonly string[], known: Known): WrittenRow {
  const [port = '', protocol, from = '', over, limit = '', purpose = ''] = cells.map((it) => it.trim());
  const wrong = (column: number, problem: string) => ({ column, problem });
  if (!/^\d{1,5}(-\d{1,5})?$/.test(port)) return wrong(PORT, 'a port is needed: 443, or a range: 8000-8010');
  const [first = 0, last = first] = port.split('-').map(Number);
  const ssh = sshPortsWanted(known.context).find((it) => protocol === 'tcp' && it >= first && it <= last);
  if (ssh !== undefined)
    return wrong(PORT, `SSH is on port ${ssh} and has its own row: name ports without it`);
  if (from === '') return wrong(FROM, 'nobody could come in: write anyone, operators, or networks');
  if (limit !== '' && !/^\d{1,9}$/.test(limit))
    return wrong(LIMIT, 'a number of new connections a minute, such as 30; empty for no limit');
  const named = from === OPERATORS ? operators(known).join(' ') : from;
  if (named === '') return wrong(FROM, 'nobody knows where the operators come from: write networks');
  const text = [
    `${port}/${protocol}`,
    over === 'both' ? '' : `over ${over}`,
    named === ANYONE || named === 'everyone' ? '' : `from ${named}`,
    limit === '' ? '' : `limit ${limit}/minute`,
    purpose === '' ? '' : `for ${purpose}`,
  ];
  const entry = text.filter((it) => it !== '').join(' ');
  const intent = readIntent(entry, known.context);
  if (typeof intent !== 'string') return { entry: namesGroup(named) ? entry : entryText(intent) };
  return wrong(columnOf(intent, { named, purpose }), intent);
}

/** Which cell a refusal of the whole text is about, as far as its words tell. */
function columnOf(problem: string, it: { readonly named: string; readonly purpose: string }): number {
  if (problem.includes('a limit')) return LIMIT;
  if (it.purpose !== '' && problem.includes('purpose')) return PURPOSE;
  return /network|address|source|everyone|famil|nobody/.test(problem) && it.named !== ANYONE ? FROM : PORT;
}

function sshSources(sshFrom: Question, context: Context): Intent['from'] {
  const answer = answerOf(sshFrom, context);
  const sources = Array.isArray(answer) ? answer.map(String) : [];
  return sources[0] === 'everyone' ? 'everyone' : sources;
}

/** Those who may reach SSH; where everybody may, the address of whoever asks. */
function operators({ context, ssh }: Known): readonly string[] {
  if (ssh !== 'everyone') return ssh;
  const own = knownValue(context.readings.who)?.clientAddress;
  return own === undefined ? [] : [own];
}

function cameBy(context: Context, port: number): string {
  const who = knownValue(context.readings.who);
  return who?.serverPort === port ? `, and you came by it from ${who.clientAddress}` : '';
}

function offers(entries: readonly string[], known: Known): readonly Offer[] {
  const { context } = known;
  const named = entries
    .map((entry) => readIntent(entry, context))
    .filter((it): it is Intent => typeof it !== 'string');
  const containers = knownValue(context.readings.docker);
  const seen = [
    ...publicPorts(context).map(({ process, ...it }) => ({
      ...{ ...it, database: isDatabase({ containerPort: it.port, image: '' }) },
      text: `${process || 'somebody'} listens on`,
    })),
    ...(containers === undefined ? [] : publishedOutside(containers)).flatMap((it) =>
      it.protocol === 'sctp'
        ? []
        : [
            {
              ...{ port: it.port, protocol: it.protocol, database: isDatabase(it) },
              text: `container ${it.container} publishes`,
            },
          ],
    ),
  ];
  const shut = seen.filter(
    ({ port, protocol }) =>
      !named.some((it) => it.protocol === protocol && port >= it.port && port <= (it.to ?? it.port)),
  );
  const own = operators(known);
  return shut.map(({ port, protocol, text, database }) => ({
    text: `${text} ${port}/${protocol}`,
    choices: [
      ...(database ? [] : [{ label: 'open to anyone', entry: `${port}/${protocol}` }]),
      ...(own.length === 0
        ? []
        : [
            {
              label: `open to operators: ${own.join(' ')}`,
              entry: `${port}/${protocol} from ${own.join(' ')}`,
            },
          ]),
      ...groupsNow(context).map(({ name, sources }) => ({
        label: `open to ${name}: ${sources.join(' ')}`,
        entry: `${port}/${protocol} from ${name}`,
      })),
    ],
    leave: 'leave it shut',
  }));
}

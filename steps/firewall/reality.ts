// Rules: each column is one witness: the kernel's rules, Docker, a knock from the operator's machine, the policy; a row is bad where they
// contradict each other or where more is reached than is wanted; what could not be read or was not tried says so.
import type { Context } from '../../src/model/context.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { Door } from '../../src/model/outside.ts';
import type { Intent } from '../../src/model/resource.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { type RealityRow, realityOf } from '../../src/resources/reality.ts';
import { judgeRow, type RealityJudgement, type Witness } from '../../src/resources/reality-judge.ts';

/** The policy as it is answered now; undefined when nobody decides one here. */
type Policy = (context: Context) => readonly Intent[] | undefined;

const COLUMNS = ['Port', 'Rules', 'From here', 'Policy', 'Listens', 'Docker'];
/** A person reads no longer table. */
const MOST_ROWS = 120;
const MOST_DOORS = 64;

export function realityView(policy: Policy) {
  return (context: Context): StepView => {
    const intents = policy(context);
    const rows = realityOf(context, intents);
    const operator = knownValue(context.readings.who)?.clientAddress;
    const judged = rows.map((row) => ({ row, ...judgeRow(row, { operator, intents }) }));
    const shown = judged.slice(0, MOST_ROWS).map(rowOf);
    const more = rows.length - shown.length;
    return {
      id: 'firewall.reality',
      title: 'What can be reached',
      about: `Port by port: what the kernel’s rules do (to you, where that differs), what a knock from here says, what the policy wants, who listens, what Docker publishes; ! where two contradict.${untried(context)}`,
      columns: COLUMNS,
      rows:
        more > 0
          ? [
              ...shown,
              { state: 'neutral', cells: [`${more} more`, ...COLUMNS.slice(1).map(() => '–')], notes: [] },
            ]
          : shown,
      next: nextWords(judged, { knocked: context.outside !== undefined, decided: intents !== undefined }),
      empty: 'Nothing listens to the outside, and no rule lets anything in.',
      legend: {
        good: 'as the policy wants it, and nobody contradicts',
        bad: 'reached against the policy, or two of the columns contradict each other',
        unknown: 'a rule could not be read, so what it does is not known',
        neutral: 'nobody decided about it, or nothing listens there',
      },
    };
  };
}

/** TCP ports that a knock from outside would tell about: those that are served, wanted, or that rules let in. */
export function realityDoors(policy: Policy) {
  return (context: Context): readonly Door[] =>
    realityOf(context, policy(context))
      .filter(({ protocol }) => protocol === 'tcp')
      .slice(0, MOST_DOORS)
      .map(({ family, port }) => ({ family, port }));
}

function untried({ outside }: Context): string {
  if (outside === undefined) return ' Nobody knocked from here yet.';
  const words = outside.untried.map(
    ({ family, reason }) => `${familyName(family)} was not tried: ${reason}.`,
  );
  return words.length === 0 ? '' : ` ${words.join(' ')}`;
}

const familyName = (family: Door['family']) => (family === 'ipv4' ? 'IPv4' : 'IPv6');

type Judged = RealityJudgement & { readonly row: RealityRow };

const AT: Readonly<Record<Witness, number>> = { rules: 1, here: 2, policy: 3, docker: 5 };

function rowOf({ row, bad, differ, unknown, said }: Judged): ViewRow {
  const idle = row.listens.length === 0 && row.published.length === 0;
  const calm = idle || row.wanted === 'undecided' ? 'neutral' : 'good';
  return {
    state: bad.length > 0 ? 'bad' : unknown.length > 0 ? 'unknown' : calm,
    cells: cellsOf(row),
    notes: [...bad, ...unknown, ...said],
    ...(differ.length === 0 ? {} : { differ: differ.map((witness) => AT[witness]) }),
  };
}

/** What to do about the worst there is. */
function nextWords(
  rows: readonly Judged[],
  it: { readonly knocked: boolean; readonly decided: boolean },
): string {
  const of = (...witnesses: readonly Witness[]) => {
    const found = rows.filter(({ differ }) => witnesses.every((one) => differ.includes(one)));
    return [...new Set(found.map(({ row }) => `${row.port}/${row.protocol}`))];
  };
  const [policy, here] = [of('rules', 'policy'), of('here')];
  if (policy.length > 0)
    return `${some(policy)}: apply this step to bring the rules to the policy, or change the policy (firewall.open).`;
  if (here.length > 0)
    return `${some(here)}: look at what stands between you and the host (a firewall of the provider, a proxy) and at who answers; the rules of the host do not explain it.`;
  if (rows.some(({ unknown }) => unknown.length > 0))
    return 'Some rules could not be read: their rows say which, and why.';
  if (!it.decided)
    return 'Nobody decided what may be reached: answer firewall.backend with portcullis or ufw, and every port is judged.';
  return it.knocked
    ? 'Rules, Docker, policy and the knock from here agree.'
    : 'Nothing contradicts; a knock from here would make it sure.';
}

const MOST_NAMED = 4;

function some(ports: readonly string[]): string {
  const more = ports.length - MOST_NAMED;
  return `${ports.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const WANTED = { everyone: 'everyone', some: 'some', nobody: 'nobody', undecided: '–' } as const;

function cellsOf(row: RealityRow): readonly string[] {
  const { port, protocol, family, anyone, you, reached, wanted, listens, published } = row;
  const holders = listens.map(
    ({ process, unit, address }) => `${process || unit || 'somebody'} on ${address}`,
  );
  const containers = published.map(({ container, address }) => `${container} on ${address}`);
  return [
    `${port}/${protocol} ${familyName(family)}`,
    you === undefined || you.verdict === anyone.verdict
      ? anyone.verdict
      : `${anyone.verdict}; you: ${you.verdict}`,
    reached ?? 'not tried',
    WANTED[wanted],
    [...new Set(holders)].join(', ') || 'nobody',
    [...new Set(containers)].join(', ') || '–',
  ];
}

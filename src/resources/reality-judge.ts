// What a row of the reality view comes to. Rules: what contradicts is told before what is merely open; what is not served harms nobody;
// the words name the rule; the witnesses that contradict each other are named.
import type { WalkEnd } from '../facts/nft-walk.ts';
import type { Intent } from '../model/resource.ts';
import { admits } from './firewall-policy.ts';
import type { RealityRow } from './reality.ts';

/** Who says something about a port; `here`: the knock from the operator's machine. */
export type Witness = 'rules' | 'here' | 'policy' | 'docker';

export type RealityJudgement = {
  /** Contradictions and what is open against the policy, in sentences. */
  readonly bad: readonly string[];
  /** Who contradicts whom in these. */
  readonly differ: readonly Witness[];
  readonly unknown: readonly string[];
  /** What else a person should know. */
  readonly said: readonly string[];
};

type Fault = { readonly text: string; readonly by: readonly Witness[] };

/** `operator`: the address the host sees; `intents`: the policy, where one was decided. */
export function judgeRow(
  row: RealityRow,
  it: { readonly operator: string | undefined; readonly intents: readonly Intent[] | undefined },
): RealityJudgement {
  const { anyone, stranger, you } = row;
  const against = againstPolicy(row);
  const faults = [...against, ...againstKnock(row, { ...it, before: against.length })];
  const blind = [
    ...new Set([anyone, stranger, you].flatMap((end) => (end?.verdict === 'unknown' ? [end.why] : []))),
  ];
  return {
    bad: faults.map(({ text }) => text),
    differ: [...new Set(faults.flatMap(({ by }) => by))],
    unknown: blind.map((why) => `What the rules do cannot be told: ${why}.`),
    said: saidOf(row, faults.length === 0),
  };
}

const served = (row: RealityRow): boolean => row.listens.length > 0 || row.published.length > 0;

function againstPolicy(row: RealityRow): readonly Fault[] {
  if (!served(row)) return [];
  const { stranger, wanted, missed, published } = row;
  const open: readonly Witness[] = [
    'rules',
    'policy',
    ...(published.length > 0 ? (['docker'] as const) : []),
  ];
  const closed: readonly Witness[] = ['rules', 'policy'];
  const faults: readonly (Fault | undefined)[] = [
    isOpen(stranger) && wanted === 'nobody'
      ? { text: 'Everybody reaches it, and the policy wants nobody to.', by: open }
      : undefined,
    isOpen(stranger) && wanted === 'some'
      ? { text: 'Everybody reaches it, and the policy names who may.', by: open }
      : undefined,
    stranger.verdict === 'closed' && wanted === 'everyone'
      ? { text: `The policy lets everybody in, but it is dropped: ${stranger.why}.`, by: closed }
      : undefined,
    missed.length > 0
      ? { text: `The policy lets ${missed.join(', ')} in, but it is dropped: ${stranger.why}.`, by: closed }
      : undefined,
  ];
  return faults.filter((fault) => fault !== undefined);
}

const SILENCE = {
  silent: 'nothing answers',
  refused: 'it is refused',
  unreachable: 'there is no way to it',
} as const;

function againstKnock(
  row: RealityRow,
  it: {
    readonly operator: string | undefined;
    readonly intents: readonly Intent[] | undefined;
    /** Faults found before. */
    readonly before: number;
  },
): readonly Fault[] {
  const { you, reached, port, protocol } = row;
  if (reached === undefined) return [];
  if (reached !== 'answers')
    return served(row) && you?.verdict === 'open'
      ? [
          {
            text: `The rules let you in, but ${SILENCE[reached]} from here: something on the way, or a rule that nft does not show, keeps it closed${row.published.length > 0 ? ', or nothing listens inside the container' : ''}.`,
            by: ['rules', 'here'],
          },
        ]
      : [];
  const faults: Fault[] = [];
  if (you?.verdict === 'closed')
    faults.push({
      text: `It answers you, though the rules read as closed: ${you.why}.`,
      by: ['rules', 'here'],
    });
  if (!served(row))
    faults.push({
      text: 'It answers you, though nothing of this host listens: something before the host answers for it.',
      by: ['here'],
    });
  const unwanted =
    it.intents !== undefined &&
    you !== undefined &&
    !admits(it.intents, { address: it.operator ?? '', port, protocol });
  if (unwanted && it.before + faults.length === 0)
    faults.push({ text: 'It answers you, and the policy does not let you in.', by: ['here', 'policy'] });
  return faults;
}

function saidOf(row: RealityRow, fine: boolean): readonly string[] {
  const { anyone } = row;
  return [
    ...(anyone.rewritten === undefined
      ? []
      : [`Rules for the host do not see it: it is sent on to ${anyone.rewritten} before.`]),
    ...(served(row)
      ? []
      : [
          anyone.verdict === 'closed'
            ? 'Nothing listens there.'
            : 'Nothing listens there: the way in is open for whatever comes.',
        ]),
    ...(fine && anyone.verdict === 'closed' ? [`Closed by ${anyone.why}.`] : []),
    ...(fine && anyone.verdict === 'limited' ? [`Depends on ${anyone.why}.`] : []),
  ];
}

/** To somebody who comes once, and of whom no rule knows. */
function isOpen(end: WalkEnd): boolean {
  return end.verdict === 'open' || (end.verdict === 'limited' && end.otherwise === 'open');
}

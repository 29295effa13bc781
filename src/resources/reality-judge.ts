// What a row of the reality view comes to. Rules: what contradicts is told before what is merely open; what is not served harms nobody;
// the words name the rule.
import type { WalkEnd } from '../facts/nft-walk.ts';
import type { Intent } from '../model/resource.ts';
import { admits } from './firewall-policy.ts';
import type { RealityRow } from './reality.ts';

export type RealityJudgement = {
  /** Contradictions and what is open against the policy, in sentences. */
  readonly bad: readonly string[];
  readonly unknown: readonly string[];
  /** What else a person should know. */
  readonly said: readonly string[];
};

/** `operator`: the address the host sees; `intents`: the policy, where one was decided. */
export function judgeRow(
  row: RealityRow,
  {
    operator,
    intents,
  }: { readonly operator: string | undefined; readonly intents: readonly Intent[] | undefined },
): RealityJudgement {
  const { anyone, stranger, you, wanted, reached, missed } = row;
  const served = row.listens.length > 0 || row.published.length > 0;
  const bad = [
    ...(served && isOpen(stranger) && wanted === 'nobody'
      ? ['Everybody reaches it, and the policy wants nobody to.']
      : []),
    ...(served && isOpen(stranger) && wanted === 'some'
      ? ['Everybody reaches it, and the policy names who may.']
      : []),
    ...(served && stranger.verdict === 'closed' && wanted === 'everyone'
      ? [`The policy lets everybody in, but it is dropped: ${stranger.why}.`]
      : []),
    ...(served && missed.length > 0
      ? [`The policy lets ${missed.join(', ')} in, but it is dropped: ${stranger.why}.`]
      : []),
  ];
  if (reached === 'answers') {
    if (you?.verdict === 'closed') bad.push(`It answers you, though the rules read as closed: ${you.why}.`);
    if (!served)
      bad.push(
        'It answers you, though nothing of this host listens: something before the host answers for it.',
      );
    const it = { address: operator ?? '', port: row.port, protocol: row.protocol };
    const unwanted = intents !== undefined && you !== undefined && !admits(intents, it);
    if (unwanted && bad.length === 0) bad.push('It answers you, and the policy does not let you in.');
  } else if (reached !== undefined && served && you?.verdict === 'open') {
    const how = { silent: 'nothing answers', refused: 'it is refused', unreachable: 'there is no way to it' }[
      reached
    ];
    bad.push(
      `The rules let you in, but ${how} from here: something on the way, or a rule that nft does not show, keeps it closed.`,
    );
  }
  const blind = [
    ...new Set([anyone, stranger, you].flatMap((end) => (end?.verdict === 'unknown' ? [end.why] : []))),
  ];
  return {
    bad,
    unknown: blind.map((why) => `What the rules do cannot be told: ${why}.`),
    said: [
      ...(anyone.rewritten === undefined
        ? []
        : [`Rules for the host do not see it: it is sent on to ${anyone.rewritten} before.`]),
      ...(served
        ? []
        : [
            anyone.verdict === 'closed'
              ? 'Nothing listens there.'
              : 'Nothing listens there: the way in is open for whatever comes.',
          ]),
      ...(bad.length === 0 && anyone.verdict === 'closed' ? [`Closed by ${anyone.why}.`] : []),
      ...(bad.length === 0 && anyone.verdict === 'limited' ? [`Depends on ${anyone.why}.`] : []),
    ],
  };
}

/** To somebody who comes once, and of whom no rule knows. */
function isOpen(end: WalkEnd): boolean {
  return end.verdict === 'open' || (end.verdict === 'limited' && end.otherwise === 'open');
}

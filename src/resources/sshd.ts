// Rules: judging sshd looks at what `sshd -T` said, for nobody in particular and for every login that was asked about;
// text of files is never the evidence. An algorithm is proposed only when the host can speak it, and the operator's own client too.
import { accumulates, canonicalKeyword } from '../facts/sshd-config.ts';
import type { EffectiveSshd, SshdFact } from '../facts/values.ts';
import type { Context } from '../model/context.ts';

export { type Comparison, compareOption, isAlgorithmList, listOf, normalizeValue } from './sshd-compare.ts';
export { accumulates, canonicalKeyword };

/** The sshd fact when it is known. */
export function sshdOf(context: Context): SshdFact | undefined {
  return context.readings.sshd.kind === 'known' ? context.readings.sshd.value : undefined;
}

/**
 * What `sshd -T` says for a keyword without a connection. Undefined: sshd could not be asked, or does not know the
 * keyword; an empty list never occurs.
 */
export function effectiveOf(context: Context, keyword: string): readonly string[] | undefined {
  return valuesIn(sshdOf(context)?.effective, keyword);
}

/** One place where a keyword was looked up: for nobody in particular ("global"), or for one login. */
export type EffectiveView = {
  /** "in general", or "for ana from 192.0.2.7"; not sanitised. */
  readonly where: string;
  readonly user?: string;
  readonly address?: string;
  readonly values: readonly string[];
};

/** The keyword in general and for every user and address that was asked about. Empty when sshd could not be asked. */
export function effectiveEverywhere(context: Context, keyword: string): readonly EffectiveView[] {
  const sshd = sshdOf(context);
  if (sshd === undefined) return [];
  const general = valuesIn(sshd.effective, keyword);
  const views: EffectiveView[] = general === undefined ? [] : [{ where: 'in general', values: general }];
  for (const { user, address, effective } of sshd.perConnection) {
    const values = valuesIn(effective, keyword);
    if (values !== undefined) views.push({ where: `for ${user} from ${address}`, user, address, values });
  }
  return views;
}

/** Values of a keyword in one `sshd -T` answer. */
export function valuesIn(
  effective: EffectiveSshd | undefined,
  keyword: string,
): readonly string[] | undefined {
  const values = effective?.[canonicalKeyword(keyword)];
  return values === undefined || values.length === 0 ? undefined : values;
}

/**
 * The algorithms of `wanted`, in its order, that the host can speak. With `client`, only those the operator's client can
 * speak too are counted on: when none of them is left the answer is empty, so that nobody is locked out by it.
 */
export function intersectAlgorithms(sets: {
  readonly wanted: readonly string[];
  readonly host: readonly string[];
  readonly client?: readonly string[];
}): readonly string[] {
  const left = sets.wanted.filter((name) => sets.host.includes(name));
  const { client } = sets;
  if (client !== undefined && client.length > 0 && !left.some((name) => client.includes(name))) return [];
  return left;
}

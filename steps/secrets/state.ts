// Rules: without a look at the host nothing is judged; what one secret's file hides, hides that secret alone.

import type { SecretSeen, SecretsSight } from '../../src/facts/secret-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Verdict } from '../../src/model/control.ts';
import type { SecretEntry } from '../../src/model/secret-entry.ts';
import { readSecretEntry } from '../../src/resources/secret-entry.ts';
import { generate, inventory, rotate } from './questions.ts';

/** Every declared secret that can be read; the question's own check tells of the others. */
export function entriesOf(context: Context): readonly SecretEntry[] {
  return listOf(answerOf(inventory, context))
    .map(readSecretEntry)
    .filter((it) => typeof it !== 'string');
}

/** Entries of the secrets that were named to be rotated. */
export function rotatedOf(context: Context): readonly SecretEntry[] {
  const names = listOf(answerOf(rotate, context));
  return entriesOf(context).filter(({ name }) => names.includes(name));
}

/** Names that alone are to get a first value; undefined where nobody chose, and all are. */
export function generatedOf(context: Context): readonly string[] | undefined {
  return context.answers.has(generate.id) ? listOf(answerOf(generate, context)) : undefined;
}

function listOf(answer: unknown): readonly string[] {
  return Array.isArray(answer) ? answer.map(String) : [];
}

export const declared = (context: Context): boolean => entriesOf(context).length > 0;

export function sightOf({ secrets }: Context): SecretsSight | undefined {
  return secrets?.kind === 'known' ? secrets.value : undefined;
}

/** What is wrong, what could not be told, and what is said when all is well. */
type Told = {
  readonly bad: readonly string[];
  readonly unknown?: readonly string[];
  readonly good: string;
};

/** Judges by what the look gave; without a look the reason why there is none. */
export function whileSeen(context: Context, tell: (sight: SecretsSight) => Told): Verdict {
  const { secrets } = context;
  if (secrets?.kind !== 'known') {
    const why =
      secrets?.kind === 'unknown' ? secrets.reason : 'the files of declared secrets were not looked at';
    return { result: 'unknown', evidence: [why] };
  }
  const { bad, unknown = [], good } = tell(secrets.value);
  if (bad.length > 0) return { result: 'fail', evidence: bad };
  if (unknown.length > 0) return { result: 'unknown', evidence: unknown };
  return { result: 'pass', evidence: [good] };
}

/** Judges secret by secret: `wrong` says what is wrong with one, or nothing. */
export function eachSecret(
  context: Context,
  good: string,
  wrong: (seen: SecretSeen, sight: SecretsSight) => string | undefined,
): Verdict {
  return whileSeen(context, (sight) => ({
    bad: sight.secrets.flatMap((seen) => {
      const what = wrong(seen, sight);
      return what === undefined ? [] : [`${seen.entry.name}: ${what}`];
    }),
    unknown: sight.secrets.flatMap(({ status, reason }) => (status === 'unreadable' ? [reason] : [])),
    good,
  }));
}

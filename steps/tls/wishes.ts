// What every answer over TLS shall have, by the operator's answers: a header that is as good as ours stays.
import { answerOf, type Context } from '../../src/model/context.ts';
import { HEADERS } from './header-values.ts';
import { type Field, HSTS, hstsIn, hstsValue, strictest } from './hsts.ts';
import { headers as headersQuestion, hsts, preload, subDomains } from './questions.ts';

export type Wish = {
  readonly name: string;
  /** What shall be sent where no good one is, by what is sent there now; the stricter stays. */
  readonly valueFor: (...now: readonly (readonly Field[])[]) => string;
  readonly isFine: (headers: readonly Field[]) => boolean;
};

/** The first of that name, in whatever case. */
export const fieldOf = <T extends Field>(headers: readonly T[], name: string): T | undefined =>
  headers.find((one) => one.name.toLowerCase() === name.toLowerCase());

export function hstsWishes(context: Context): readonly Wish[] {
  const rung = answerOf(hsts, context);
  if (rung === 'off') return [];
  const wanted = {
    seconds: Number(rung),
    subDomains: answerOf(subDomains, context) === true,
    preload: answerOf(preload, context) === 'preload',
  };
  const isFine = (headers: readonly Field[]): boolean => {
    const now = hstsIn(headers);
    return (
      now !== undefined &&
      now.seconds >= wanted.seconds &&
      (now.subDomains || !wanted.subDomains) &&
      (now.preload || !wanted.preload)
    );
  };
  const valueFor: Wish['valueFor'] = (...now) => hstsValue(strictest(wanted, ...now.map(hstsIn)));
  return [{ name: HSTS, valueFor, isFine }];
}

export function headerWishes(context: Context): readonly Wish[] {
  const answer = answerOf(headersQuestion, context);
  const names = Array.isArray(answer) ? answer.map(String) : [];
  return names.flatMap((name): readonly Wish[] => {
    const wanted = HEADERS[name];
    if (wanted === undefined) return [];
    const isFine = (headers: readonly Field[]): boolean => {
      const now = fieldOf(headers, name);
      return now !== undefined && wanted.isFine(now.value.toLowerCase());
    };
    return [{ name, valueFor: () => wanted.value, isFine }];
  });
}

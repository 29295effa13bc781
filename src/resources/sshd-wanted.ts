// Several steps may want options of sshd. Rules: they are one step's changes, the first that wants any, because all of them end in one file;
// what one step sets in its own time another need not set again later.
import type { Wanted } from './wanted.ts';

/** The same wishes, with options of sshd in one step's hands. Two values of one option stay two: that is a conflict, and told as one. */
export function settleSshdOptions(wanted: readonly Wanted[]): readonly Wanted[] {
  const options = wanted.filter(({ resource }) => resource.kind === 'sshd-option');
  const [first] = options;
  if (first === undefined || options.every(({ step }) => step === first.step)) return wanted;
  const early = new Map(options.flatMap((one) => (isLate(one) ? [] : [[keyOf(one), one.step] as const])));
  return wanted.flatMap((one): readonly Wanted[] => {
    if (one.resource.kind !== 'sshd-option') return [one];
    const other = early.get(keyOf(one));
    return isLate(one) && other !== undefined && other !== one.step ? [] : [{ ...one, step: first.step }];
  });
}

function isLate({ resource }: Wanted): boolean {
  return resource.kind === 'sshd-option' && resource.phase === 'contract';
}

function keyOf({ resource }: Wanted): string {
  return resource.kind === 'sshd-option'
    ? JSON.stringify([resource.keyword.toLowerCase(), resource.values])
    : '';
}

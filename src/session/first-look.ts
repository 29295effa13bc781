// The look that goes along with the first login. Rules: one is made once and used once; whoever looks again asks anew.
import { type Asking, asking } from '../facts/gather.ts';
import { lockdownFacts } from './lockdown-look.ts';

/** All facts, as check, plan, apply and the wizard look; or what a lockdown rests on. */
export type LookKind = 'all' | 'lockdown';

export type FirstLook = { readonly kind: LookKind; readonly asking: Asking };

export function makeFirstLook(kind: LookKind): FirstLook {
  return { kind, asking: kind === 'all' ? asking() : asking(lockdownFacts) };
}

/** The look that is on its way, for the first who wants that kind. */
export function firstLookOf(
  made: Promise<FirstLook> | undefined,
): (kind: LookKind) => Promise<Asking | undefined> {
  let left = made;
  return async (kind) => {
    const look = await left;
    if (look?.kind !== kind) return undefined;
    left = undefined;
    return look.asking;
  };
}

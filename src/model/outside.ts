import type { Family } from './target.ts';

/** "refused" is the host's word, whoever of its rules or programs said it; "silent" is no word until patience ended. */
export type Reached = 'answers' | 'refused' | 'silent' | 'unreachable';

/** A TCP port of the host that somebody wants to see from the operator's machine. */
export type Door = { readonly family: Family; readonly port: number };

/** What doors said when the operator's own machine knocked, or why it did not. */
export type OutsideSight = {
  readonly doors: readonly (Door & { readonly reached: Reached })[];
  /** Families that were not tried, and why. */
  readonly untried: readonly { readonly family: Family; readonly reason: string }[];
};

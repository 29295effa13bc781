// What a transaction changed, object by object: what it was before, what was written, what it is now.

/** One of the three. `text` is null where it is not to be shown, too long, or not kept; `bytes` where nobody knows. */
export type Side =
  | { readonly kind: 'absent' | 'other' }
  | {
      readonly kind: 'file';
      /** Four octal digits. */
      readonly mode: string;
      readonly uid: number;
      readonly gid: number;
      readonly bytes: number | null;
      readonly text: string | null;
    };

/**
 * What an undo does with an object as it is now; the engine's own rules.
 * same: it is as before already. restore, remove, mode: as we wrote it, and put back. lines: an account table, from which our lines
 * are taken out. home: a person's folder, taken away while nothing of his own is in it. left: changed since, and left as it is.
 */
export type Fate = 'same' | 'restore' | 'remove' | 'mode' | 'lines' | 'home' | 'left';

export type ThreeWay = {
  readonly path: string;
  readonly fate: Fate;
  readonly before: Side;
  readonly ours: Side;
  readonly now: Side;
  /** The kept transaction of ours that wrote what is there now; null: nobody did, or somebody else. */
  readonly later: string | null;
  /** False: it may carry a secret, so nothing that is in it is told. */
  readonly shown: boolean;
};

export type TransactionSides = {
  readonly id: string;
  readonly objects: readonly ThreeWay[];
  /** What the engine says it would do, and what it would leave; nothing was touched to say so. */
  readonly would: readonly string[];
  readonly left: readonly string[];
  /** Why the engine would not undo it at all. */
  readonly refused?: string;
};

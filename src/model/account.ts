// An account as it should be, and the edits of account tables that make it so.

/** What an account is and may; whatever else it has stays. */
export type AccountResource = {
  readonly kind: 'account';
  readonly name: string;
  /** Groups that it must be in; one that is not there is made. */
  readonly groups: readonly string[];
  /** Groups that it must not be in. */
  readonly leaves?: readonly string[];
  /** How it is made when it is not there: without a password, with this key alone. Without it: it must be there. */
  readonly create?: {
    readonly comment: string;
    /** authorized_keys line. */
    readonly key: string | null;
  };
  /** Day (since 1970) from which nobody comes in any more; null = never; left out = as it is. */
  readonly expires?: number | null;
  /** Its password is empty, and shall be none. */
  readonly closePassword?: true;
  readonly phase?: 'expand' | 'contract';
};

/** add: a whole line, whose name is not there yet. join, leave: members of a group. expire: days since 1970, null = never. close: an empty password. */
export type AccountEdit =
  | { readonly do: 'add'; readonly line: string }
  | { readonly do: 'join' | 'leave'; readonly name: string; readonly member: string }
  | {
      readonly do: 'expire';
      readonly name: string;
      readonly from: number | null;
      readonly to: number | null;
    }
  | { readonly do: 'close'; readonly name: string };

import type { Looked } from './values.ts';

/** The account tables of the host itself, and sudo's rules. Names and texts come from the host and are hostile. */
export type PeopleFact = {
  /** Lines of /etc/passwd that are accounts, in its order. */
  readonly passwd: readonly {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
    readonly comment: string;
    readonly home: string;
    readonly shell: string;
  }[];
  /** Lines of /etc/group; `members` are those named there, without those whose first group it is. */
  readonly groups: readonly {
    readonly name: string;
    readonly gid: number;
    readonly members: readonly string[];
  }[];
  /** Numbers for people and their groups (login.defs). */
  readonly uids: { readonly min: number; readonly max: number };
  readonly gids: { readonly min: number; readonly max: number };
  /** Numbers of accounts and groups that a directory knows too, and of whoever owns a folder in /home: none of them is free. */
  readonly taken: readonly number[];
  /** Members by group as /etc/gshadow names them; null: there is no such table. Its passwords are read by nobody. */
  readonly gshadow: Readonly<Record<string, readonly string[]>> | null;
  /** Accounts are kept as Debian does: passwd and shadow with the tools that know them (not busybox, not a directory alone). */
  readonly canAdd: boolean;
  /** null: sudo is not installed. */
  readonly sudo: null | {
    /** `visudo -c`; null: there is no visudo. */
    readonly visudo: { readonly code: number; readonly message: string } | null;
    /** What Defaults come to for root, as sudo lists them; null when sudo could not say. */
    readonly defaults: readonly string[] | null;
  };
  /** The files of sudo's rules, those that it passes over included. */
  readonly looked: Looked;
};

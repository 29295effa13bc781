// Where names lead, as far as an authority would follow them: seen from the host, from the operator's machine, and whether port 80 answers.
import type { OutsideSight } from './outside.ts';

export type NameSight = {
  /** Lower case. */
  readonly name: string;
  /** Addresses that the host's own resolver gives; its hosts file counts. */
  readonly host: readonly string[];
  /** Addresses that the operator's machine gives, or why it gives none. */
  readonly here: readonly string[];
  readonly hereWhy: string;
  /** Authorities that CAA records let in, as the operator's machine sees them; undefined: not seen, empty: nobody may. Absent records are `null`. */
  readonly authorities?: readonly string[] | null;
};

export type NamesSight = {
  readonly names: readonly NameSight[];
  readonly port80: OutsideSight;
};

/** What this machine's resolver says. Never rejects. */
export type NameResolver = {
  readonly addresses: (
    name: string,
  ) => Promise<{ readonly addresses: readonly string[]; readonly why: string }>;
  readonly authorities: (name: string) => Promise<readonly string[] | null | undefined>;
};

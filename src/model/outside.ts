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

/** A web server as it is visited from the operator's machine: at this address, asked for that name. */
export type WebDoor = {
  readonly address: string;
  readonly port: number;
  /** Host name; what the certificate says of it is told and never decides whether a handshake came about. */
  readonly name: string;
};

export type Handshake =
  | {
      readonly kind: 'done';
      /** "TLSv1.3". */
      readonly version: string;
      /** sha256 of the server's own certificate, lower-case hex. */
      readonly certificate: string;
    }
  /** The far side ended it. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Nothing was learnt: no way there, silence, or this machine cannot speak it. */
  | { readonly kind: 'untold'; readonly why: string };

export type Answer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case, one entry a line of the answer. */
      readonly headers: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: 'untold'; readonly why: string };

/** Visits that say nothing and change nothing: a handshake, and a HEAD-like request whose body is not read. */
export type WebProbes = {
  readonly handshake: (door: WebDoor & { readonly version?: string }) => Promise<Handshake>;
  readonly request: (door: WebDoor & { readonly tls: boolean; readonly path: string }) => Promise<Answer>;
};

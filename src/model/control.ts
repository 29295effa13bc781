import type { AnswerTable } from './answer-table.ts';
import type { Context } from './context.ts';
import type { Door } from './outside.ts';
import type { Resource } from './resource.ts';
import type { SecretEntry } from './secret-entry.ts';
import type { Statement } from './statement.ts';
import type { Family } from './target.ts';
import type { StepView } from './view.ts';

export type Severity = 'critical' | 'high' | 'medium' | 'low';

/** Weight of a control in the score, design.md §4. */
export const WEIGHT: Record<Severity, number> = { critical: 10, high: 5, medium: 3, low: 1 };

/** What a judge says. `evidence` is what was read, in words; `unknown` must say why it could not tell. */
export type Verdict =
  | {
      readonly result: 'pass';
      readonly evidence: readonly string[] /** Stricter than we would set; kept. */;
      readonly stricter?: boolean;
    }
  | { readonly result: 'fail'; readonly evidence: readonly string[] }
  | { readonly result: 'unknown'; readonly evidence: readonly string[] };

/** Words of XCCDF where it has one. notchecked: no tool can see it, and the operator has not said it. */
export type FindingResult =
  | 'pass'
  | 'fail'
  | 'unknown'
  | 'notapplicable'
  | 'notchecked'
  | 'waived'
  | 'attested';

/** One thing that should be true. */
export type Control = {
  /** Stable id, "step.topic", e.g. "sshd.root-login". */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly why: string;
  /** CIS item, guide section, standard. */
  readonly references: readonly string[];
  /** What is read to judge it, in words, for `explain`. */
  readonly reads: string;
  /** What may break when it is applied, in words, for `explain`. */
  readonly mayBreak: string;
  readonly applies?: (context: Context) => boolean;
  readonly judge: (context: Context) => Verdict;
  /** Absent: the operator sees to it. */
  readonly remedy?: (context: Context) => readonly Resource[];
  readonly proofs?: (context: Context) => readonly Proof[];
  /** What no tool can see: only the operator can tell, and what `judge` cannot tell is asked. */
  readonly attest?: {
    /** In plain words; ends in "?". */
    readonly question: string;
    /** Days after which it has to be said again. */
    readonly days: number;
  };
};

/** A claim with a viewpoint and an expectation. Proofs come in pairs: the allowed thing works, the forbidden fails. */
export type Proof = {
  /** Stable within a plan, e.g. "sshd.key-login". */
  readonly id: string;
  readonly title: string;
  readonly viewpoint: 'inside' | 'outside' | 'fresh-login';
  readonly expect: 'works' | 'fails';
  /** Stage after which it must hold (the old port closes only after contract). Without it: after every stage. */
  readonly phase?: 'expand' | 'contract';
  readonly check: ProofCheck;
};

/** Closed list of things src/verify can decide. */
export type ProofCheck =
  /** A new login with the operator's key as `user` on `port` reaches root the same way as now (unless root is false). */
  | {
      readonly kind: 'login';
      readonly user: string;
      readonly port: number;
      readonly family?: Family;
      readonly root: boolean;
      /** True: a login by password does not count, however it was made so far. */
      readonly byKey?: boolean;
    }
  /** sshd offers `method` to `user` on `port`. */
  | {
      readonly kind: 'method';
      readonly user: string;
      readonly port: number;
      readonly method: string;
      readonly family?: Family;
    }
  /** Something answers on `port`. */
  | { readonly kind: 'port'; readonly port: number; readonly family?: Family }
  /** `sshd -T` (for `user` from `address` where given) says keyword = value (compared lower-case). */
  | {
      readonly kind: 'sshd-effective';
      readonly keyword: string;
      readonly value: string;
      readonly user?: string;
      readonly address?: string;
    }
  /** The running sshd listens on `port`. */
  | { readonly kind: 'listener'; readonly port: number }
  /** The running fail2ban has this jail, it guards all of `ports`, and never bans any of `ignores`. */
  | {
      readonly kind: 'jail';
      readonly jail: string;
      readonly ports: readonly number[];
      readonly ignores: readonly string[];
    }
  /**
   * PostgreSQL on the host lets `role` in with the value that `hole` was filled with, or with the one that `secret` had before. Only the
   * run that made the value can prove it.
   */
  | {
      readonly kind: 'postgres-login';
      readonly value: 'new' | 'old';
      readonly secret: string;
      readonly hole: string;
      readonly role: string;
      readonly database: string;
    }
  /** Somebody who has no password is let in: as this account of the host, over the local socket (empty) or the loopback. */
  | {
      readonly kind: 'postgres-door';
      readonly port: number;
      readonly role: string;
      readonly database: string;
      readonly via: '' | '127.0.0.1' | '::1';
      readonly as: 'nobody' | 'postgres';
    }
  /** The running server has this value. */
  | {
      readonly kind: 'postgres-setting';
      readonly port: number;
      readonly name: 'password_encryption';
      readonly value: string;
    }
  /** The service runs and stays, with the same main process; with `role`, and that role has come back to PostgreSQL since. */
  | { readonly kind: 'service'; readonly unit: string; readonly role?: string }
  /** A ban of a documentation address (RFC 5737) by this jail shows in the kernel's rules, and is gone once lifted. */
  | { readonly kind: 'ban'; readonly jail: string }
  /** A TLS handshake with `port` for `name` comes about: over `version` alone, and with this certificate, where they are given. */
  | {
      readonly kind: 'tls';
      readonly port: number;
      readonly name: string;
      readonly family: Family;
      readonly version?: TlsVersion;
      /** sha256 of the whole certificate, lower-case hex. */
      readonly certificate?: string;
    }
  /**
   * A TLS handshake with `port` for `name` shows the certificate that stands in `file` on the host: in date, for all of `names`, each one of the file
   * signed by the next.
   */
  | {
      readonly kind: 'issued';
      readonly port: number;
      readonly name: string;
      readonly family: Family;
      readonly file: string;
      readonly names: readonly string[];
    }
  /** certbot would renew the certificate that it calls `name` as things stand: a dry run, with `server` where that is not its own authority. */
  | { readonly kind: 'renewal'; readonly name: string; readonly server: string }
  /** The answer to a request for `path` of `name` leads to https (`redirect`), and has these headers. */
  | {
      readonly kind: 'http';
      readonly port: number;
      readonly name: string;
      readonly family: Family;
      readonly tls: boolean;
      readonly path: string;
      readonly redirect: boolean;
      readonly headers: readonly { readonly name: string; readonly value: string }[];
    }
  /** Every process of nginx that takes connections was started after the last change of these files. */
  | { readonly kind: 'workers'; readonly files: readonly string[] }
  /** Caddy took its configuration after the last change of these files. */
  | { readonly kind: 'loaded'; readonly files: readonly string[] }
  /** The account is in these groups, sudo lists just this for it, and sshd would take the key (its blob) from its files. */
  | {
      readonly kind: 'person';
      readonly user: string;
      readonly groups: readonly string[];
      readonly sudo: 'all' | 'some' | 'none';
      readonly key?: string;
    };

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export type ProofResult = {
  readonly proof: Proof;
  readonly outcome: 'proved' | 'disproved' | 'undecided';
  /** What was seen, in words. */
  readonly seen: string;
  readonly milliseconds: number;
};

export type Finding = {
  readonly control: string;
  readonly step: string;
  readonly title: string;
  readonly severity: Severity;
  readonly result: FindingResult;
  readonly evidence: readonly string[];
  readonly stricter: boolean;
  /** What the operator said about it, expired or not. */
  readonly statement?: Statement;
};

/** A control whose truth lies outside the host: nothing is read, nothing is changed, the operator is asked. */
export function attestable(
  it: Pick<Control, 'id' | 'title' | 'severity' | 'why' | 'references' | 'applies'> & {
    readonly question: string;
    readonly days: number;
  },
): Control {
  const { question, days, ...rest } = it;
  return {
    ...rest,
    reads:
      'Nothing: it lies outside the host. You are asked, and what you say is recorded on your side, with an end.',
    mayBreak: 'Nothing: nothing is changed.',
    judge: () => ({ result: 'unknown', evidence: [question] }),
    attest: { question, days },
  };
}

/** A question of a step. Its default comes from facts; it is also a flag (`--set step.key=value`) and an answers-file key. */
export type Question = {
  /** "sshd.port". */
  readonly id: string;
  /** Ends in "?" or ":". */
  readonly prompt: string;
  readonly help: string;
  readonly type: 'text' | 'number' | 'boolean' | 'choice' | 'list';
  readonly choices?: (context: Context) => readonly { readonly value: string; readonly label: string }[];
  /** Proposed in the wizard, but must be given in a headless run; a function where that depends on the host. */
  readonly risky: boolean | ((context: Context) => boolean);
  /** What was answered when the step was last kept is proposed again: for choices that facts alone do not tell. */
  readonly remembered?: true;
  readonly when?: (context: Context) => boolean;
  /** The default and the reason for it, shown beside it. */
  readonly propose: (context: Context) => { readonly value: AnswerValue; readonly reason: string };
  /** A list whose entries have parts: edited row by row. */
  readonly table?: AnswerTable;
  /** undefined = fine, otherwise what is wrong, what is allowed, how to fix. */
  readonly check?: (value: AnswerValue, context: Context) => string | undefined;
};

export type AnswerValue = string | number | boolean | readonly string[];

/** Another step that comes before this one, wherever the profile puts them. */
export type StepEdge = {
  readonly step: string;
  /** The reason, as a clause without a full stop; shown in the room, by `explain`, and where it refuses. */
  readonly why: string;
  /** Control of that step without which nothing of this one is done; absent: only the order is told. */
  readonly needs?: string;
  /** Where the edge holds; absent: everywhere. */
  readonly when?: (context: Context) => boolean;
};

/** "firewall, whose firewall.rules must hold: visitors come in through ports that it opens" */
export function edgeWords({ step, needs, why }: StepEdge): string {
  return `${step}${needs === undefined ? '' : `, whose ${needs} must hold`}: ${why}`;
}

/** A room of the wizard. Holds no I/O: what, why, questions, controls. */
export type Step = {
  readonly id: string;
  readonly title: string;
  /** Two or three plain sentences each; shown verbatim. */
  readonly what: string;
  readonly why: string;
  /** Its words for somebody who meets them the first time; each meaning is one short sentence without a full stop. */
  readonly words?: readonly { readonly word: string; readonly means: string }[];
  readonly questions: readonly Question[];
  readonly controls: readonly Control[];
  /** What has to come before its changes. */
  readonly after?: readonly StepEdge[];
  /** What the step sees as tables: a pure function of readings and answers, asked again at every look. */
  readonly views?: (context: Context) => readonly StepView[];
  /** TCP ports that its tables would like to see from the operator's machine. */
  readonly doors?: (context: Context) => readonly Door[];
  /** Host names that the answers put to an authority: where they lead is looked at in an exchange of its own, when there are any. */
  readonly names?: (context: Context) => readonly string[];
  /** Secrets that the answers declare: their files are looked at in an exchange of its own, when there are any. */
  readonly secrets?: (context: Context) => readonly SecretEntry[];
};

import type { AnswerValue, Finding, Proof } from './control.ts';
import type { Change } from './resource.ts';

/** A sentence why something must not happen, and what to do instead. Any refusal means exit 5. */
export type Refusal = {
  /** Guard id, e.g. "guard.user-not-allowed". */
  readonly guard: string;
  readonly message: string;
  readonly remedy: string;
};

/** Whether a new TCP connection came about, with the rules of today and with the planned ones. */
export type Packet = {
  readonly from: 'operator' | 'stranger';
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly port: number;
  readonly before: boolean;
  readonly after: boolean;
};

/** What became of the plan when it was tried on the host; nothing of it was left there. */
export type Rehearsal = {
  /**
   * rehearsed: carried out by the engine's own operations in namespaces that vanished. namespace: sshd read copies of the files.
   * flattened: sshd read our rendering of them.
   */
  readonly method: 'rehearsed' | 'namespace' | 'flattened';
  /** Why it was not rehearsed; empty when it was. */
  readonly reason: string;
  /** The daemons' own checkers on the resulting tree. broken: it did not run, or nothing it says can be trusted. */
  readonly checkers: readonly {
    readonly step: string;
    readonly phase: 'expand' | 'contract';
    readonly name: string;
    readonly result: 'passed' | 'failed' | 'broken' | 'missing';
    readonly message: string;
  }[];
  /** Real packets in a network of their own, after each stage that changes a firewall. */
  readonly packets: readonly (Packet & { readonly step: string; readonly phase: 'expand' | 'contract' })[];
  /** Changes that are less sure than they could be, by address. */
  readonly downgraded: readonly { readonly address: string; readonly reason: string }[];
};

/** Ordered changes, the readings they rest on, a digest. Serialisable; apply takes a plan, never a configuration. */
export type Plan = {
  readonly version: 1;
  readonly tool: string;
  /** ISO 8601, UTC; not part of the digest. */
  readonly created: string;
  readonly target: {
    readonly name: string;
    /** Host key fingerprint and machine-id identify the machine. */
    readonly hostKey: string;
    readonly machineId: string;
  };
  readonly profile: string;
  readonly answers: Readonly<Record<string, AnswerValue>>;
  readonly findings: readonly Finding[];
  readonly changes: readonly Change[];
  readonly proofs: readonly Proof[];
  /** Content of files by sha256 (lower-case hex), base64. */
  readonly contents: Readonly<Record<string, string>>;
  readonly refusals: readonly Refusal[];
  /** Notes a person should read before approving, e.g. "adds an SSH key for root: SHA256…". */
  readonly notes: readonly string[];
  readonly score: { readonly now: number; readonly projected: number };
  /** Absent when nothing was tried on the host. */
  readonly rehearsal?: Rehearsal;
  /** All facts needed were known. An incomplete plan must not be applied. */
  readonly complete: boolean;
  /** Complete, no refusal, at least one change. */
  readonly applyable: boolean;
  /** Stable readings the plan rests on: name → sha256. A plan file must have it. */
  readonly basis?: Readonly<Record<string, string>>;
  /** sha256 over target identity, stable readings and changes. */
  readonly digest: string;
};

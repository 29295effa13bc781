// What the operator says about a control where no tool can, or in spite of what one saw. Rules: it is never a pass; it stands under a
// name, with a reason and a last day; an attestation answers what cannot be seen, a waiver accepts what is not so.
import type { Control, Finding } from './control.ts';

export type StatementKind = 'attest' | 'waive';

export type Statement = {
  readonly kind: StatementKind;
  /** Control id. */
  readonly control: string;
  /** One line. */
  readonly reason: string;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The last day on which it holds, "2027-05-21", UTC. */
  readonly until: string;
  /** That day was over when it was read; it then counts for nothing. */
  readonly expired: boolean;
};

/** As it is asked for; the rest is filled in where it is recorded. */
export type StatementRequest = Pick<Statement, 'kind' | 'control' | 'reason'> & {
  /** Who says it; without it, whoever is logged in on this machine. */
  readonly by?: string;
  /** The last day, or days from now as "180d"; without it, as long as the control or the kind says. */
  readonly until?: string;
};

/** Days that a waiver holds when nothing else is said. */
const WAIVER_DAYS = 90;

/** Days that a statement holds when nothing else is said. */
export function usualDays(kind: StatementKind, control: Pick<Control, 'attest'> | undefined): number {
  return kind === 'attest' ? (control?.attest?.days ?? WAIVER_DAYS) : WAIVER_DAYS;
}

const DONE: Readonly<Record<StatementKind, string>> = { attest: 'attested', waive: 'waived' };

/** "waived by ana@desk on 2026-11-22 until 2027-02-20: the console needs it" */
export function statementWords({ kind, by, at, until, expired, reason }: Statement): string {
  return expired
    ? `${DONE[kind]} by ${by} until ${until}, expired: ${reason}`
    : `${DONE[kind]} by ${by} on ${at.slice(0, 10)} until ${until}: ${reason}`;
}

/** Why this cannot be said of a control as it was judged; undefined when it can. */
export function cannotState(
  kind: StatementKind,
  control: Pick<Control, 'attest'> | undefined,
  { result }: Pick<Finding, 'result'>,
): string | undefined {
  if (result === 'notapplicable') return 'it does not apply to this host';
  if (result === 'pass')
    return kind === 'attest' ? 'it passes, as seen on the host' : 'it passes: there is nothing to waive';
  if (kind === 'waive') return undefined;
  if (control?.attest === undefined)
    return 'it is judged by what is seen on the host; what is not so, or could not be told, can be waived';
  return result === 'fail' ? 'it fails, as seen on the host; that can only be waived' : undefined;
}

/** Critical controls that were waived: no score is told without them. */
export function waivedCritical(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ result, severity }) => result === 'waived' && severity === 'critical');
}

import type { Finding } from '../model/control.ts';
import type { StepView } from '../model/view.ts';
import { safeJson } from '../text/json.ts';

/** The table of declared secrets for programs, and what the controls say. No values, no digests. Version 1: fields are only ever added. */
export function secretsJson(target: string, table: StepView, findings: readonly Finding[]): string {
  const secrets = table.rows.map(({ cells, state, notes }) => ({
    name: cells[0] ?? '',
    state,
    ...Object.fromEntries(
      table.columns.slice(1).map((column, index) => [keyOf(column), cells[index + 1] ?? '']),
    ),
    findings: notes ?? [],
  }));
  const failed = findings.filter(({ result }) => result === 'fail' || result === 'unknown');
  return `${safeJson({ type: 'secrets', version: 1, target, secrets, findings: failed })}\n`;
}

/** "Stands in" → "standsIn". */
function keyOf(column: string): string {
  return column.toLowerCase().replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}

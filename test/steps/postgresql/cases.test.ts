// Each case is data; the end of its name carries the verdict: fail, pass, unknown or notapplicable for the first finding it names,
// none = nothing fails, refuses = an answer or a guard turns it down.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { problemWith } from '../../../src/plan/answers.ts';
import { judge } from '../../../src/plan/judge.ts';
import { draftPlan } from '../../../src/plan/plan.ts';
import { steps } from '../../../steps/index.ts';
import { postgresql } from '../../../steps/postgresql.ts';
import { type Case, contextOf, HBA } from './context.ts';

const folder = join(import.meta.dirname, 'cases');
const cases = readdirSync(folder)
  .sort()
  .map((name) => ({ name, it: parse(readFileSync(join(folder, name), 'utf8')) as Case }));

describe('postgresql cases', () => {
  test.each(cases)('$name', ({ name, it }) => {
    const verdict = name.split('.').at(-2) ?? '';
    expect(it.about, 'a case says what it is about').toMatch(/\w+ \w+/);
    const context = contextOf(it);
    const findings = judge({ steps: [postgresql], context });
    const named = Object.entries(it.findings ?? {});
    for (const [id, result] of named) {
      const finding = findings.find(({ control }) => control === id);
      expect(`${id}: ${finding?.result}`, finding?.evidence.join('; ')).toBe(`${id}: ${result}`);
    }
    for (const { result, evidence, control } of findings)
      if (result !== 'notapplicable')
        expect(evidence.join('').length, `${control} gives evidence`).toBeGreaterThan(0);
    if (verdict === 'none')
      expect(findings.filter(({ result }) => result !== 'pass').map(({ control }) => control)).toEqual([]);
    else if (verdict !== 'refuses') expect(named[0]?.[1]).toBe(verdict);
    for (const [id, words] of Object.entries(it.evidence ?? {}))
      expect(findings.find(({ control }) => control === id)?.evidence.join('\n')).toContain(words);
    for (const [id, words] of Object.entries(it.refused ?? {})) {
      const question = postgresql.questions.find((one) => one.id === id);
      expect(question && problemWith(question, context.answers.get(id) ?? '', context)).toContain(words);
    }
    for (const [id, value] of Object.entries(it.proposes ?? {}))
      expect(postgresql.questions.find((one) => one.id === id)?.propose(context).value).toEqual(value);
    if (it.refused !== undefined) return;
    const draft = draftPlan({ context, steps: [postgresql], walk: steps });
    const change = draft.changes.find(({ address }) => address === `file:${HBA}`);
    expect(change?.after?.split('\n').slice(1, -1)).toEqual(it.after);
    for (const [client, line] of Object.entries(it.then ?? {}))
      expect(change?.effective.find((one) => one.name.startsWith(client))?.after).toContain(line);
    expect(Object.fromEntries(draft.refusals.map(({ guard }) => [guard, '']))).toEqual(
      Object.fromEntries(Object.keys(it.refusals ?? {}).map((guard) => [guard, ''])),
    );
    for (const [guard, words] of Object.entries(it.refusals ?? {}))
      expect(draft.refusals.find((one) => one.guard === guard)?.message).toContain(words);
    for (const path of it.writes ?? [])
      expect(draft.changes.map(({ address }) => address)).toContain(`file:${path}`);
    if (it.rights !== undefined) {
      const rights = draft.changes.filter(({ address }) => address.startsWith('database:'));
      expect(rights.map(({ title }) => title).sort()).toEqual([...it.rights].sort());
    }
    const titles = draft.proofs.map(({ title }) => title);
    for (const title of it.proofs ?? []) expect(titles).toContain(title);
    expect(draft.unknown).toEqual([]);
    // The table agrees with what is judged, whatever the host says.
    expect(postgresql.views?.(context)[0]?.rows.length).toBe(it.clients?.length ?? 0);
  });

  test('every control fails in one case and passes in another', () => {
    for (const { id } of postgresql.controls)
      for (const result of ['fail', 'pass'])
        expect(
          cases.some(({ it }) =>
            judge({ steps: [postgresql], context: contextOf(it) }).some(
              (one) => one.control === id && one.result === result,
            ),
          ),
          `${id} never gives ${result}`,
        ).toBe(true);
  });
});

// Each case is data; the end of its name carries the verdict: none = nothing fails and nothing is wanted; refuses = an answer is
// turned down; fail, pass, unknown and notapplicable = what the first finding it names must be.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Context } from '../../../src/model/context.ts';
import type { Control } from '../../../src/model/control.ts';
import type { Resource } from '../../../src/model/resource.ts';
import { problemWith } from '../../../src/plan/answers.ts';
import { judge } from '../../../src/plan/judge.ts';
import { diffResources } from '../../../src/resources/index.ts';
import { sshd } from '../../../steps/sshd.ts';
import { type Case, contextOf } from './context.ts';

const folder = join(import.meta.dirname, 'cases');
const VERDICTS = ['fail', 'pass', 'none', 'refuses', 'unknown', 'notapplicable'];

const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => ({ name, it: parse(readFileSync(join(folder, name), 'utf8')) as Case }));

function controlOf(id: string): Control {
  const control = sshd.controls.find((one) => one.id === id);
  if (control === undefined) throw new Error(`no control is called ${id}`);
  return control;
}

function questionOf(id: string) {
  const question = sshd.questions.find((one) => one.id === id);
  if (question === undefined) throw new Error(`no question is called ${id}`);
  return question;
}

/** One line a resource, as cases write it. */
function inWords(resource: Resource): string {
  const phase = 'phase' in resource && resource.phase === 'contract' ? ' (contract)' : '';
  switch (resource.kind) {
    case 'sshd-option':
      return `${resource.keyword} ${resource.values.join(' ')}${resource.everywhere ? ' everywhere' : ''}${phase}`;
    case 'file':
      return `file ${resource.path} ${resource.mode ?? ''}`;
    case 'ini-option':
      return `${resource.path} [${resource.section}] ${resource.key} = ${resource.value}`;
    case 'unit':
      return `unit ${resource.name}`;
    case 'package':
      return `package ${resource.name}`;
    case 'certificate':
      return `certificate for ${resource.names.join(', ')}`;
    case 'container-policy':
      return 'containers';
    case 'account':
      return `account ${resource.name}`;
    case 'authorized-key':
      return `key for ${resource.user}: ${resource.line}`;
    case 'nginx-edit':
    case 'caddy-edit':
      return `${resource.file} ${resource.edit.do}`;
    case 'database-right':
      return `${resource.what} of ${resource.role ?? 'everybody'}`;
    case 'hba-rule':
      return `${resource.file} line ${resource.line}`;
    case 'secret':
      return `secret in ${resource.path}`;
    case 'firewall':
      return `firewall of ${resource.intents.length} ways in`;
  }
}

function findingsOf(context: Context) {
  return judge({ steps: [sshd], context });
}

describe('sshd cases', () => {
  test.each(cases)('$name', ({ name, it }) => {
    const verdict = name.split('.').at(-2) ?? '';
    expect(VERDICTS).toContain(verdict);
    expect(it.about, 'a case says what it is about').toMatch(/\w+ \w+/);
    const context = contextOf(it);
    const findings = findingsOf(context);
    const results = new Map(findings.map((finding) => [finding.control, finding]));

    const named = Object.entries(it.findings ?? {});
    for (const [id, result] of named) {
      controlOf(id);
      const finding = results.get(id);
      expect(`${id}: ${finding?.result}`, finding?.evidence.join('; ')).toBe(`${id}: ${result}`);
      expect(finding?.evidence.join('').length, `${id} gives evidence`).toBeGreaterThan(0);
    }
    for (const [id, words] of Object.entries(it.evidence ?? {})) {
      expect(results.get(id)?.evidence.join('\n')).toContain(words);
    }
    for (const [id, wanted] of Object.entries(it.wants ?? {})) {
      expect((controlOf(id).remedy?.(context) ?? []).map(inWords)).toEqual(wanted);
    }
    for (const [id, value] of Object.entries(it.proposes ?? {})) {
      expect(questionOf(id).propose(context).value).toEqual(value);
    }
    for (const [id, words] of Object.entries(it.refused ?? {})) {
      const answer = context.answers.get(id);
      expect(answer, `the case answers ${id}`).toBeDefined();
      expect(problemWith(questionOf(id), answer ?? '', context)).toContain(words);
    }

    if (verdict === 'none') {
      expect(
        findings.filter((finding) => !['pass', 'notapplicable', 'notchecked'].includes(finding.result)),
      ).toEqual([]);
    } else if (verdict === 'refuses') {
      expect(Object.keys(it.refused ?? {}).length).toBeGreaterThan(0);
    } else {
      expect(named[0]?.[1]).toBe(verdict);
    }
  });
});

describe('the controls of sshd', () => {
  test('each fails in one case at least, and passes in another', () => {
    const seen = new Set<string>();
    for (const { it } of cases) {
      for (const finding of findingsOf(contextOf(it))) seen.add(`${finding.control} ${finding.result}`);
    }
    // What only the operator can tell is never judged by what a host says.
    const judged = sshd.controls.filter(({ attest }) => attest === undefined);
    const lacking = judged.flatMap(({ id }) =>
      ['fail', 'pass'].map((result) => `${id} ${result}`).filter((line) => !seen.has(line)),
    );
    expect(lacking).toEqual([]);
  });

  test('none passes when sshd could not be read', () => {
    const results = findingsOf(contextOf({ about: '', unknown: { sshd: 'permission denied' } }));
    const passing = results.filter((finding) => finding.result === 'pass').map((finding) => finding.control);
    // The operator's key is judged by the login itself and by the accounts.
    expect(passing).toEqual(['sshd.operator-key']);
  });

  test('none applies where there is no sshd', () => {
    const results = findingsOf(contextOf({ about: '', absent: ['sshd'] }));
    expect(new Set(results.map((finding) => finding.result))).toEqual(new Set(['notapplicable']));
  });

  test('all have ids of their own, words for people, and references', () => {
    expect(new Set(sshd.controls.map((control) => control.id)).size).toBe(sshd.controls.length);
    for (const control of sshd.controls) {
      expect(control.id).toMatch(/^sshd\.[a-z0-9-]+$/);
      expect(control.references.length, control.id).toBeGreaterThan(0);
      for (const text of [control.title, control.why, control.reads, control.mayBreak])
        expect(text.length).toBeGreaterThan(3);
    }
  });

  test.each(['debian12', 'debian13'] as const)('ask for nothing contradictory on a fresh %s', (base) => {
    for (const as of ['ana', 'root', 'password'] as const) {
      const context = contextOf({ about: '', base, as });
      const failing = new Set(
        findingsOf(context)
          .filter((one) => one.result === 'fail')
          .map((one) => one.control),
      );
      const wanted = sshd.controls
        .filter((control) => failing.has(control.id))
        .flatMap((control) =>
          (control.remedy?.(context) ?? []).map((resource) => ({
            resource,
            step: 'sshd',
            control: control.id,
            why: control.why,
          })),
        );
      const diff = diffResources(wanted, context);
      expect(diff.unknown).toEqual([]);
      expect(diff.changes.filter((change) => change.action !== 'none').length).toBeGreaterThan(0);
    }
  });

  test('have proofs whose ids are the same only when the proofs are', () => {
    const context = contextOf({ about: '', answers: { 'sshd.port': 2222 } });
    const byId = new Map<string, string>();
    for (const proof of sshd.controls.flatMap((control) => control.proofs?.(context) ?? [])) {
      const text = JSON.stringify(proof);
      expect(byId.get(proof.id) ?? text).toBe(text);
      byId.set(proof.id, text);
    }
    expect(byId.size).toBeGreaterThan(20);
  });
});

describe('the questions of sshd', () => {
  test('end in "?" or ":" and each proposal is an answer they take', () => {
    for (const as of ['ana', 'root', 'password', 'local'] as const) {
      const context = contextOf({ about: '', as });
      for (const question of sshd.questions.filter((one) => one.when?.(context) ?? true)) {
        expect(question.prompt).toMatch(/[?:]$/);
        const { value, reason } = question.propose(context);
        expect(reason.length).toBeGreaterThan(3);
        expect(problemWith(question, value, context), question.id).toBeUndefined();
      }
    }
  });
});

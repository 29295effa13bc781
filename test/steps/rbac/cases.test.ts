// Each case is data; the end of its name carries the verdict: fail, pass, unknown or notapplicable for the first finding it names,
// none = nothing fails.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Context } from '../../../src/model/context.ts';
import type { Resource } from '../../../src/model/resource.ts';
import { problemWith } from '../../../src/plan/answers.ts';
import { judge } from '../../../src/plan/judge.ts';
import { draftPlan } from '../../../src/plan/plan.ts';
import { dateOf } from '../../../steps/rbac/state.ts';
import { rbac } from '../../../steps/rbac.ts';
import { sshd } from '../../../steps/sshd.ts';
import { type Case, contextOf } from './context.ts';

const folder = join(import.meta.dirname, 'cases');
const cases = readdirSync(folder)
  .sort()
  .map((name) => ({ name, it: parse(readFileSync(join(folder, name), 'utf8')) as Case }));
const controlOf = (id: string) => rbac.controls.find((one) => one.id === id);

/** One line a resource, as cases write it. */
function inWords(resource: Resource): string {
  const phase = 'phase' in resource && resource.phase === 'contract' ? ' (contract)' : '';
  switch (resource.kind) {
    case 'file':
      return `${resource.path} ${resource.mode}`;
    case 'sshd-option':
      return `${resource.keyword} ${resource.values.join(' ')}${phase}`;
    case 'account': {
      const joins = resource.groups.map((name) => ` +${name}`).join('');
      const leaves = (resource.leaves ?? []).map((name) => ` -${name}`).join('');
      const ends = resource.expires == null ? '' : ` ends ${dateOf(resource.expires)}`;
      return `account ${resource.name}${joins}${leaves}${ends}${resource.closePassword ? ' closed' : ''}${phase}`;
    }
    default:
      return resource.kind;
  }
}

describe('rbac cases', () => {
  test.each(cases)('$name', ({ name, it }) => {
    const verdict = name.split('.').at(-2) ?? '';
    expect(it.about, 'a case says what it is about').toMatch(/\w+ \w+/);
    const context = contextOf(it);
    const findings = judge({ steps: [rbac], context });
    const named = Object.entries(it.findings ?? {});
    for (const [id, result] of named) {
      const finding = findings.find(({ control }) => control === id);
      expect(`${id}: ${finding?.result}`, finding?.evidence.join('; ')).toBe(`${id}: ${result}`);
      expect(finding?.evidence.join('').length, `${id} gives evidence`).toBeGreaterThan(0);
    }
    if (verdict === 'none') {
      expect(
        findings
          .filter(({ result }) => result !== 'pass')
          .map(({ control, evidence }) => `${control}: ${evidence}`),
      ).toEqual([]);
    } else if (verdict !== 'refuses') expect(named[0]?.[1]).toBe(verdict);
    for (const [id, words] of Object.entries(it.evidence ?? {}))
      expect(findings.find(({ control }) => control === id)?.evidence.join('\n')).toContain(words);
    for (const [id, wanted] of Object.entries(it.wants ?? {})) {
      const resources = controlOf(id)?.remedy?.(context) ?? [];
      expect(resources.map(inWords)).toEqual(wanted);
    }
    for (const [id, lines] of Object.entries(it.writes ?? {})) {
      const files = (controlOf(id)?.remedy?.(context) ?? []).filter((one) => one.kind === 'file');
      const written = files.flatMap(({ content }) => (content ?? '').split('\n'));
      expect(written.filter((line) => line !== '' && !line.startsWith('#'))).toEqual(lines);
    }
    if (it.offers !== undefined) {
      const table = rbac.questions.find((one) => one.id === 'rbac.people')?.table;
      const entries = table
        ?.offers?.(context, [])
        .flatMap(({ choices }) => choices.map(({ entry }) => entry));
      expect(entries).toEqual(it.offers);
    }
    for (const [id, value] of Object.entries(it.proposes ?? {}))
      expect(rbac.questions.find((one) => one.id === id)?.propose(context).value).toEqual(value);
    for (const [id, words] of Object.entries(it.refused ?? {})) {
      const question = rbac.questions.find((one) => one.id === id);
      expect(question && problemWith(question, context.answers.get(id) ?? '', context)).toContain(words);
    }
    const rows = rbac.views?.(context)[0]?.rows ?? [];
    for (const [who, [state, words = '']] of Object.entries(it.rows ?? {})) {
      const row = rows.find(({ cells }) => cells[0] === who);
      expect(row?.state, who).toBe(state);
      expect(row?.notes.join(' ')).toContain(words);
    }
  });

  test('the matrix tells roles, ways in and ends', () => {
    const context = contextOf({
      about: 'an auditor until a day',
      roles: { bea: ['portcullis-auditors'] },
      accounts: { bea: { uid: 1300, keys: ['ssh-ed25519', 'ssh-rsa:3072'] } },
      aging: { bea: { expires: 22_280 } },
    });
    const [view] = rbac.views?.(context) ?? [];
    expect(view?.columns).toEqual([
      ...['Account', 'Role', 'Comes in', 'sudo', 'Root by', 'Keys', 'Last seen', 'Ends'],
    ]);
    expect(view?.rows.find(({ cells }) => cells[0] === 'bea')?.cells).toEqual([
      ...['bea', 'auditor', 'key', 'nothing', 'not at all', 'ed25519, rsa', 'not on record', '2031-01-01'],
    ]);
  });

  test('nothing is written among rules that are broken before us', () => {
    const broken = { code: 1, message: '/etc/sudoers.d/bad:1:5: syntax error' };
    const refusals = (it: Partial<Case>) =>
      draftPlan({
        context: contextOf({ about: 'a fresh Debian', defaults: ['use_pty'], ...it }),
        steps: [rbac],
      }).refusals;
    expect(refusals({ visudo: broken })).toEqual([
      expect.objectContaining({ guard: 'guard.sudoers', message: expect.stringContaining('syntax error') }),
    ]);
    expect(refusals({})).toEqual([]);
    // Of modes, only what this plan mends is no hindrance: visudo would refuse our change for the rest.
    const modes = (path: string, mode: string) => ({
      sudoers: { [path]: mode },
      visudo: { code: 1, message: `${path}: bad permissions, should be mode 0440` },
    });
    expect(refusals(modes('/etc/sudoers.d/loose', '0644'))).toEqual([]);
    expect(refusals(modes('/etc/sudoers.d/his', '0666'))).toEqual([
      expect.objectContaining({ guard: 'guard.sudoers', message: expect.stringContaining('sudoers.d/his') }),
    ]);
  });

  test('nobody is made whom a directory knows, and no number is given that is somebody’s there or owns files', () => {
    const bea = `bea auditor ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEWm1bbmVMPYvrtGb9EDVcP+DkgvmdGP3rlxD7ISFlKW`;
    const draft = (it: Partial<Case>) =>
      draftPlan({
        context: contextOf({
          about: 'a new auditor',
          answers: { 'rbac.people': ['ana operator', bea] },
          ...it,
        }),
        steps: [rbac],
      });
    const passwd = [
      { name: 'ana', uid: 1003, gid: 1003, comment: '', home: '/home/ana', shell: '/bin/bash' },
    ];
    const inPasswd = (taken: readonly number[]) =>
      draft({ people: { passwd, taken } }).changes.find(
        ({ address }) => address === 'account-table:/etc/passwd',
      )?.after;
    expect(inPasswd([])).toMatch(/^bea:x:1004:1004:/);
    expect(inPasswd([1003, 1700, 70_001])).toMatch(/^bea:x:1701:1701:/);
    const inDirectory = { bea: { uid: 20_000, keys: ['ssh-ed25519'] } };
    expect(() => draft({ people: { passwd }, accounts: inDirectory })).toThrow(
      'bea is an account of a directory (LDAP, NIS), not of this host',
    );
  });

  test('walked with sshd, both rooms write one list, with everybody who is made', () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEWm1bbmVMPYvrtGb9EDVcP+DkgvmdGP3rlxD7ISFlKW';
    const people = ['ana operator', `bea auditor ${key}`];
    const at = (it: Partial<Case>): Context => {
      const context = contextOf({ about: 'two rooms', ...it });
      return { ...context, profile: { ...context.profile, steps: ['sshd', 'rbac'] } };
    };
    const lists = (context: Context) =>
      [...sshd.controls, ...rbac.controls]
        .flatMap((control) => control.remedy?.(context) ?? [])
        .flatMap((one) =>
          one.kind === 'sshd-option' && one.keyword === 'AllowUsers' ? [one.values.join(' ')] : [],
        );
    const answers = { 'rbac.people': people, 'sshd.allow-users': ['ana'] };
    expect(lists(at({ answers }))).toEqual(['ana bea']);
    expect(lists(at({ answers, set: { AllowUsers: ['ana', 'deploy'] } }))).toEqual(['ana bea', 'ana bea']);
    const done = at({ answers, set: { AllowUsers: ['ana', 'bea'] } });
    const allow = judge({ steps: [sshd], context: done }).find(
      ({ control }) => control === 'sshd.allow-users',
    );
    expect(allow?.result).toBe('pass');
    const question = sshd.questions.find(({ id }) => id === 'sshd.allow-users');
    if (question === undefined) throw new Error('no such question');
    const fresh = at({ answers: { 'rbac.people': people } });
    expect(question.propose(fresh).value).toEqual(expect.arrayContaining(['ana', 'bea']));
    expect(problemWith(question, ['ana', 'bea'], fresh)).toBeUndefined();
    expect(problemWith(question, ['ana', 'cid'], fresh)).toContain('called cid');
    expect(problemWith(question, ['ana', 'bea'], contextOf({ about: 'sshd alone' }))).toContain('called bea');
  });

  test('whoever would take root from himself, or from everybody, is refused', () => {
    const roles = { ana: ['portcullis-operators'], bea: ['portcullis-operators'] };
    const bea = { uid: 1300, keys: ['ssh-ed25519'], sudo: 'all-password', password: 'set' } as const;
    const guards = (
      people: readonly string[],
      accounts: Case['accounts'] = { bea },
      answers: Case['answers'] = { 'rbac.sudo-password': true },
    ) =>
      draftPlan({
        context: contextOf({
          about: 'two operators',
          roles,
          accounts,
          answers: { ...answers, 'rbac.people': people },
        }),
        steps: [rbac],
      }).refusals.map(({ guard }) => guard);
    expect(guards(['ana operator', 'bea operator'])).toEqual([]);
    expect(guards(['ana operator', 'bea auditor'])).toEqual([]);
    expect(guards(['bea operator'])).toEqual(['guard.operator-rights']);
    expect(guards(['bea auditor'])).toEqual(['guard.operator-rights', 'guard.last-administrator']);
    expect(guards(['ana operator until 2020-01-01', 'bea operator'])).toContain('guard.operator-rights');
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEWm1bbmVMPYvrtGb9EDVcP+DkgvmdGP3rlxD7ISFlKW';
    const free = { 'rbac.sudo-password': false };
    // A newcomer counts when the plan makes him root, and not as somebody who reads logs, or has no password to give.
    expect(guards([`cid auditor ${key}`], { bea }, free)).toContain('guard.last-administrator');
    expect(guards([`cid operator ${key}`], { bea })).toContain('guard.last-administrator');
    expect(guards([`cid operator ${key}`], { bea }, free)).toEqual(['guard.operator-rights']);
  });

  test('root in a group of ours leaves it, and loses nothing by that', () => {
    const refusals = draftPlan({
      context: contextOf({
        about: 'root came, and somebody put root among the operators',
        as: 'root',
        accounts: { root: { keys: ['ssh-ed25519'] } },
        roles: { root: ['portcullis-operators'], ana: ['portcullis-operators'] },
        answers: { 'rbac.people': ['ana operator'] },
      }),
      steps: [rbac],
    }).refusals;
    expect(refusals).toEqual([]);
  });

  test('every control fails in one case and passes in another', () => {
    const results = cases.flatMap(({ it }) => judge({ steps: [rbac], context: contextOf(it) }));
    const missing = (result: string) =>
      rbac.controls
        .map(({ id }) => id)
        .filter((id) => !results.some((one) => one.control === id && one.result === result));
    expect({ fail: missing('fail'), pass: missing('pass') }).toEqual({ fail: [], pass: [] });
  });
});

import { expect, test } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import { draftPlan } from '../../src/plan/plan.ts';
import { sshd } from '../../steps/sshd.ts';
import { configFile, contextOf } from '../steps/sshd/context.ts';

const MAIN = '/etc/ssh/sshd_config';

function changesWith(text: string, answers: Record<string, number>): readonly Change[] {
  const files = [configFile(MAIN, `Include /etc/ssh/sshd_config.d/*.conf\n${text}`)];
  return draftPlan({ context: contextOf({ about: '', sshd: { files }, answers }), steps: [sshd] }).changes;
}

const ofMain = (changes: readonly Change[]) => changes.filter((change) => change.address === `file:${MAIN}`);

test('an edit of a file whose mode is put right carries both in one change', () => {
  const [only, ...others] = ofMain(changesWith('AllowUsers ana deploy\n', {}));
  expect(others).toEqual([]);
  expect(only?.title).toMatch(/AllowUsers ana deploy; mode 0644 to 0600/);
  expect(only?.controls).toEqual(expect.arrayContaining(['sshd.config-modes', 'sshd.allow-users']));
  expect(only?.base).toMatchObject({ mode: '0644' });
  expect(only?.primitives).toMatchObject([{ kind: 'put-file', mode: '0600' }]);
});

test('a later stage starts from the mode that the earlier one left, and keeps it', () => {
  const [expand, contract] = ofMain(changesWith('Port 22\n', { 'sshd.port': 2222 }));
  expect([expand?.phase, contract?.phase]).toEqual(['expand', 'contract']);
  expect(expand?.primitives).toMatchObject([{ mode: '0600' }]);
  expect(contract?.base).toMatchObject({ kind: 'file', mode: '0600' });
  expect(contract?.primitives).toMatchObject([{ mode: '0600' }]);
});

test('files that nobody edits keep their own change', () => {
  const [only, ...others] = ofMain(changesWith('', {}));
  expect(others).toEqual([]);
  expect(only?.before).toBe(only?.after);
});

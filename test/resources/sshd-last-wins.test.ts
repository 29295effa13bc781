import { expect, test } from 'vitest';
import type { SshdOptionResource } from '../../src/model/resource.ts';
import { editTree } from '../../src/resources/sshd-edit.ts';

const MAIN = '/etc/ssh/sshd_config';
const OWN = '/etc/ssh/sshd_config.d/00-portcullis.conf';
const wanted: SshdOptionResource = { kind: 'sshd-option', keyword: 'MaxStartups', values: ['10:30:60'] };

function edit(main: string, own?: string) {
  const files = [{ path: MAIN, text: `Include /etc/ssh/sshd_config.d/*.conf\n${main}` }];
  if (own !== undefined) files.push({ path: OWN, text: own });
  const tree = files.map((file) => ({ ...file, realPath: file.path }));
  return editTree({ tree, wanted: [wanted], effective: { maxstartups: ['10:30:100'] } });
}

const textOf = (result: ReturnType<typeof edit>, path: string) =>
  result.tree.find((file) => file.path === path)?.text ?? '';

test('sshd keeps the last MaxStartups, so a later line is switched off', () => {
  const result = edit('MaxStartups 100:30:200\n');
  expect(textOf(result, MAIN)).toMatch(/^# switched off by portcullis: MaxStartups 100:30:200$/m);
  expect(textOf(result, OWN)).toMatch(/^MaxStartups 10:30:60$/m);
  const again = edit(textOf(result, MAIN).replace(/^.*\n/, ''), textOf(result, OWN));
  expect(again.edits).toEqual([]);
  expect(again.written).toEqual([]);
});

test('a later line that undoes ours is seen although ours stands in the drop-in', () => {
  const result = edit('MaxStartups 100:30:200\n', 'MaxStartups 10:30:60\n');
  expect(result.edits).toMatchObject([{ keyword: 'maxstartups', line: 2 }]);
});

test('a last line that is stricter stays', () => {
  expect(edit('MaxStartups 5:50:20\n').kept).toMatchObject([{ stricter: true }]);
});

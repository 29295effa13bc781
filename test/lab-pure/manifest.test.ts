import { expect, it } from 'vitest';
import { diffManifests, stateEntries } from '../../src/lab/manifest.ts';
import { exclusionsPage, matcher } from '../../src/lab/manifest-exclusions.ts';

it('publishes what the manifest leaves out, word for word', async () => {
  await expect(exclusionsPage()).toMatchFileSnapshot('../../docs/manifest-exclusions.md');
});

it('leaves out what a pattern says and nothing that merely looks like it', () => {
  const excluded = matcher([
    { pattern: '/run', why: '' },
    { pattern: '/tmp/private-*', why: '' },
    { pattern: '/log/**', why: '' },
  ]);
  expect(['/run', '/tmp/private-a', '/log/a/b'].map(excluded)).toEqual([true, true, true]);
  expect(['/runs', '/tmp/private-a/b', '/xlog/a', '/etc/run'].map(excluded)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

it('lists a unit that is active or waits for a daemon-reload, and no idle one', () => {
  const unit = (id: string, state: string, reload: string) =>
    `Id=${id}\nActiveState=${state}\nSubState=x\nNeedDaemonReload=${reload}\nFragmentPath=/u/${id}\nDropInPaths=\n`;
  const units = [
    unit('a.service', 'active', 'no'),
    unit('b.service', 'inactive', 'no'),
    unit('c.service', 'inactive', 'yes'),
  ];
  expect(stateEntries(`== units\n${units.join('\n')}== end\n`)).toEqual([
    ['unit a.service', 'active x /u/a.service'],
    ['unit c.service', 'inactive x /u/c.service daemon-reload-needed'],
  ]);
});

it('names what was added, removed and changed, and nothing else', () => {
  const before = new Map([
    ['path /a', '1'],
    ['path /b', '1'],
    ['path /c', '1'],
  ]);
  const after = new Map([
    ['path /a', '1'],
    ['path /b', '2'],
    ['path /d', '1'],
  ]);
  expect(diffManifests(before, after)).toEqual([
    'added path /d: 1',
    'changed path /b: 1 => 2',
    'removed path /c: 1',
  ]);
});

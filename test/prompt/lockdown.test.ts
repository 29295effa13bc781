// Lockdown line by line: the answers that reach the session, and the words without which nothing does.
import { expect, test } from 'vitest';
import type { LockdownRequest } from '../../src/model/session.ts';
import { talkLockdown, talkUnlock } from '../../src/prompt/lockdown.ts';
import { PLAIN, summary } from '../report/fixture.ts';
import { RECORD, withStrangers } from '../ui/sample-lockdown.ts';
import { typing } from './terminal.ts';

async function talk(keys: string, locked = false) {
  const seen = withStrangers({ record: locked ? RECORD : null });
  const asked: LockdownRequest[] = [];
  const calls: string[] = [];
  let page = '';
  const session = {
    lockdown: async (request: LockdownRequest) => {
      asked.push(request);
      return summary;
    },
    unlock: async () => {
      calls.push('unlock');
      return summary;
    },
  };
  const { terminal, seen: shown } = typing(keys);
  const it = {
    session,
    survey: seen,
    lease: 90,
    terminal,
    style: PLAIN,
    write: (text: string) => {
      page += text;
    },
  };
  const end = await (locked ? talkUnlock(it) : talkLockdown(it));
  return { asked, calls, page, shown: shown(), end };
}

test('the answers of the full screen, asked one by one, and the word', async () => {
  const { asked, page } = await talk('0.0.0.0/0\n198.51.100.7\n5x\n2h\n\nkey stolen\nlockdown\n');
  expect(asked).toEqual([
    { level: 'restrict', allow: ['198.51.100.7'], ttl: 7200, reason: 'key stolen', lease: 90 },
  ]);
  expect(page).toContain('would lock nobody out');
  expect(page).toContain('1m to 365d');
  expect(page).toContain('a reason is needed');
  expect(page).toContain('Stays: 192.0.2.7, your own address, always');
  expect(page).toContain('Cut: deploy from 203.0.113.9');
});

test.each(['', '\n\nkey stolen\nlock\n', '\n\nkey stolen\n\n', '\n\n\u0004'])(
  'nothing is begun by %j',
  async (keys) => {
    const { asked, end } = await talk(keys);
    expect([asked, end]).toEqual([[], undefined]);
  },
);

test('Control-C ends it as it ends everything, and nothing is begun', async () => {
  await expect(talk('\n\n\u0003')).rejects.toThrow('interrupted');
});

test('what stands is told with the way back from the console, and ends by its word', async () => {
  const left = await talk('\n', true);
  expect(left.page).toContain('LOCKED DOWN until somebody unlocks: ports 22, 2222 only from 192.0.2.7');
  expect(left.page).toContain('engine undo 20261122-033000-0a1b2c3d');
  expect([left.calls, left.end]).toEqual([[], undefined]);
  expect((await talk('unlock\n', true)).calls).toEqual(['unlock']);
});

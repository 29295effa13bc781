// Who is a stranger, and what a lockdown puts on a host: pure parts, decided without one.
import { expect, it } from 'vitest';
import { sshDoors } from '../../src/facts/ssh-doors.ts';
import type { LockdownRecord } from '../../src/model/lockdown.ts';
import { describe as inWords, lockdownChanges } from '../../src/session/lockdown-plan.ts';
import { isAllowed, peersIn } from '../../src/session/lockdown-strangers.ts';
import { lockdownWarning } from '../../src/session/lockdown-warning.ts';
import { orderOperations } from '../../src/transaction/request.ts';
import { RECORD } from '../ui/sample-lockdown.ts';

it.each([
  ['192.0.2.7', true],
  ['::ffff:192.0.2.7', true],
  ['192.0.2.8', false],
  ['2001:db8:0:1::5', true],
  ['2001:db8:1::5', false],
  ['127.0.0.1', true],
  ['::1', true],
  ['nonsense', true],
])('%s: let in %s', (address, expected) => {
  expect(isAllowed(address, RECORD.allow)).toBe(expected);
});

it('only processes of sshd are read from what ss prints', () => {
  const lines = [
    '0 0 192.0.2.1:22 198.51.100.9:50000 users:(("sshd",pid=41,fd=4),("sshd",pid=40,fd=4))',
    '0 36 [fd00::2%eth0]:22 [fe80::9%eth0]:50001 users:(("sshd-session",pid=50,fd=7))',
    '0 0 192.0.2.1:2222 198.51.100.9:50002 users:(("docker-proxy",pid=60,fd=7))',
    'Cannot open netlink socket',
  ];
  expect(peersIn(lines.join('\n'))).toEqual([
    { address: '198.51.100.9', processes: ['41', '40'] },
    { address: 'fe80::9', processes: ['50'] },
    { address: '198.51.100.9', processes: [] },
  ]);
});

it('only ports of what sshd and its active sockets say count as doors', () => {
  const said = (sockets: string) => {
    const effective = 'port 22\nlistenaddress [::]:2222\nlistenaddress 0.0.0.0:22\n';
    const stdout = `\n@0123abcd effective\n${effective}\n@0123abcd sockets\n${sockets}`;
    return sshDoors.parse({ code: 0, stdout, stderr: '', truncated: false });
  };
  const block = (state: string) =>
    `ActiveState=${state}\nListen=[::]:2022 (Stream)\n\nActiveState=inactive\n`;
  expect(said(block('active'))).toEqual({ kind: 'known', value: [22, 2022, 2222] });
  expect(said(block('inactive'))).toEqual({ kind: 'known', value: [22, 2222] });
});

it('where it is urgent the door comes before the files', () => {
  const { changes } = lockdownChanges(RECORD);
  const first = (urgent: boolean) => orderOperations(changes, urgent)[0]?.primitive.kind;
  expect([first(true), first(false)]).toEqual(['nft-table', 'put-file']);
});

it('without a time to live there is no timer; with one it ends by the wall clock and by time passed', () => {
  const texts = (record: LockdownRecord) => {
    const { changes, contents } = lockdownChanges(record);
    const all = Object.values(contents).map((text) => Buffer.from(text, 'base64').toString('utf8'));
    return { addresses: changes.map(({ address }) => address), all: all.join('\n') };
  };
  expect(texts(RECORD).addresses.filter((one) => one.includes('end'))).toEqual([]);
  const timed = texts({ ...RECORD, until: RECORD.since + 7200 });
  expect(timed.addresses).toContain('unit:portcullis-lockdown-end.timer');
  expect(timed.all).toContain('OnCalendar=2026-11-22 00:26:40 UTC\nPersistent=true\nOnActiveSec=7200\n');
  expect(timed.all).toContain(`engine undo ${RECORD.transaction}`);
});

it('says in words who may come, and warns while it stands', () => {
  expect(inWords(RECORD)).toBe('administration (ports 22, 2222) only from 192.0.2.7, 2001:db8::/48');
  const warning = (loaded: boolean, record: LockdownRecord | null) =>
    lockdownWarning({ lockdown: { kind: 'known', value: { clock: 0, nft: true, loaded, record } } });
  expect(warning(true, null)).toBeUndefined();
  expect(warning(true, RECORD)).not.toContain('NOT in force');
  expect(warning(false, RECORD)).toContain('NOT in force');
});

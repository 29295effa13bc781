// Somebody whom fail2ban has banned keeps his session and gets no new one; on a real host: test/lab/gates-ways-in.whole.test.ts.
import { describe, expect, it } from 'vitest';
import type { Fail2banFact, JailFact } from '../../src/facts/network-values.ts';
import { known } from '../../src/model/outcome.ts';
import { banRefusals } from '../../src/plan/guards/banned.ts';
import { contextOf } from '../resources/contexts.ts';

const JAIL: JailFact = {
  ...{ name: 'sshd', ignored: [], maxRetry: 5, findTime: 600, banTime: 3600, increment: true, useDns: 'no' },
  ...{ logPaths: [], journal: true, actions: { ufw: '22' }, banned: ['192.0.2.1', '198.51.100.9'] },
};

function refusals(jail: Partial<JailFact>, clientAddress = '198.51.100.9') {
  const fact: Fail2banFact = {
    ...{ installed: true, version: '1', unit: { enabled: 'enabled', active: 'active' }, journal: true },
    ...{ answers: true, jails: [{ ...JAIL, ...jail }], looked: {} },
  };
  return banRefusals(contextOf({ clientAddress, readings: { fail2ban: known(fact) } }));
}

describe('a ban on the operator', () => {
  it.each<[string, Partial<JailFact>, string?]>([
    ['on the port he comes by', {}],
    ['on a range of ports', { actions: { nftables: '0:65535' } }],
    ['on one of several ports', { actions: { nftables: '80,443, 22' } }],
    ['on all ports', { actions: { 'nftables-allports': '' } }],
    ['by one action of two', { actions: { mail: '80', nftables: 'ssh' } }],
    ['of his whole network', { banned: ['198.51.100.0/24'] }],
    ['over IPv6', { banned: ['2001:db8::9'] }, '2001:db8::9'],
    ['over IPv4 on an IPv6 socket', {}, '::ffff:198.51.100.9'],
  ])('is refused with the way out: %s', (_, jail, from) => {
    const [refusal, ...more] = refusals(jail, from);
    expect(more).toEqual([]);
    expect(refusal?.guard).toBe('guard.banned');
    expect(refusal?.remedy).toContain(`fail2ban-client unban ${from ?? '198.51.100.9'}`);
  });

  it.each<[string, Partial<JailFact>, string?]>([
    ['of others', { banned: ['192.0.2.1'] }],
    ['on ports he does not come by', { actions: { nftables: '80,443' } }],
    ['by a jail that does nothing', { actions: {} }],
    ['of the same digits over the other family', {}, '2001:db8::9'],
  ])('is no matter: %s', (_, jail, from) => {
    expect(refusals(jail, from)).toEqual([]);
  });
});

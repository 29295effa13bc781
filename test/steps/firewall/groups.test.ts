// Sources by name: what they come to, in rules, in the table and for bans; and that a name for nobody opens nothing.
import { describe, expect, it } from 'vitest';
import type { Listener } from '../../../src/facts/network-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue, Question } from '../../../src/model/control.ts';
import { known } from '../../../src/model/outcome.ts';
import { fail2ban } from '../../../steps/fail2ban.ts';
import { readIntent } from '../../../steps/firewall/groups.ts';
import { policyOf } from '../../../steps/firewall/policy.ts';
import { open, questions } from '../../../steps/firewall/questions.ts';
import { contextOf } from '../../resources/contexts.ts';

const NAMED = {
  'firewall.backend': 'portcullis',
  'firewall.ssh-from': ['198.51.100.0/24'],
  'firewall.peers': ['192.0.2.10', '2001:db8:7::/64'],
  'firewall.monitoring': ['192.0.2.77'],
};

function host(answers: Readonly<Record<string, AnswerValue>> = NAMED): Context {
  const context = contextOf({ clientAddress: '198.51.100.9', readings: { listeners: known([]) } });
  return { ...context, answers: new Map<string, AnswerValue>(Object.entries(answers)) };
}

const problem = (question: Question, value: AnswerValue, context: Context) =>
  question.check?.(value, context);

describe('a policy that names who is meant', () => {
  it.each([
    ['5432/tcp from peers', ['192.0.2.10', '2001:db8:7::/64']],
    ['9100/tcp from monitoring for metrics', ['192.0.2.77']],
    ['9100/tcp from monitoring, peers limit 30/minute', ['192.0.2.77', '192.0.2.10', '2001:db8:7::/64']],
    ['8443/tcp from operators 203.0.113.0/24', ['198.51.100.0/24', '203.0.113.0/24']],
    ['8443/tcp from peers 192.0.2.10', ['192.0.2.10', '2001:db8:7::/64']],
  ])('%s comes to their networks', (entry, from) => {
    expect(readIntent(entry, host())).toMatchObject({ from });
    expect(policyOf(host(), { sshFrom: ['198.51.100.0/24'], open: [entry] }).at(-1)).toMatchObject({ from });
    expect(problem(open, [entry], host())).toBeUndefined();
  });

  it.each([
    ['5432/tcp from peers', { 'firewall.peers': [] }, 'nobody is named as peers: answer firewall.peers'],
    ['5432/tcp from monitoring', { 'firewall.monitoring': [] }, 'nobody is named as monitoring'],
    [
      '5432/tcp from operators',
      { 'firewall.ssh-from': ['everyone'] },
      'answer firewall.ssh-from with networks',
    ],
    ['5432/tcp from friends', {}, 'friends'],
  ])('%s is refused where that is nobody, and opens nothing', (entry, answers, words) => {
    const context = host({ ...NAMED, ...answers });
    expect(problem(open, [entry], context)).toContain(words);
    const ports = policyOf(context, { sshFrom: ['everyone'], open: [entry] }).map(({ port }) => port);
    expect(ports).not.toContain(5432);
  });

  it('takes only addresses and networks for a group', () => {
    const peers = questions.find(({ id }) => id === 'firewall.peers');
    expect(problem(peers as Question, ['192.0.2.10/24'], host())).toContain('host bits');
    expect(problem(peers as Question, ['everyone'], host())).toBeDefined();
    expect(problem(peers as Question, [], host())).toBeUndefined();
  });

  it('keeps the name in the table, and offers it', () => {
    const { table } = open;
    const cells = table?.read('5432/tcp from peers for sql', host()) ?? [];
    expect(cells).toEqual(['5432', 'tcp', 'peers', 'both', '', 'sql']);
    expect(table?.write(cells, host())).toEqual({ entry: '5432/tcp from peers for sql' });
    expect(
      table?.write(['5432', 'tcp', 'peers', 'both', '', ''], host({ ...NAMED, 'firewall.peers': [] })),
    ).toEqual({
      column: 2,
      problem: expect.stringContaining('nobody is named as peers'),
    });
    const listener: Listener = {
      ...{ protocol: 'tcp', family: 'ipv4', address: '0.0.0.0', port: 9100, process: 'node_exporter' },
      ...{ pid: 1, unit: 'x.service' },
    };
    const context = host();
    const listening = { ...context, readings: { ...context.readings, listeners: known([listener]) } };
    expect(table?.offers?.(listening, [])[0]?.choices.map(({ entry }) => entry)).toEqual([
      '9100/tcp',
      '9100/tcp from 198.51.100.0/24',
      '9100/tcp from peers',
      '9100/tcp from monitoring',
    ]);
  });

  it('spares them from bans', () => {
    const never = fail2ban.questions.find(({ id }) => id === 'fail2ban.never-ban');
    expect(never?.propose(host()).value).toEqual([
      '192.0.2.10',
      '2001:db8:7::/64',
      '192.0.2.77',
      '198.51.100.9',
    ]);
  });
});

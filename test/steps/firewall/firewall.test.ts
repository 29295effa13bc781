// The firewall step over made-up hosts: what is proposed, judged, wanted and refused. Real ones: test/lab/step-firewall.test.ts.
import { describe, expect, it } from 'vitest';
import type { DockerFact, FirewallFact, Listener } from '../../../src/facts/network-values.ts';
import { tableHash } from '../../../src/facts/nft-table.ts';
import type { ConfigFile, Looked } from '../../../src/facts/values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue, Step } from '../../../src/model/control.ts';
import { known, unknown } from '../../../src/model/outcome.ts';
import { missingRisky, problemWith } from '../../../src/plan/answers.ts';
import { judge } from '../../../src/plan/judge.ts';
import { draftPlan, finishPlan } from '../../../src/plan/plan.ts';
import { admits, entryText, parseIntent } from '../../../src/resources/firewall-policy.ts';
import { intentsIn, renderFile, renderTable, sameTable } from '../../../src/resources/firewall-table.ts';
import { firewall } from '../../../steps/firewall.ts';
import { port as sshdPort } from '../../../steps/sshd/questions.ts';
import { configFile, contextOf } from '../../resources/contexts.ts';

/** The firewall fact looked for our two files and found these. */
function looked(...files: readonly ConfigFile[]): Looked {
  return {
    files,
    places: ['/etc/portcullis/firewall.nft', '/etc/systemd/system/portcullis-firewall.service'],
  };
}

const NOTHING: FirewallFact = {
  nft: '1.0.6',
  tables: [],
  ruleset: '',
  legacy: [],
  tools: [],
  units: {},
  looked: looked(),
  own: null,
  ipv6: true,
  closed: { ipv4: false, ipv6: false },
  owners: [],
};
const OPERATOR = '198.51.100.9';
const listener = (port: number, more: Partial<Listener> = {}): Listener => ({
  ...{ protocol: 'tcp', family: 'ipv4', address: '0.0.0.0', port, process: 'x', pid: 1, unit: 'x.service' },
  ...more,
});

function host(
  fact: Partial<FirewallFact> = {},
  answers: Readonly<Record<string, AnswerValue>> = {},
  more: Partial<Context['readings']> & { readonly from?: string } = {},
): Context {
  const { from, ...readings } = more;
  const listeners = known([
    listener(22, { process: 'sshd', unit: 'ssh.service' }),
    listener(443, { process: 'nginx' }),
    listener(5432, { process: 'postgres' }),
    listener(6379, { address: '127.0.0.1' }),
    listener(8080, { process: 'docker-proxy' }),
    listener(68, { protocol: 'udp' }),
  ]);
  const context = contextOf({
    clientAddress: from ?? OPERATOR,
    readings: { listeners, firewall: known({ ...NOTHING, ...fact }), ...readings },
  });
  return { ...context, answers: new Map(Object.entries(answers)) };
}

const SSH = { port: 22, protocol: 'tcp', from: 'everyone', purpose: 'ssh' } as const;
const WEB = { port: 443, protocol: 'tcp', from: 'everyone', purpose: '' } as const;
/** A host as the plan leaves it. */
const done = (own = renderTable([SSH, WEB])): Partial<FirewallFact> => ({
  own,
  owners: ['portcullis'],
  closed: { ipv4: true, ipv6: true },
  looked: looked(configFile('/etc/portcullis/firewall.nft', renderFile(own))),
  units: { 'portcullis-firewall.service': { active: 'inactive', enabled: 'enabled' } },
});
const question = (id: string) => {
  const found = firewall.questions.find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};
/** What is about the host itself: containers, ufw and renewals have tests of their own (docker.test.ts, ufw.test.ts, renewals.test.ts). */
const HOST_ONLY = {
  ...firewall,
  controls: firewall.controls.filter(({ id }) => !/docker|ufw|renewals/.test(id)),
};

const results = (context: Context) =>
  Object.fromEntries(judge({ steps: [HOST_ONLY], context }).map(({ control, result }) => [control, result]));
const plan = (context: Context) =>
  finishPlan(draftPlan({ context, steps: [firewall] }), undefined, { tool: 't', created: '' });

describe('the findings of the firewall', () => {
  it.each([
    ['an open host', {}, {}, ['pass', 'fail', 'fail', 'fail']],
    ['a host as planned', done(), {}, ['pass', 'pass', 'pass', 'pass']],
    [
      'another rule in the kernel',
      { ...done(), own: renderTable([SSH]) },
      { 'firewall.open': ['443/tcp'] },
      ['pass', 'pass', 'fail', 'pass'],
    ],
    [
      'a boot that loads something else',
      { ...done(), looked: looked() },
      {},
      ['pass', 'pass', 'pass', 'fail'],
    ],
    [
      'ufw alone',
      { owners: ['ufw'], closed: { ipv4: true, ipv6: true } },
      {},
      ['pass', 'pass', 'notapplicable', 'notapplicable'],
    ],
    [
      'IPv6 left open',
      { owners: ['iptables'], closed: { ipv4: true, ipv6: false } },
      {},
      ['pass', 'fail', 'notapplicable', 'notapplicable'],
    ],
    [
      'IPv6 off',
      { owners: ['iptables'], closed: { ipv4: true, ipv6: false }, ipv6: false },
      {},
      ['pass', 'pass', 'notapplicable', 'notapplicable'],
    ],
    [
      'two managers',
      { owners: ['ufw', 'nftables'], closed: { ipv4: true, ipv6: true } },
      {},
      ['fail', 'pass', 'notapplicable', 'notapplicable'],
    ],
  ] as [string, Partial<FirewallFact>, Record<string, AnswerValue>, string[]][])(
    'on %s',
    (_, fact, answers, wanted) => {
      const found = judge({ steps: [HOST_ONLY], context: host(fact, answers) });
      expect(found.map(({ result }) => result)).toEqual(wanted);
      for (const { evidence } of found) expect(evidence.join('').length).toBeGreaterThan(3);
    },
  );

  it('are unknown where nobody could look, and name the missing nft', () => {
    const blind = host({}, {}, { firewall: unknown('permission denied') });
    expect(new Set(Object.values(results(blind)))).toEqual(new Set(['unknown']));
    const bare = host({ nft: null });
    expect(firewall.controls[1]?.remedy?.(bare).map(({ kind }) => kind)).toEqual(['package', 'firewall']);
    const finding = judge({ steps: [firewall], context: bare }).find(
      (one) => one.control === 'firewall.default-deny',
    );
    expect(finding?.evidence.join()).toContain('nft is not installed yet');
  });
});

describe('what the firewall step proposes', () => {
  it('web ports that listen, and says what will be closed; SSH for a person to decide', () => {
    const { value, reason } = question('firewall.open').propose(host());
    expect(value).toEqual(['443/tcp']);
    expect(reason).toContain('closed then: 5432/tcp');
    expect(missingRisky([firewall], host()).map(({ id }) => id)).toEqual(['firewall.ssh-from']);
    expect(question('firewall.backend').propose(host({ owners: ['ufw'] })).value).toBe('none');
    expect(missingRisky([firewall], host({ owners: ['ufw'] }))).toEqual([]);
  });

  it('what is in force, once it is ours', () => {
    const own = renderTable([
      { ...SSH, from: ['192.0.2.0/24', '2001:db8::/48'] },
      { ...WEB, port: 25 },
    ]);
    expect(question('firewall.ssh-from').propose(host({ own })).value).toEqual([
      '192.0.2.0/24',
      '2001:db8::/48',
    ]);
    expect(question('firewall.open').propose(host({ own })).value).toEqual(['25/tcp']);
  });
});

describe('answers', () => {
  it.each([
    [['10.0.0.5/8'], 'host bits set'],
    [['0.0.0.0/0'], 'opens to everyone'],
    [['::/0'], 'opens to everyone'],
    [['office.example.com'], 'is not an address'],
    [['010.0.0.1'], 'is not an address'],
    [['192.0.2.1', '192.0.2.1/32'], 'the same network'],
    [['2001:db8::1', '2001:0db8::0001'], 'the same network'],
    [['everyone', '192.0.2.1'], 'meaningless'],
    [[], 'nobody could come in'],
    [['192.0.2.0/24'], 'you would be locked out'],
    [['2001:db8::/32'], 'you would be locked out'],
    [[OPERATOR, '192.0.2.0/24'], undefined],
    [['198.51.100.0/24'], undefined],
    [['everyone'], undefined],
  ])('for SSH: %j', (value, wrong) => {
    const problem = problemWith(question('firewall.ssh-from'), value, host());
    if (wrong === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(wrong);
  });

  it.each([
    ['80', 'is not understood'],
    ['0/tcp', 'is not a port'],
    ['70000/udp', 'is not a port'],
    ['90-80/tcp', 'must be the larger one'],
    ['80/tcp from 10.1.2.3/8', 'host bits set'],
    ['80/tcp; reboot', 'is not understood'],
    ['80/tcp over ipx', 'is not understood'],
    ['80/tcp limit 0/minute', 'from 1 to 10000'],
    ['80/tcp limit 10001/minute', 'from 1 to 10000'],
    ['80/tcp over ipv4 from 2001:db8::/32', 'say the family already'],
    ['80/tcp from 0.0.0.0/0', 'opens to everyone'],
    ['80/tcp from ::/0', 'opens to everyone'],
    ['22/tcp', 'SSH is on port 22'],
    ['1-1000/tcp', 'firewall.ssh-from decides'],
  ])('for a port: %s', (text, wrong) => {
    expect(problemWith(question('firewall.open'), [text], host())).toContain(wrong);
  });

  it('name a port once, and survive the way there and back', () => {
    expect(problemWith(question('firewall.open'), ['80/tcp', '80/tcp from 192.0.2.1'], host())).toContain(
      'twice',
    );
    for (const text of [
      ...[
        '80/tcp',
        '8000-8010/udp',
        '5432/tcp from 10.0.0.0/8 2001:db8::1',
        '80/tcp over ipv6',
        '80/tcp limit 5/minute',
      ],
      ...['53/udp over ipv4 limit 600/minute', '5000-5010/tcp from 10.0.0.0/8 limit 30/minute'],
    ]) {
      const intent = parseIntent(text);
      expect(typeof intent === 'string' ? intent : entryText(intent)).toBe(text);
    }
  });
});

describe('a limit, and one family', () => {
  const intents = [
    { ...WEB, limit: 30 },
    { ...WEB, port: 5000, to: 5010, from: ['10.0.0.0/8'], limit: 5 },
    { ...WEB, port: 80, family: 'ipv6' },
  ] as const;

  it('are counted by source before the port is open, in a set a family, and read back as they were written', () => {
    const text = renderTable(intents);
    const lines = text.split('\n').map((line) => line.trim());
    const at = lines.indexOf(
      'tcp dport 443 update @new_tcp_443_ipv4 { ip saddr limit rate over 30/minute burst 30 packets } drop',
    );
    expect(lines[at + 1]).toBe(
      'tcp dport 443 update @new_tcp_443_ipv6 { ip6 saddr & ffff:ffff:ffff:ffff:: limit rate over 30/minute burst 30 packets } drop',
    );
    expect(lines[at + 2]).toBe('tcp dport 443 accept');
    expect(lines.filter((line) => line.startsWith('set '))).toEqual([
      ...['set new_tcp_443_ipv4 {', 'set new_tcp_443_ipv6 {', 'set new_tcp_5000_5010_ipv4 {'],
    ]);
    expect(intentsIn(text)).toEqual(intents);
    // nft 1.0.6 leaves out a burst of five.
    expect(sameTable(text, text.replace(' burst 5 packets', ''))).toBe(true);
    expect(sameTable(text, text.replace(' burst 30 packets', ''))).toBe(false);
  });

  it('never stand before SSH, and a family admits nobody of the other', () => {
    const answers = { 'firewall.ssh-from': ['everyone'], 'firewall.open': ['23-30/tcp limit 1/minute'] };
    const contents = Object.values(plan(host({}, answers)).contents);
    const table = contents.map((content) => Buffer.from(content, 'base64').toString()).join('\n');
    expect(table.indexOf('tcp dport 22 accept')).toBeLessThan(table.indexOf('update @'));
    const over6 = (address: string) => admits(intents, { address, port: 80, protocol: 'tcp' });
    expect([over6('2001:db8::7'), over6('192.0.2.1'), over6('::ffff:192.0.2.1')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is refused for what a container publishes, which is not counted', () => {
    const published = [
      {
        container: 'web',
        image: 'web',
        protocol: 'tcp',
        address: '0.0.0.0',
        port: 443,
        lastPort: 443,
        containerPort: 80,
      } as const,
    ];
    const docker = known<DockerFact>({
      ...{
        running: true,
        version: '26',
        rules: 'nft' as const,
        ipv6Rules: false,
        userlandProxy: true,
        liveRestore: false,
      },
      ...{
        published,
        bridges: ['docker0'],
        userChain: { ipv4: [], ipv6: [] },
        outside: ['eth0'],
        guard: null,
        files: [],
      },
    });
    const asked = (text: string) => problemWith(question('firewall.open'), [text], host({}, {}, { docker }));
    expect(asked('443/tcp limit 30/minute')).toContain('what goes to containers is not counted');
    expect(asked('443/tcp')).toBeUndefined();
  });
});

describe('the table', () => {
  it('is read back as it was written, and a mapped or zoned address finds its rule', () => {
    const intents = [
      { ...SSH, from: ['192.0.2.0/24', '2001:db8::1'] },
      { ...SSH, port: 2222 },
      { port: 8000, to: 8010, protocol: 'udp', from: ['10.0.0.0/8'], purpose: '' },
    ] as const;
    expect(intentsIn(renderTable(intents))).toEqual(intents);
    expect(sameTable(renderTable(intents), renderTable(intents).replaceAll('\t', '  '))).toBe(true);
    expect(sameTable(renderTable(intents), renderTable(intents.slice(1)))).toBe(false);
    const tcp = (address: string, port: number) => admits(intents, { address, port, protocol: 'tcp' });
    expect([tcp('::ffff:192.0.2.9', 22), tcp('2001:db8::1%eth0', 22), tcp('192.0.3.1', 22)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([tcp('203.0.113.1', 2222), tcp('10.0.0.1', 8005)]).toEqual([true, false]);
    expect(renderTable([{ ...WEB, purpose: 'x"; flush ruleset' }])).toContain('comment "x flush ruleset"');
  });

  it('is one change that may lock out, with its file and unit, and nothing on a host that has it', () => {
    const made = plan(host({}, { 'firewall.ssh-from': ['everyone'] }));
    expect(made.applyable).toBe(true);
    expect(made.changes.map(({ address, risk }) => [address, risk])).toEqual([
      ['file:/etc/portcullis/firewall.nft', 'service'],
      ['file:/etc/systemd/system/portcullis-firewall.service', 'service'],
      ['unit:portcullis-firewall.service', 'service'],
      ['nft-table:inet portcullis', 'lockout'],
    ]);
    expect(made.changes.at(-1)?.effective.map(({ name }) => name)).toContain(
      '5432/tcp (postgres), which listens today',
    );
    expect(made.proofs.map(({ id, expect: wanted }) => `${id} ${wanted}`)).toEqual([
      'firewall.login works',
      'firewall.ssh-port works',
      'firewall.closed-port fails',
    ]);
    expect(plan(host(done())).changes).toEqual([]);
  });

  it('keeps every port of sshd open, the one it moves to and the one the operator came by', () => {
    const moving = host({}, { 'firewall.ssh-from': ['everyone'], 'sshd.port': 2222 });
    const draft = () => firewall.controls[1]?.remedy?.(moving) ?? [];
    expect(draft()).toMatchObject([{ intents: [{ port: 22 }, { port: 2222 }, { port: 443 }] }]);
  });
});

describe('guards', () => {
  it('refuse a second firewall and a way in that would close', () => {
    const second = plan(
      host({ owners: ['ufw'] }, { 'firewall.backend': 'portcullis', 'firewall.ssh-from': ['everyone'] }),
    );
    expect(second).toMatchObject({ applyable: false, refusals: [{ guard: 'guard.firewall-owner' }] });
    // The profile's word, not an answer that was checked: the guard must see it by itself.
    const context = host({
      own: renderTable([{ ...SSH, from: ['192.0.2.1'] }, WEB]),
      owners: ['portcullis'],
    });
    const shut = plan(context);
    expect(shut).toMatchObject({ applyable: false, refusals: [{ guard: 'guard.firewall-operator' }] });
    expect(
      plan(
        host(
          { own: renderTable([{ ...SSH, from: ['192.0.2.1'] }]), owners: ['portcullis'] },
          {},
          { from: '2001:db8::7' },
        ),
      ).refusals[0]?.message,
    ).toContain('2001:db8::7');
  });

  it('name the jump host, whose address is the one that counts', () => {
    const through = (answers: Readonly<Record<string, AnswerValue>>) => {
      const context = host({}, answers);
      return { ...context, connection: { ...context.connection, viaProxy: true } };
    };
    const asked = problemWith(question('firewall.ssh-from'), ['192.0.2.1'], through({}));
    expect(asked).toContain(`come from ${OPERATOR} (your jump host)`);
    const notes = (from: string[]) => plan(through({ 'firewall.ssh-from': from })).notes.join('\n');
    expect(notes([OPERATOR])).toContain(`through a jump host: this host sees ${OPERATOR}`);
    expect(notes(['everyone'])).not.toContain('jump host');
  });
});

describe('a port that SSH leaves in the same run', () => {
  const port = (phase: 'expand' | 'contract', ...values: string[]) =>
    ({ kind: 'sshd-option', keyword: 'Port', values, phase }) as const;
  const sshd: Step = {
    ...{ id: 'sshd', title: 'sshd', what: '', why: '', questions: [sshdPort] },
    controls: [
      {
        ...{
          id: 'sshd.port',
          title: 'port',
          severity: 'low',
          why: '',
          references: [],
          reads: '',
          mayBreak: '',
        },
        judge: () => ({ result: 'fail', evidence: [] }),
        remedy: () => [port('expand', '22', '2222'), port('contract', '2222')],
      },
    ],
  };
  const answers = { 'firewall.ssh-from': ['everyone'], 'firewall.open': [], 'sshd.port': 2222 };
  const made = (steps: readonly Step[]) => {
    const draft = draftPlan({ context: host({}, answers), steps });
    const acting = draft.changes.filter(({ action }) => action !== 'none');
    const tables = acting.filter(({ address }) => address === 'nft-table:inet portcullis');
    return { draft, acting, tables };
  };

  it('is dropped by the firewall in a stage of its own, behind all others, on top of what the first leaves', () => {
    const { draft, acting, tables } = made([firewall, sshd]);
    const order = acting.map(({ step, phase }) => `${step} ${phase}`);
    expect([...new Set(order)]).toEqual([
      'firewall expand',
      'sshd expand',
      'sshd contract',
      'firewall contract',
    ]);
    const [both, one] = tables.map(({ after }) => intentsIn(after ?? '').map((intent) => intent.port));
    expect([both, one]).toEqual([[22, 2222], [2222]]);
    expect(tables[1]?.base).toEqual({ kind: 'nft-table', sha256: tableHash(tables[0]?.after ?? '') });
    const file = acting.filter(({ address }) => address === 'file:/etc/portcullis/firewall.nft');
    expect(file.map(({ phase }) => phase)).toEqual(['expand', 'contract']);
    expect(
      draft.proofs.flatMap(({ id, phase, check }) =>
        'port' in check ? [`${id} ${phase} ${check.port}`] : [],
      ),
    ).toEqual(
      expect.arrayContaining([
        'firewall.login expand 22',
        'firewall.login.2222 contract 2222',
        'firewall.ssh-port expand 22',
        'firewall.ssh-port.2222 contract 2222',
      ]),
    );
  });

  it('stays where sshd is not part of the run', () => {
    const { tables } = made([firewall, { ...sshd, controls: [] }]);
    expect(tables.map(({ phase }) => phase)).toEqual(['expand']);
    expect(intentsIn(tables[0]?.after ?? '').map((intent) => intent.port)).toEqual([22, 2222]);
  });
});

// Rows of the reality view on made-up hosts: who contradicts whom. Real ones: test/lab/reality.test.ts.
import { describe, expect, it } from 'vitest';
import type { FirewallFact, Listener, NetworkFact, PublishedPort } from '../../src/facts/network-values.ts';
import type { Context } from '../../src/model/context.ts';
import { known, unknown } from '../../src/model/outcome.ts';
import type { Reached } from '../../src/model/outside.ts';
import type { Intent } from '../../src/model/resource.ts';
import { realityOf } from '../../src/resources/reality.ts';
import { judgeRow } from '../../src/resources/reality-judge.ts';
import { contextOf } from './contexts.ts';

const OPERATOR = '198.51.100.9';
const FIREWALL: FirewallFact = {
  ...{ nft: '1.1.3', tables: [], ruleset: '', legacy: [], tools: [], units: {}, looked: {}, own: null },
  ...{ ipv6: true, closed: { ipv4: false, ipv6: false }, owners: [] },
};
const listener = (port: number, address = '0.0.0.0', more: Partial<Listener> = {}): Listener => ({
  ...{ protocol: 'tcp', family: address.includes(':') ? 'ipv6' : 'ipv4', address, port },
  ...{ process: 'x', pid: 1, unit: 'x.service' },
  ...more,
});
const intent = (port: number, from: Intent['from'] = 'everyone'): Intent => ({
  port,
  protocol: 'tcp',
  from,
  purpose: '',
});
const chain = (
  rules: readonly string[],
  policy: 'accept' | 'drop',
  head = 'table inet t',
  priority = 'filter',
) =>
  `${head} {\n\tchain input {\n\t\ttype filter hook input priority ${priority}; policy ${policy};\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}\n`;

type Host = {
  readonly rules?: string;
  readonly listeners?: readonly Listener[];
  readonly published?: readonly PublishedPort[];
  readonly firewall?: Partial<FirewallFact>;
  readonly intents?: readonly Intent[];
  /** What port 80 over IPv4 said from outside. */
  readonly reached?: Reached;
  readonly routes?: NetworkFact['routes'];
};

function look(host: Host) {
  const context: Context = {
    ...contextOf({
      clientAddress: OPERATOR,
      readings: {
        listeners: known(host.listeners ?? []),
        firewall: known({ ...FIREWALL, ruleset: host.rules ?? '', ...host.firewall }),
        network: known({
          addresses: ['198.51.100.2'],
          routes: host.routes ?? [
            { link: 'eth0', network: '0.0.0.0/0' },
            { link: 'docker0', network: '172.17.0.0/16' },
            { link: 'eth0', network: '::/0' },
          ],
        }),
        ...(host.published === undefined
          ? {}
          : {
              docker: known({
                ...{
                  running: true,
                  version: '26',
                  rules: 'nft',
                  ipv6Rules: false,
                  userlandProxy: true,
                  liveRestore: false,
                },
                ...{
                  published: host.published,
                  bridges: ['docker0'],
                  userChain: { ipv4: [], ipv6: [] },
                  outside: ['eth0'],
                },
                ...{ guard: null, files: [] },
              } as const),
            }),
      },
    }),
    ...(host.reached === undefined
      ? {}
      : { outside: { untried: [], doors: [{ family: 'ipv4', port: 80, reached: host.reached }] } }),
  };
  return realityOf(context, host.intents).map((row) => ({
    row,
    name: `${row.port}/${row.protocol} ${row.family}`,
    ...judgeRow(row, { operator: OPERATOR, intents: host.intents }),
  }));
}

const OPEN = [listener(80), listener(80, '::', { both: false })];

describe('a port', () => {
  it('that everybody reaches and nobody wants is bad, in both families; one that is wanted is not', () => {
    const rows = look({ listeners: [...OPEN, listener(443)], intents: [intent(443)] });
    expect(rows.map(({ name, bad }) => `${name} ${bad.length}`)).toEqual([
      '80/tcp ipv4 1',
      '80/tcp ipv6 1',
      '443/tcp ipv4 0',
      '443/tcp ipv6 0',
    ]);
    expect(rows[0]?.bad[0]).toContain('the policy wants nobody');
    expect(rows[3]?.said[0]).toContain('Nothing listens');
  });

  it('that a rule of another table drops earlier contradicts the policy, and the rule is named', () => {
    const rules =
      chain(['tcp dport 80 accept'], 'drop') +
      chain(['tcp dport 80 drop'], 'accept', 'table ip other', 'filter - 10');
    const rows = look({ rules, listeners: OPEN, intents: [intent(80)] });
    expect(rows[0]?.bad[0]).toContain('ip other, chain input: tcp dport 80 drop');
    expect(rows[1]).toMatchObject({ name: '80/tcp ipv6', bad: [] });
  });

  it('that rules keep closed is told with its rule and is not bad', () => {
    const [row] = look({
      rules: chain(['tcp dport 22 accept'], 'drop'),
      listeners: [listener(80)],
      intents: [intent(22)],
    }).filter(({ name }) => name === '80/tcp ipv4');
    expect(row).toMatchObject({
      bad: [],
      unknown: [],
      said: ['Closed by inet t, chain input: policy drop.'],
    });
  });

  it('that some may reach is limited, and a network of the policy that is dropped is named', () => {
    const rules = chain(['ip saddr 192.0.2.0/24 tcp dport 80 accept'], 'drop');
    const [good] = look({ rules, listeners: [listener(80)], intents: [intent(80, ['192.0.2.0/24'])] });
    expect(good?.row.anyone).toMatchObject({ verdict: 'limited', otherwise: 'closed' });
    expect(good?.bad).toEqual([]);
    const [bad] = look({
      rules,
      listeners: [listener(80)],
      intents: [intent(80, ['192.0.2.0/24', '10.0.0.0/8'])],
    });
    expect(bad?.bad[0]).toContain('The policy lets 10.0.0.0/8 in, but it is dropped');
  });

  it('that a container publishes goes past the rules for the host, and that is said', () => {
    const nat =
      'table ip nat {\n\tchain PREROUTING {\n\t\ttype nat hook prerouting priority dstnat; policy accept;\n\t\tiifname != "docker0" tcp dport 80 counter dnat to 172.17.0.2:8080\n\t}\n}\n';
    const published = [
      {
        container: 'web',
        image: 'web',
        protocol: 'tcp',
        address: '0.0.0.0',
        port: 80,
        lastPort: 80,
        containerPort: 8080,
      } as const,
    ];
    const [row] = look({
      rules: chain([], 'drop') + nat,
      published,
      listeners: [listener(80, '0.0.0.0', { process: 'docker-proxy' })],
      intents: [],
    });
    expect(row?.bad).toEqual(['Everybody reaches it, and the policy wants nobody to.']);
    expect(row?.differ).toEqual(['rules', 'policy', 'docker']);
    expect(row?.said).toEqual(['Rules for the host do not see it: it is sent on to 172.17.0.2:8080 before.']);
  });

  it('of a family without a default route is reached by neighbours, not over the links of containers', () => {
    const rules = chain(['iifname "docker0" accept', 'tcp dport 22 accept'], 'drop');
    const routes = [
      { link: 'eth0', network: '0.0.0.0/0' },
      { link: 'eth0', network: '2001:db8::/64' },
      { link: 'docker0', network: 'fe80::/64' },
    ];
    const verdict = (known: typeof routes) =>
      look({ rules, routes: known, listeners: OPEN, published: [], intents: [] }).find(
        ({ name }) => name === '80/tcp ipv6',
      )?.row.anyone.verdict;
    expect(verdict(routes)).toBe('closed');
    expect(verdict(routes.slice(0, 1))).toBe('unknown');
  });

  it('on loopback alone, or of a family the host does not speak, is no row', () => {
    expect(look({ listeners: [listener(80, '127.0.0.1'), listener(81, '::1')] })).toEqual([]);
    expect(look({ listeners: OPEN, firewall: { ipv6: false } }).map(({ name }) => name)).toEqual([
      '80/tcp ipv4',
    ]);
  });

  it.each([
    ['a socket of both families', { both: true }, ['80/tcp ipv4', '80/tcp ipv6']],
    ['one that takes IPv6 alone', { both: false }, ['80/tcp ipv6']],
    ['one of which nobody can tell', {}, ['80/tcp ipv4', '80/tcp ipv6']],
  ])('is served by %s', (_, more, names) => {
    expect(look({ listeners: [listener(80, '::', more)] }).map(({ name }) => name)).toEqual(names);
  });
});

describe('what answers from outside', () => {
  it.each([
    ['answers', chain([], 'drop'), 'though the rules read as closed'],
    ['silent', '', 'nothing answers from here'],
    ['refused', '', 'it is refused from here'],
    ['answers', '', undefined],
    ['silent', chain([], 'drop'), undefined],
  ] as const)('%s, with rules %j: %s', (reached, rules, words) => {
    const [row] = look({ listeners: [listener(80)], rules, reached });
    if (words === undefined) expect(row?.bad).toEqual([]);
    else expect(row?.bad.join()).toContain(words);
    expect(row?.differ).toEqual(words === undefined ? [] : ['rules', 'here']);
  });

  it('and what nothing of the host serves is told apart', () => {
    const [row] = look({ reached: 'answers', rules: chain(['tcp dport 80 accept'], 'drop') });
    expect(row?.bad[0]).toContain('something before the host');
  });
});

describe('rules that cannot be read', () => {
  it.each([
    ['by the old interface', { legacy: ['filter'] }, 'old iptables interface'],
    ['without nft', { nft: null, tools: ['iptables', 'ufw'] }, 'what iptables, ufw wrote cannot be seen'],
    ['because they are cut', { ruleset: 'table inet t {\n\tchain x {\n' }, 'could not be read as a whole'],
    [
      'because of a set of ports',
      { ruleset: chain(['tcp dport @ports drop'], 'accept') },
      'tcp dport @ports',
    ],
  ] as [string, Partial<FirewallFact>, string][])(
    '%s make it unknown, never open or closed',
    (_, firewall, reason) => {
      const [row] = look({ listeners: [listener(80)], firewall });
      expect(row?.row.anyone.verdict).toBe('unknown');
      expect(row?.unknown.join()).toContain(reason);
      expect(row?.bad).toEqual([]);
    },
  );

  it('are open where nothing on the host could have written any', () => {
    expect(look({ listeners: [listener(80)], firewall: { nft: null } })[0]?.row.anyone.verdict).toBe('open');
  });

  it('are unknown where nobody could look', () => {
    const context = contextOf({
      readings: { listeners: known([listener(80)]), firewall: unknown('only root may see rules') },
    });
    expect(realityOf(context, undefined)[0]?.anyone).toEqual({
      verdict: 'unknown',
      why: 'only root may see rules',
    });
  });
});

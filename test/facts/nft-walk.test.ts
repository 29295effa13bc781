// Where packets end, by listings of real hosts and by small rulesets. That the kernel does the same: test/lab/reality.test.ts.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { branchesOf } from '../../src/facts/nft-match.ts';
import type { Packet } from '../../src/facts/nft-packet.ts';
import { chainsIn } from '../../src/facts/nft-rules.ts';
import { walk } from '../../src/facts/nft-walk.ts';

const FOLDER = new URL('./nft-listings/', import.meta.url);
const listing = (name: string) => readFileSync(new URL(`${name}.nft`, FOLDER), 'utf8');
const SYN: Packet = { family: 'ipv4', protocol: 'tcp', port: 80, from: '10.0.0.7', over: ['eth0'] };

function input(rules: readonly string[], policy = 'accept', more = ''): string {
  const lines = rules.map((rule) => `\t\t${rule}\n`).join('');
  return `table inet t {\n${more}\tchain input {\n\t\ttype filter hook input priority filter; policy ${policy};\n${lines}\t}\n}\n`;
}

function end(ruleset: string, packet: Partial<Packet> = {}) {
  const chains = chainsIn(ruleset);
  if (chains === undefined) throw new Error('not read');
  return walk(chains, { ...SYN, ...packet });
}

describe('single rules, as nft 1.0.6 and 1.1.3 print them', () => {
  // What each rule of the listing does to a new connection from 10.0.0.7 to port 80; nothing for those that are not named.
  const DOES: Readonly<Record<string, string>> = {
    'ct state new accept': 'yes accept',
    'tcp dport { 22, 80-90, 443 } accept comment "a, b; drop { $x"': 'yes accept',
    'tcp dport @s2 accept': 'unread accept',
    'meta l4proto . th dport @c accept': 'unread accept',
    'tcp dport vmap @vm': 'unread unread',
    'ip saddr @s drop': 'some drop',
    'limit rate over 10/minute burst 5 packets } drop': 'some drop',
    'meter m size 65535 { ip saddr limit rate over 10/minute } drop': 'some drop',
    'meta pkttype host accept': 'yes accept',
    'ip protocol { tcp, udp } accept': 'yes accept',
    'meta mark 0x00000001 accept': 'unread accept',
    'ct mark & 0x000000ff == 0x00000001 accept': 'unread accept',
    'th dport != 53 drop': 'yes drop',
    'ip saddr 10.0.0.0/8 accept': 'yes accept',
    'meta l4proto tcp ct original proto-dst 80 accept': 'yes accept',
    'ct direction original accept': 'yes accept',
    'quota over 25 mbytes drop': 'some drop',
    'meta l4proto tcp reject with tcp reset': 'yes drop',
    'meta skuid 0 accept': 'unread accept',
    'th sport 22 accept': 'some accept',
    'ip saddr 0.0.0.0/1 drop': 'yes drop',
    'tcp dport 80 redirect to :8080': 'yes rewrite',
  };

  it.each(['bookworm', 'trixie'])('%s', (name) => {
    const rules = (chainsIn(listing(name)) ?? []).flatMap((chain) => chain.rules);
    expect(rules.length).toBeGreaterThan(45);
    for (const rule of rules) {
      const [, wanted] =
        Object.entries(DOES).find(
          ([text]) => rule.text.endsWith(text) && !rule.text.startsWith('tcp dport 81'),
        ) ?? [];
      const got = branchesOf(rule, SYN).map(({ truth, act }) => `${truth} ${act.kind}`);
      expect(got.join(), rule.text).toBe(wanted ?? '');
    }
  });

  it.each([
    ['tcp dport vmap { 1-3 : drop, 80 : jump x, 5 : accept }', 'yes jump'],
    ['ct state vmap { established : accept, new : drop }', 'yes drop'],
    ['iifname vmap { "lo" : accept, "eth*" : drop }', 'yes drop'],
    ['iifname . tcp dport { "eth0" . 80 } accept', 'yes accept'],
    ['iifname . tcp dport { "eth1" . 80 } accept', ''],
    ['ip saddr != 10.0.0.0/8 drop', ''],
    ['ip6 saddr != fe80::/10 drop', ''],
    ['ip saddr 10.0.0.5-10.0.0.9 drop', 'yes drop'],
    ['tcp flags & (fin | syn | rst | ack) == syn drop', 'yes drop'],
    ['tcp flags syn / fin,syn,rst,ack drop', 'yes drop'],
    ['tcp flags & (fin | syn | rst | ack) != syn drop', ''],
    ['tcp flags & (fin | syn | rst | psh | ack | urg) == 0x0 drop', ''],
    ['udp dport != 53 drop', ''],
    ['tcp dport >= 1024 accept', ''],
    ['tcp dport < 1024 counter packets 5 bytes 300 accept', 'yes accept'],
    ['fib saddr . iif oif missing drop', ''],
    ['fib daddr type local accept', 'yes accept'],
    ['ip daddr 224.0.0.251 udp dport 5353 accept', ''],
    ['ip daddr 239.255.255.250 drop', ''],
    ['ip daddr 192.0.2.10 drop', 'unread drop'],
    ['xt match "recent" drop', 'unread drop'],
    ['xt match "comment" counter', ''],
    ['log prefix "drop x" group 2 drop', 'yes drop'],
    ['meta mark set 0x00000001', ''],
    ['osf name "Linux" drop', 'unread drop'],
    ['ip saddr vmap { 10.0.0.0/8 : accept, 0.0.0.0/0 : drop }', 'yes accept,yes drop'],
    ['queue to 0', 'yes unread'],
  ])('%s', (text, wanted) => {
    const rule = chainsIn(input([text]))?.[0]?.rules[0];
    if (rule === undefined) throw new Error(text);
    expect(
      branchesOf(rule, SYN)
        .map(({ truth, act }) => `${truth} ${act.kind}`)
        .join(),
    ).toBe(wanted);
  });
});

describe('a packet from outside', () => {
  it.each([
    ['passes where nothing filters', '', {}, 'open', ''],
    ['is dropped by a policy', input([], 'drop'), {}, 'closed', 'inet t, chain input: policy drop'],
    ['is let in by its port', input(['tcp dport 80 accept'], 'drop'), {}, 'open', 'tcp dport 80 accept'],
    [
      'is dropped whoever accepted it before',
      `${input(['tcp dport 80 accept'], 'drop')}${input(['tcp dport 80 drop']).replace('inet t', 'ip late')}`,
      {},
      'closed',
      'ip late',
    ],
    [
      'is dropped by another table earlier',
      `${input(['accept'])}${input(['drop']).replace('inet t', 'inet early').replace('filter;', 'filter - 10;')}`,
      {},
      'closed',
      'inet early',
    ],
    [
      'without a routing header is not what ufw drops of those',
      input(['rt type 0 counter drop']),
      {},
      'open',
      '',
    ],
    ['of the other family passes', input(['drop']).replace('inet t', 'ip6 t'), {}, 'open', ''],
    [
      'is limited by a rate',
      input(['tcp dport 80 limit rate over 3/minute drop']),
      {},
      'limited',
      'limit rate over 3/minute',
    ],
    ['depends on a set of sources', input(['ip saddr @banned drop']), {}, 'limited', '@banned'],
    [
      'is unknown where a set of ports is not read',
      input(['tcp dport @ports accept'], 'drop'),
      {},
      'unknown',
      '@ports',
    ],
    [
      'does not care what cannot be read where all ends are alike',
      input(['xt match "recent" drop'], 'drop'),
      {},
      'closed',
      'policy drop',
    ],
    [
      'from nowhere in particular depends on a named source',
      input(['ip saddr 10.0.0.0/8 accept'], 'drop'),
      { from: undefined },
      'limited',
      '10.0.0.0/8',
    ],
    [
      'from elsewhere is dropped',
      input(['ip saddr 10.0.0.0/8 accept'], 'drop'),
      { from: '192.0.2.1' },
      'closed',
      'policy',
    ],
    [
      'comes back from a chain that decides nothing',
      input(['jump x', 'tcp dport 80 accept'], 'drop', '\tchain x {\n\t\ttcp dport 81 accept\n\t}\n'),
      {},
      'open',
      'tcp dport 80 accept',
    ],
    [
      'does not come back from goto',
      input(['goto x', 'accept'], 'drop', '\tchain x {\n\t}\n'),
      {},
      'closed',
      'policy drop',
    ],
    [
      'ends in a chain that is not there as unknown',
      input(['jump nowhere'], 'drop'),
      {},
      'unknown',
      'nowhere',
    ],
    [
      'is unknown where a table filters a bridge',
      input(['drop']).replace('inet t', 'bridge t'),
      {},
      'unknown',
      'bridge',
    ],
    [
      'on another link is not seen by an ingress chain',
      'table netdev n {\n\tchain c {\n\t\ttype filter hook ingress device "eth1" priority 0; policy drop;\n\t}\n}\n',
      {},
      'open',
      '',
    ],
    [
      'on its link is',
      'table netdev n {\n\tchain c {\n\t\ttype filter hook ingress device "eth0" priority 0; policy drop;\n\t}\n}\n',
      {},
      'closed',
      'netdev n',
    ],
    [
      'out of tracking has no state that is known',
      `${input(['ct state new accept'], 'drop')}${input(['notrack']).replace('inet t', 'ip raw').replace('input priority filter', 'prerouting priority raw')}`,
      {},
      'unknown',
      'ct state new',
    ],
  ] as [string, string, Record<string, unknown>, string, string][])(
    '%s',
    (_, ruleset, packet, verdict, why) => {
      const { from = SYN.from, ...more } = packet as { from?: string };
      const { from: _from, ...syn } = SYN;
      const source = 'from' in packet && packet.from === undefined ? {} : { from };
      const chains = chainsIn(ruleset);
      if (chains === undefined) throw new Error('not read');
      const got = walk(chains, { ...syn, ...more, ...(source as { from: string }) });
      expect(got.verdict, got.why).toBe(verdict);
      expect(got.why).toContain(why);
    },
  );

  it('is told by a comment or a prefix nothing', () => {
    expect(end(input(['tcp dport 80 accept comment "drop; policy drop"'], 'drop')).verdict).toBe('open');
    expect(end(input(['log prefix "accept"'], 'drop')).verdict).toBe('closed');
  });

  it.each(['bookworm', 'trixie'])('goes to the container that Docker publishes (%s)', (name) => {
    const chains = chainsIn(listing(`${name}-docker`)) ?? [];
    const bridge = /"(br-[0-9a-f]+)"/.exec(listing(`${name}-docker`))?.[1] ?? '';
    const routes = [
      { link: 'host0', network: '0.0.0.0/0' },
      { link: 'docker0', network: '172.17.0.0/16' },
      { link: bridge, network: '172.18.0.0/16' },
    ];
    const to = (port: number) => walk(chains, { ...SYN, port, over: ['host0'] }, routes);
    expect(to(8080)).toMatchObject({ verdict: 'open', rewritten: '172.17.0.2:80' });
    expect(to(5432)).toMatchObject({ verdict: 'open', rewritten: '172.18.0.2:5432' });
    expect(to(6379)).toEqual({ verdict: 'open', why: '' });
    expect(walk(chains, { ...SYN, port: 8080, over: ['host0'] }), 'a link that is not known').toMatchObject({
      verdict: 'unknown',
    });
  });
});

describe('a named set', () => {
  const sets = `\tset ports {
\t\ttype inet_service
\t\telements = { 80, 90-99,
\t\t\t     443 timeout 1h expires 59m comment "a, } b" }
\t}
\tset both {
\t\ttype ipv4_addr . inet_service
\t\telements = { 10.0.0.7 . 80, 10.0.0.8 . 81 }
\t}
\tset empty {
\t\ttype ipv4_addr
\t\t# no elements
\t}
\tset long {
\t\ttype ipv4_addr
\t\t# elements left out
\t}
\tset unlisted {
\t\ttype inet_service
\t}
\tmap doors {
\t\ttype inet_service : verdict
\t\telements = { 80 : drop, 81 : accept }
\t}
`;
  const held = [
    { set: 'inet t long', address: '10.0.0.7', held: true },
    { set: 'inet t long', address: '10.0.0.8', held: false },
    { set: 'inet other long', address: '10.0.0.9', held: true },
  ];
  it.each([
    ['tcp dport @ports drop', {}, 'yes drop'],
    ['tcp dport @ports drop', { port: 443 }, 'yes drop'],
    ['tcp dport @ports drop', { port: 81 }, ''],
    ['tcp dport != @ports drop', { port: 81 }, 'yes drop'],
    ['ip saddr . tcp dport @both accept', {}, 'yes accept'],
    ['ip saddr . tcp dport @both accept', { port: 81 }, ''],
    ['ip saddr @empty drop', {}, ''],
    ['ip saddr @long drop', {}, 'yes drop'],
    ['ip saddr @long drop', { from: '10.0.0.8' }, ''],
    ['ip saddr @long drop', { from: '10.0.0.9' }, 'some drop'],
    ['tcp dport @unlisted drop', {}, 'unread drop'],
    ['tcp dport @nowhere drop', {}, 'unread drop'],
    ['tcp dport vmap @doors', {}, 'yes drop'],
    ['tcp dport vmap @doors', { port: 82 }, ''],
  ])('decides as the kernel does: %s, %o', (text, packet, wanted) => {
    const [chain] = chainsIn(input([text], 'accept', sets), held) ?? [];
    const [rule] = chain?.rules ?? [];
    if (rule === undefined) throw new Error(text);
    const branches = branchesOf(rule, { ...SYN, ...packet });
    expect(branches.map(({ truth, act }) => `${truth} ${act.kind}`).join()).toBe(wanted);
  });
});

describe('a listing', () => {
  it('that is cut, or has an open quote, is not read at all', () => {
    for (const name of readdirSync(FOLDER)) {
      const text = readFileSync(new URL(name, FOLDER), 'utf8');
      expect(chainsIn(text), name).toBeDefined();
      expect(chainsIn(text.slice(0, text.length - 30)), name).toBeUndefined();
    }
    expect(chainsIn(input(['log prefix "x drop']))).toBeUndefined();
  });

  it('never makes it throw', () => {
    const words =
      'accept drop jump goto x tcp dport 80 { } , : vmap @s != ip saddr 10.0.0.0/8 ct state new limit rate 3/minute tcp flags & == fib daddr type dnat to . "a" '.split(
        ' ',
      );
    const line = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((it) => it.join(' '));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (rules) => {
        const chains = chainsIn(input(rules));
        if (chains !== undefined) expect(walk(chains, SYN).verdict).toMatch(/open|closed|limited|unknown/);
      }),
    );
  });
});

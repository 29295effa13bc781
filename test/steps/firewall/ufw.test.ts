// ufw as an administrator left it (rules and kernel of a real Debian 13 host, beside this file): where connections end, how rules of
// ours come and go among his, what is judged and what is refused. Hosts: test/lab/step-ufw.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FirewallFact, Listener, UfwFact } from '../../../src/facts/network-values.ts';
import type { ConfigFile } from '../../../src/facts/values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue } from '../../../src/model/control.ts';
import { known } from '../../../src/model/outcome.ts';
import { firewallRefusals } from '../../../src/plan/guards/firewall.ts';
import { judge } from '../../../src/plan/judge.ts';
import { draftPlan, finishPlan } from '../../../src/plan/plan.ts';
import { chainsOf, fateOf, parseRule } from '../../../src/resources/iptables-rules.ts';
import { brokenFile } from '../../../src/resources/ufw-broken.ts';
import {
  ownIntents,
  rulesIn,
  ufwRules,
  withAssignment,
  withOurs,
  withoutOurs,
} from '../../../src/resources/ufw-files.ts';
import { firewall } from '../../../steps/firewall.ts';
import { configFile, contextOf } from '../../resources/contexts.ts';

const text = (name: string): string => readFileSync(join(import.meta.dirname, 'ufw-host', name), 'utf8');
const USER = text('user.rules');
const USER6 = text('user6.rules');
const KERNEL = text('kernel4.txt').split('\n');
const KERNEL6 = text('kernel6.txt').split('\n');
/** As the package brings it. */
const FRESH = `*filter
:ufw-user-input - [0:0]
:ufw-user-output - [0:0]
:ufw-user-forward - [0:0]
:ufw-user-limit - [0:0]
:ufw-user-limit-accept - [0:0]
### RULES ###
-A ufw-user-limit -m limit --limit 3/minute -j LOG --log-prefix "[UFW LIMIT BLOCK] "
-A ufw-user-limit -j REJECT
-A ufw-user-limit-accept -j ACCEPT
COMMIT
`;
const FRESH6 =
  '*filter\n:ufw6-user-input - [0:0]\n:ufw6-user-output - [0:0]\n:ufw6-user-forward - [0:0]\n### RULES ###\nCOMMIT\n';
const BEFORE = `*filter
:ufw-before-input - [0:0]
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
`;
const DEFAULTS = 'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\n';

describe('where a connection ends', () => {
  it.each([
    [
      'to a port that is let in',
      '203.0.113.77',
      443,
      'accepted',
      '-A ufw-user-input -p tcp -m tcp --dport 443 -j ACCEPT',
    ],
    ['to a port that nobody let in', '203.0.113.77', 5432, 'dropped', ''],
    [
      'from a network that is denied, to a port opened after that',
      '198.51.100.7',
      80,
      'dropped',
      '-A ufw-user-input -s 198.51.100.0/24 -j DROP',
    ],
    [
      'from a network that is denied, to a port opened before that',
      '198.51.100.7',
      443,
      'accepted',
      '-A ufw-user-input -p tcp -m tcp --dport 443 -j ACCEPT',
    ],
    [
      'to one of several ports',
      '203.0.113.77',
      8080,
      'accepted',
      '-A ufw-user-input -p tcp -m multiport --dports 80,8080 -j ACCEPT',
    ],
    [
      'to a port that is open on one link only',
      '203.0.113.77',
      53,
      'accepted',
      '-A ufw-user-input -i host0 -p tcp -m tcp --dport 53 -j ACCEPT',
    ],
    [
      'to a port that is rejected and logged',
      '203.0.113.77',
      23,
      'dropped',
      '-A ufw-user-input -p tcp -m tcp --dport 23 -j REJECT --reject-with tcp-reset',
    ],
  ])('%s', (_, source, port, fate, by) => {
    const newcomer = { source, port, protocol: 'tcp', destination: '10.213.10.2', link: 'host0' } as const;
    expect(fateOf(chainsOf(KERNEL), newcomer)).toEqual({ fate, by, limited: false });
  });

  it('is known to be counted, and over IPv6 too', () => {
    const ssh = { port: 22, protocol: 'tcp', link: 'host0' } as const;
    expect(fateOf(chainsOf(KERNEL), { ...ssh, source: '203.0.113.77' })).toMatchObject({
      fate: 'accepted',
      limited: true,
    });
    expect(fateOf(chainsOf(KERNEL6), { ...ssh, source: '2001:db8::77' })).toMatchObject({
      fate: 'accepted',
      limited: true,
    });
    expect(fateOf(chainsOf(KERNEL6), { ...ssh, port: 25, source: '2001:db8::77' }).fate).toBe('dropped');
  });

  it('is in doubt behind a rule that nobody here can answer, and never for the better', () => {
    const end = (...rules: string[]) =>
      fateOf(chainsOf([':INPUT DROP [0:0]', ...rules]), { source: '192.0.2.1', port: 22, protocol: 'tcp' })
        .fate;
    expect(end('-A INPUT -j ACCEPT')).toBe('accepted');
    expect(end('-A INPUT -m set --match-set bad src -j DROP', '-A INPUT -j ACCEPT')).toBe('unsure');
    expect(end('-A INPUT -i tun0 -j x', '-A x -j DROP', '-A INPUT -j ACCEPT')).toBe('unsure');
    expect(end('-A INPUT -m set --match-set good src -j ACCEPT')).toBe('dropped');
    expect(end('-A INPUT -m limit --limit 3/min -j ACCEPT')).toBe('dropped');
    expect(end('-A INPUT ! -s 192.0.2.0/24 -j DROP', '-A INPUT -p tcp --dport 20:30 -j ACCEPT')).toBe(
      'accepted',
    );
    expect(end('-A INPUT ! -s 198.51.100.0/24 -j DROP', '-A INPUT -j ACCEPT')).toBe('dropped');
    expect(end('-A INPUT -j loop', '-A loop -j loop')).toBe('dropped');
    expect(parseRule('-P INPUT DROP')).toBeUndefined();
  });
});

describe("rules of ours among ufw's", () => {
  const web = { port: 80, protocol: 'tcp', from: 'everyone', purpose: '' } as const;
  const range = {
    port: 8000,
    to: 8010,
    protocol: 'udp',
    from: ['192.0.2.0/24', '2001:db8::/32'],
    purpose: 'game "x"',
  } as const;

  it.each([
    ['ipv4', USER],
    ['ipv6', USER6],
  ] as const)('come and go without a trace, and are found again (%s)', (family, user) => {
    const last = [web, range].flatMap((intent) => ufwRules(intent, family));
    const first = ufwRules({ ...web, purpose: 'ssh' }, family);
    const ours = withOurs(user, { first, last }, { family, logging: true });
    expect(withoutOurs(ours)).toBe(user);
    expect(withOurs(ours, { first, last }, { family, logging: true })).toBe(ours);
    expect(rulesIn(ours)).toEqual([...first, ...rulesIn(user), ...last]);
    expect(rulesIn(ours).filter(({ purpose }) => purpose !== undefined)).toEqual([...first, ...last]);
    expect(ownIntents(last)).toEqual([
      web,
      { ...range, from: [family === 'ipv4' ? '192.0.2.0/24' : '2001:db8::/32'], purpose: 'game x' },
    ]);
    expect(brokenFile(ours, family)).toBeUndefined();
  });

  it('make a file whole that came with the package', () => {
    const made = withOurs(
      FRESH,
      { first: [], last: ufwRules(web, 'ipv4') },
      { family: 'ipv4', logging: true },
    );
    const sample = USER.slice(USER.indexOf('### END RULES ###'));
    expect(made.slice(made.indexOf('### END RULES ###'))).toBe(sample);
    expect(made.slice(0, made.indexOf('### RULES ###'))).toBe(USER.slice(0, USER.indexOf('### RULES ###')));
    expect(withOurs(FRESH6, { first: [], last: [] }, { family: 'ipv6', logging: false })).not.toContain(
      'UFW BLOCK',
    );
  });

  it('are his own once he made something else of them', () => {
    const [rule] = ufwRules(web, 'ipv4');
    const turned = { ...rule, tuple: rule?.tuple.replace('allow', 'deny') ?? '' };
    expect(rulesIn(`### tuple ### ${turned.tuple}\n-A ufw-user-input -j DROP\n`)[0]?.purpose).toBeUndefined();
  });

  it('keep every line of a settings file but one', () => {
    expect(withAssignment('# a\nIPV6=no\nX=1\n', 'IPV6', 'yes')).toBe('# a\nIPV6=yes\nX=1\n');
    expect(withAssignment('X=1', 'IPV6', 'yes')).toBe('X=1\nIPV6=yes\n');
  });

  it.each([
    ['cut off', USER.slice(0, -8), 'does not end with "COMMIT"'],
    ['a line of something else', USER.replace('### END', '<<<<<<< mine\n### END'), 'nothing that ufw writes'],
    ['no place for rules', USER.replace('### RULES ###\n', ''), 'the line "### RULES ###" is missing'],
    ['empty', '', 'does not begin'],
    [
      'a jump to nowhere',
      USER.replace('### RULES ###\n', '### RULES ###\n-A ufw-user-input -p tcp --dport 443 -j NOWHERE\n'),
      'jumps to a chain that is not there',
    ],
  ])('are not written into a file that is %s', (_, broken, why) => {
    expect(brokenFile(broken, 'ipv4')).toContain(why);
  });

  it('may jump to a chain that the kernel has', () => {
    const text = USER.replace('### RULES ###\n', '### RULES ###\n-A ufw-user-input -p tcp -j sshguard\n');
    expect(brokenFile(text, 'ipv4', KERNEL)).toContain('jumps');
    expect(brokenFile(text, 'ipv4', [...KERNEL, ':sshguard - [0:0]'])).toBeUndefined();
  });
});

const OPERATOR = '192.0.2.9';
type Made = {
  readonly ufw?: Partial<UfwFact>;
  readonly fact?: Partial<FirewallFact>;
  readonly user?: string;
  readonly user6?: string;
  readonly defaults?: string;
  readonly before?: string;
  readonly from?: string;
  readonly answers?: Readonly<Record<string, AnswerValue>>;
};

function host(made: Made = {}): Context {
  const active = made.ufw?.active ?? true;
  const files: readonly ConfigFile[] = [
    configFile('/etc/ufw/ufw.conf', `ENABLED=${active ? 'yes' : 'no'}\nLOGLEVEL=low\n`),
    configFile('/etc/default/ufw', made.defaults ?? DEFAULTS),
    configFile('/etc/ufw/user.rules', made.user ?? USER, { mode: '0640' }),
    configFile('/etc/ufw/user6.rules', made.user6 ?? USER6, { mode: '0640' }),
    configFile('/etc/ufw/before.rules', made.before ?? BEFORE),
  ];
  const ufw: UfwFact = {
    enabled: active,
    active,
    ipv6: true,
    inputPolicy: 'drop',
    hooks: [],
    kernel: active ? { ipv4: KERNEL, ipv6: KERNEL6 } : { ipv4: [], ipv6: [] },
    refused: [],
    links: { '192.0.2.1': 'host0', '2001:db8:1::1': 'host0', '127.0.0.1': 'lo' },
    ...made.ufw,
  };
  const fact: FirewallFact = {
    ...{ nft: '1.0.9', tables: [], ruleset: '', legacy: [], tools: ['ufw'], own: null, ipv6: true },
    units: { 'ufw.service': { active: 'active', enabled: 'enabled' } },
    looked: { files, places: [] },
    closed: { ipv4: active, ipv6: active },
    owners: active ? ['ufw'] : [],
    ufw,
    ...made.fact,
  };
  const listener = (port: number, process: string): Listener => ({
    ...{ protocol: 'tcp', family: 'ipv4', address: '0.0.0.0', port, process, pid: 1, unit: 'x.service' },
  });
  const listeners = known([listener(22, 'sshd'), listener(443, 'nginx'), listener(5432, 'postgres')]);
  const context = contextOf({
    clientAddress: made.from ?? OPERATOR,
    readings: { listeners, firewall: known(fact) },
  });
  return { ...context, answers: new Map(Object.entries(made.answers ?? {})) };
}

/** Who may come to a port over IPv4, by the policy column of the reality view. */
function wanted(context: Context, port: string): string | undefined {
  const rows = firewall.views?.(context).flatMap(({ rows }) => rows) ?? [];
  return rows.find(({ cells }) => cells[0] === `${port} IPv4`)?.cells[3];
}

describe('the policy of a host with ufw', () => {
  const asked = { 'firewall.ssh-from': ['everyone'], 'firewall.open': ['5432/tcp from 192.0.2.0/24'] };

  it.each([
    ['443/tcp', 'everyone', 'his rule lets everybody in'],
    ['22/tcp', 'everyone', 'his rule counts, and lets in'],
    ['80/tcp', 'everyone', 'his rule lets in all but one network'],
    ['5432/tcp', 'some', 'nobody but us was asked'],
  ])('says of %s: %s, because %s', (port, who) => {
    expect(wanted(host({ answers: asked }), port)).toBe(who);
  });

  it('says nobody where neither he nor anybody asked, whatever the kernel has', () => {
    const answers = { ...asked, 'firewall.open': [] };
    expect(wanted(host({ answers }), '5432/tcp')).toBe('nobody');
    expect(wanted(host({ answers, ufw: { active: false } }), '5432/tcp')).toBe('nobody');
    // What is only judged has no policy.
    expect(wanted(host({ answers: { 'firewall.backend': 'none' } }), '5432/tcp')).toBe('–');
  });

  it('names a network of his own, and what a container publishes is no matter of his rules', () => {
    const user = USER.replace(
      '### END RULES',
      '### tuple ### allow tcp 5432 0.0.0.0/0 any 198.51.100.7 in\n-A ufw-user-input -p tcp --dport 5432 -s 198.51.100.7 -j ACCEPT\n\n### END RULES',
    ).replace(/### tuple ### deny any[^\n]*\n-A[^\n]*\n/, '');
    const context = host({ user, answers: { ...asked, 'firewall.open': [] } });
    expect(wanted(context, '5432/tcp')).toBe('some');
    const published = [443].map((port) => ({
      ...{ container: 'web', image: 'web', protocol: 'tcp' as const, address: '0.0.0.0' },
      ...{ port, lastPort: port, containerPort: port },
    }));
    const docker = known({
      ...{ running: true, version: '26', rules: 'nft' as const, ipv6Rules: false, userlandProxy: true },
      ...{ liveRestore: false, published, bridges: [], userChain: { ipv4: [], ipv6: [] }, outside: [] },
      ...{ guard: null, files: [] },
    });
    const answers = new Map<string, AnswerValue>(Object.entries({ ...asked, 'firewall.open': [] }));
    expect(wanted({ ...context, answers, readings: { ...context.readings, docker } }, '443/tcp')).toBe(
      'nobody',
    );
  });
});

const plan = (context: Context) =>
  finishPlan(draftPlan({ context, steps: [firewall] }), undefined, { tool: 't', created: '' });
const finding = (context: Context, id: string) =>
  judge({ steps: [firewall], context }).find(({ control }) => control === `firewall.${id}`);

describe('a host with ufw', () => {
  const open = { 'firewall.ssh-from': ['everyone'], 'firewall.open': ['5432/tcp from 192.0.2.0/24'] };

  it('gets what is missing after his own rules, and his own login before the one that counts', () => {
    const { changes, refusals } = plan(host({ answers: open }));
    expect(refusals).toEqual([]);
    const after = changes.find(({ address }) => address === 'file:/etc/ufw/user.rules')?.after ?? '';
    const tuples = rulesIn(after).map(({ tuple }) => tuple.replace(/ comment=.*/, ''));
    expect(tuples.at(0)).toBe(`allow tcp 22 0.0.0.0/0 any ${OPERATOR} in`);
    expect(tuples.at(-1)).toBe('allow tcp 5432 0.0.0.0/0 any 192.0.2.0/24 in');
    expect(tuples.slice(1, -1)).toEqual(rulesIn(USER).map(({ tuple }) => tuple.replace(/ comment=.*/, '')));
    expect(changes.find(({ address }) => address === 'file:/etc/ufw/user6.rules')?.action).toBe('none');
    expect(changes.at(-1)?.primitives).toEqual([{ kind: 'ufw', scope: 'rules', was: 'active' }]);
    const done = host({ answers: open, user: after, ufw: { kernel: { ipv4: [...KERNEL], ipv6: KERNEL6 } } });
    expect(plan(done).changes.filter(({ action }) => action !== 'none')).toEqual([]);
  });

  it('has nothing to do where his rules say it all, and is proposed as it is', () => {
    const context = host({ from: '2001:db8:5::1', ufw: {}, answers: { 'firewall.open': [] } });
    const ipv6 = rulesIn(plan(context).changes.find(({ address }) => address.includes('user6'))?.after ?? '');
    expect(ipv6.at(0)?.tuple).toContain('allow tcp 22 ::/0 any 2001:db8:5::1 in');
    const backend = firewall.questions[0]?.propose(host());
    expect(backend?.value).toBe('ufw');
    expect(firewall.questions[2]?.propose(host()).value).toEqual([]);
    expect(firewall.questions[0]?.propose(host({ fact: { owners: ['ufw', 'nftables'] } })).value).toBe(
      'none',
    );
  });

  it('is switched on whole, with what its files say besides, and told so', () => {
    const { changes, notes } = plan(
      host({ ufw: { active: false }, user: FRESH, user6: FRESH6, answers: open }),
    );
    expect(changes.filter(({ action }) => action !== 'none').map(({ address }) => address)).toEqual([
      'file:/etc/ufw/user.rules',
      'file:/etc/ufw/user6.rules',
      'file:/etc/ufw/ufw.conf',
      'ufw:rules',
    ]);
    expect(changes.at(-1)).toMatchObject({
      risk: 'lockout',
      primitives: [{ kind: 'ufw', scope: 'whole', was: 'inactive' }],
    });
    expect(notes.join()).not.toContain('come into force');
    const his = plan(host({ ufw: { active: false }, answers: { 'firewall.ssh-from': ['everyone'] } }));
    expect(his.notes.join()).toContain(
      'come into force with it: allow 443/tcp, deny everything from 198.51.100.0/24',
    );
  });

  it('is closed over both families', () => {
    const half = host({
      ufw: { ipv6: false, inputPolicy: 'accept' },
      defaults: 'IPV6=no\nDEFAULT_INPUT_POLICY="ACCEPT"\n',
      answers: open,
    });
    expect(finding(half, 'ufw-ipv6')).toMatchObject({ result: 'fail' });
    const { changes } = plan(half);
    expect(changes.find(({ address }) => address === 'file:/etc/default/ufw')?.after).toBe(
      'IPV6=yes\nDEFAULT_INPUT_POLICY="DROP"\n',
    );
    expect(changes.at(-1)?.primitives).toEqual([{ kind: 'ufw', scope: 'whole', was: 'active' }]);
  });

  it('is judged by what the kernel has', () => {
    expect(finding(host(), 'ufw-files')).toMatchObject({ result: 'pass' });
    const past = KERNEL.filter((line) => !line.includes('198.51.100.0'));
    expect(finding(host({ ufw: { kernel: { ipv4: past, ipv6: KERNEL6 } } }), 'ufw-files')).toMatchObject({
      result: 'fail',
      evidence: [expect.stringContaining('the kernel has other rules than /etc/ufw/user.rules')],
    });
    expect(finding(host(), 'ufw-boot')).toMatchObject({ result: 'pass' });
    expect(finding(host({ ufw: { active: false } }), 'ufw-boot')?.evidence).toContain(
      'its rules are not in the kernel',
    );
    expect(finding(host(), 'ufw-unused')?.evidence).toContain('allow 80/tcp: nothing listens there');
    const narrow = host({ answers: { 'firewall.ssh-from': ['192.0.2.0/24'] } });
    expect(finding(narrow, 'ufw-rules')?.evidence.join()).toContain('22/tcp is open to others as well');
    const shut = host({ answers: { 'firewall.open': ['23/tcp'] } });
    expect(finding(shut, 'ufw-rules')?.evidence.join()).toContain(
      '23/tcp stays closed: a rule of yours comes first',
    );
  });

  it.each([
    [
      'a rule of his stops the operator',
      { from: '198.51.100.7' },
      /ufw would drop that: -A ufw-user-input -s 198\.51\.100\.0\/24 -j DROP/,
      true,
    ],
    ['its file is cut off', { user: USER.slice(0, -8) }, /could not load its own rules.*does not end/, false],
    [
      'iptables does not accept a file',
      { ufw: { refused: [{ path: '/etc/ufw/user6.rules', message: 'line 3 failed' }] } },
      /user6\.rules: iptables does not accept it/,
      false,
    ],
    [
      'it would do more than filter',
      { ufw: { active: false }, before: `*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n${BEFORE}` },
      /would load \*nat/,
      false,
    ],
    [
      'it would run a program',
      { ufw: { active: false, hooks: ['after.init'] } },
      /after\.init would run/,
      false,
    ],
    [
      'another filters beside it',
      { fact: { owners: ['ufw', 'nftables'] }, answers: { 'firewall.backend': 'ufw' } },
      /nftables filters on this host already/,
      false,
    ],
  ] as [string, Made, RegExp, boolean][])('is refused where %s', (_, made, why, limited) => {
    const user = limited ? USER.replace(/### tuple ### limit[\s\S]*?\n\n/, '') : USER;
    const ipv4 = limited ? KERNEL.filter((line) => !/dport 22\b/.test(line)) : KERNEL;
    const context = host({
      ...{ user, ...made },
      ufw: { ...(limited ? { kernel: { ipv4, ipv6: KERNEL6 } } : {}), ...made.ufw },
      answers: { 'firewall.ssh-from': ['everyone'], 'firewall.open': ['8443/tcp'], ...made.answers },
    });
    const { refusals, applyable } = plan(context);
    expect(refusals.map(({ message }) => message).join('\n')).toMatch(why);
    expect(applyable).toBe(false);
  });

  it('does not let sshd move to a port that ufw drops', () => {
    const to = (port: string) => {
      const resource = { kind: 'sshd-option', keyword: 'Port', values: [port] } as const;
      const wanted = { resource, step: 'sshd', control: 'sshd.port', why: '' };
      return firewallRefusals([wanted], host()).map(({ message }) => message);
    };
    expect(to('443')).toEqual([]);
    expect(to('2222').join()).toContain('sshd would move to port 2222');
  });
});

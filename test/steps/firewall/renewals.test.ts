// Certificates that are fetched over port 80, and rules that shut it: told before, and refused.
import { describe, expect, it } from 'vitest';
import type { CertbotFact } from '../../../src/facts/certbot-values.ts';
import type { FirewallFact } from '../../../src/facts/network-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue } from '../../../src/model/control.ts';
import { known } from '../../../src/model/outcome.ts';
import { judge } from '../../../src/plan/judge.ts';
import { draftPlan } from '../../../src/plan/plan.ts';
import { renderTable } from '../../../src/resources/firewall-table.ts';
import { firewall } from '../../../steps/firewall.ts';
import { contextOf } from '../../resources/contexts.ts';

const OPEN: FirewallFact = {
  ...{ nft: '1.0.6', tables: [], ruleset: '', legacy: [], tools: [], units: {}, own: null, ipv6: true },
  looked: { files: [], places: ['/etc/portcullis/', '/etc/systemd/system/'] },
  closed: { ipv4: false, ipv6: false },
  owners: [],
};
const drops = (rule: string, family = 'inet') =>
  `table ${family} filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\t${rule}\n\t}\n}\n`;
const by = (ruleset: string): Partial<FirewallFact> => ({
  ...{ ruleset, owners: ['nftables'], closed: { ipv4: true, ipv6: true } },
});
const lineage = (authenticator: string) => ({ name: 'shop', authenticator, installer: '', hook: '' });
const BOTH = ['192.0.2.10', '2001:db8::10'];

type Host = {
  readonly firewall?: Partial<FirewallFact>;
  readonly way?: string;
  readonly answers?: Readonly<Record<string, AnswerValue>>;
  readonly addresses?: readonly string[];
  readonly waived?: boolean;
};

function host(it: Host): Context {
  const unit = { enabled: 'enabled', active: 'active' };
  const certbot: CertbotFact = {
    ...{ installed: true, timer: unit, snapTimer: unit, hooks: [], looked: {} },
    lineages: it.way === undefined ? [] : [lineage(it.way)],
  };
  const context = contextOf({
    readings: {
      firewall: known({ ...OPEN, ...it.firewall }),
      certbot: known(certbot),
      network: known({ addresses: [...(it.addresses ?? BOTH)], routes: [] }),
      listeners: known([]),
    },
  });
  return {
    ...context,
    answers: new Map(Object.entries({ 'firewall.ssh-from': ['everyone'], ...it.answers })),
    statements: it.waived
      ? [
          {
            ...{ kind: 'waive', control: 'firewall.renewals', reason: 'dns soon', by: 'ana' },
            ...{ at: '2026-11-01', until: '2027-01-01', expired: false },
          },
        ]
      : [],
  };
}

const finding = (it: Host) =>
  judge({ steps: [firewall], context: host(it) }).find(({ control }) => control === 'firewall.renewals');
const refused = (it: Host) =>
  draftPlan({ context: host(it), steps: [firewall] }).refusals.filter(
    ({ guard }) => guard === 'guard.renewals',
  );

const WEB = { 'firewall.open': ['80/tcp', '443/tcp'] };
const NO_WEB = { 'firewall.open': ['443/tcp'] };
const KEPT = { 'firewall.backend': 'none' };

describe('port 80, for who fetches certificates over it', () => {
  it.each<[string, Host, string, RegExp]>([
    ['nobody does', { answers: NO_WEB }, 'notapplicable', /./],
    ['by DNS', { way: 'dns-rfc2136', answers: NO_WEB }, 'notapplicable', /./],
    ['and it is open, and stays so', { way: 'webroot', answers: WEB }, 'pass', /shop: .*which is open/],
    [
      'and what is decided shuts it',
      { way: 'webroot', answers: NO_WEB },
      'fail',
      /over IPv4 and IPv6: add 80\/tcp/,
    ],
    [
      'from some networks only',
      { way: 'nginx', answers: { 'firewall.open': ['80/tcp from 10.0.0.0/8'] } },
      'fail',
      /IPv4 and IPv6/,
    ],
    [
      'over one family',
      { way: 'standalone', answers: { 'firewall.open': ['80/tcp over ipv4'] } },
      'fail',
      /over IPv6: add/,
    ],
    [
      'over the only family that the host has',
      {
        way: 'standalone',
        answers: { 'firewall.open': ['80/tcp over ipv4'] },
        addresses: ['192.0.2.10', 'fe80::1'],
      },
      'pass',
      /which is open/,
    ],
    [
      'and rules of others shut it',
      { way: 'webroot', answers: KEPT, firewall: by(drops('tcp dport 443 accept')) },
      'fail',
      /which is shut\. IPv4: .*IPv6/,
    ],
    [
      'and rules of others let it in',
      { way: 'webroot', answers: KEPT, firewall: by(drops('tcp dport { 80, 443 } accept')) },
      'pass',
      /which is open/,
    ],
    [
      'and rules of others cannot be read',
      { way: 'webroot', answers: KEPT, firewall: { ...by(''), legacy: ['ip'] } },
      'unknown',
      /iptables/,
    ],
    [
      'soon, for the first time',
      { answers: { ...NO_WEB, 'tls.acme': ['new.example'] } },
      'fail',
      /new\.example: /,
    ],
  ])('%s', (_, it, result, evidence) => {
    const found = finding(it);
    expect([found?.result, found?.evidence.join(' ')]).toEqual([result, expect.stringMatching(evidence)]);
  });

  it('is opened where it was decided so and is not yet', () => {
    const shut = { way: 'webroot', answers: WEB, firewall: { own: renderTable([]), owners: ['portcullis'] } };
    const context = host({
      ...shut,
      firewall: { ...by(renderTable([])), own: renderTable([]), owners: ['portcullis'] },
    });
    const control = firewall.controls.find(({ id }) => id === 'firewall.renewals');
    expect(control?.judge(context)).toMatchObject({ result: 'fail' });
    expect(control?.remedy?.(context).map(({ kind }) => kind)).toContain('firewall');
  });
});

describe('a plan that shuts it', () => {
  it('is refused, with the way out', () => {
    expect(refused({ way: 'webroot', answers: NO_WEB })).toEqual([
      {
        guard: 'guard.renewals',
        message: expect.stringMatching(/of shop are fetched over port 80.*next renewal would fail/),
        remedy: expect.stringMatching(/add 80\/tcp.*waive TARGET firewall\.renewals/),
      },
    ]);
  });
  it.each<[string, Host]>([
    ['it stays open', { way: 'webroot', answers: WEB }],
    ['nothing is fetched so', { way: 'dns-rfc2136', answers: NO_WEB }],
    ['the operator waived it', { way: 'webroot', answers: NO_WEB, waived: true }],
    ['no rules are ours', { way: 'webroot', answers: KEPT }],
  ])('is not where %s', (_, it) => {
    expect(refused(it)).toEqual([]);
  });
});

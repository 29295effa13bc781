// First certificates by ACME: which sites, what is asked, what is refused before, and what is edited.
import { describe, expect, it } from 'vitest';
import type { FirewallFact } from '../../../src/facts/network-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue, Step } from '../../../src/model/control.ts';
import type { NameSight } from '../../../src/model/names.ts';
import { known, unknown } from '../../../src/model/outcome.ts';
import type { OutsideSight } from '../../../src/model/outside.ts';
import { missingRisky, problemWith } from '../../../src/plan/answers.ts';
import { draftPlan } from '../../../src/plan/plan.ts';
import { diffResources } from '../../../src/resources/index.ts';
import { firewall } from '../../../steps/firewall.ts';
import { tls } from '../../../steps/tls.ts';
import { contextWith, GOOD, LEAF, NOW, ROOT, SITES } from './context.ts';
import { DAY, findings, type Host } from './kit.ts';

const PLAIN = 'server { listen 80; listen [::]:80; server_name new.example www.new.example; root /srv/new; }';
const ASKED = { 'tls.acme': ['new.example'], 'tls.acme-terms': true };
const MINE = '192.0.2.10';
const sight = (name: string, more: Partial<NameSight> = {}): NameSight => ({
  ...{ name, host: ['127.0.1.1'], here: [MINE], hereWhy: '', authorities: null },
  ...more,
});
const ANSWERS: OutsideSight = { doors: [{ family: 'ipv4', port: 80, reached: 'answers' }], untried: [] };

function host(
  it: Host = {},
  seen: { readonly names?: Partial<NameSight>; readonly port80?: OutsideSight } = {},
): Context {
  const context = contextWith({ sites: PLAIN, answers: ASKED, ...it });
  return {
    ...context,
    readings: {
      ...context.readings,
      network: known({ addresses: [MINE, 'fe80::1'], routes: [] }),
      listeners: known([]),
      certbot: known({
        ...{ installed: true, lineages: [], hooks: [], timer: { enabled: 'enabled', active: 'active' } },
        snapTimer: { enabled: 'not-found', active: 'inactive' },
        looked: { files: [], places: ['/etc/letsencrypt/renewal-hooks/deploy/'], units: {} },
      }),
    },
    names: known({
      names: ['new.example', 'www.new.example', 'shop.example'].map((name) => sight(name, seen.names)),
      port80: seen.port80 ?? ANSWERS,
    }),
  };
}

const finding = (id: string, context: Context) =>
  findings(context).find(({ control }) => control === `tls.${id}`);
const question = (id: string) => {
  const found = tls.questions.find((one) => one.id === `tls.${id}`);
  if (found === undefined) throw new Error(id);
  return found;
};
const remedy = (id: string, context: Context) =>
  tls.controls.find((one) => one.id === `tls.${id}`)?.remedy?.(context) ?? [];
const draft = (context: Context) => draftPlan({ context, steps: [tls] });
const textOf = (context: Context) =>
  draft(context).changes.find(({ address }) => address === `file:${SITES}`)?.after ?? '';

describe('the questions', () => {
  it('propose nothing, and name what could be asked for', () => {
    const { value, reason } = question('acme').propose(contextWith({ sites: PLAIN }));
    expect([value, reason]).toEqual([[], expect.stringContaining('new.example')]);
  });
  it('want the terms accepted by a person in this run, whatever a profile says', () => {
    const context = contextWith({ sites: PLAIN, answers: { 'tls.acme': ['new.example'] } });
    const profile = { ...context.profile, answers: new Map<string, AnswerValue>([['tls.acme-terms', true]]) };
    const said = { ...context, profile };
    expect(missingRisky([tls], said).map(({ id }) => id)).toEqual(['tls.acme-terms']);
    expect(remedy('acme', said)).toEqual([]);
    expect(finding('acme', said)?.evidence.join()).toContain('terms of the authority were not accepted');
    expect(problemWith(question('acme-terms'), false, context)).toContain('read the terms');
    expect(missingRisky([tls], contextWith({ sites: PLAIN }))).toEqual([]);
  });
  it.each<[string, string, AnswerValue, RegExp]>([
    ['a name that is no site', 'acme', ['other.example'], /is not the plain name of a site/],
    ['a site named twice', 'acme', ['new.example', 'new.example'], /named twice/],
    ['a pattern', 'acme', ['star.example'], /\*\.star\.example is no plain name.*over DNS/],
    ['a site without port 80', 'acme', ['only.example'], /does not listen on port 80/],
    ['a name without a dot', 'acme', ['intranet'], /has no dot/],
    ['an address', 'acme', ['192.0.2.10'], /192\.0\.2\.10 is an address/],
    [
      'a site with a name that none can be',
      'acme',
      ['odd.example'],
      /-x\.example cannot be the name of a host/,
    ],
    ['a name that only https has', 'acme', ['half.example'], /only443\.example is no name of a block that/],
    ['a site of single addresses', 'acme', ['single.example'], /single addresses only \(203\.0\.113\.5\)/],
    ['a site that only sends away', 'acme', ['gone.example'], /serves nothing/],
    ['mail that is none', 'acme-email', 'ops', /ops@example\.com/],
    ['mail that is an option', 'acme-email', '--x@example.com y', /ops@example\.com/],
    ['a directory without TLS', 'acme-server', 'http://ca.example/dir', /https:\/\/ca\.example/],
    ['a directory with more words', 'acme-server', 'https://ca.example/dir --force', /https:\/\/ca\.example/],
    ['a name for an address', 'acme-in-front', ['router'], /single IPv4 or IPv6/],
  ])('turn down %s', (_, id, value, words) => {
    const sites = `${PLAIN}
server { listen 80; server_name star.example *.star.example; }
server { listen 443 ssl; server_name only.example; }
server { listen 80; server_name intranet; }
server { listen 80; server_name gone.example; return 301 https://$host$request_uri; }
server { listen 80; server_name 192.0.2.10; }
server { listen 80; server_name odd.example -x.example; }
server { listen 80; server_name half.example; root /srv/half; }
server { listen 443 ssl; server_name half.example only443.example; }
server { listen 203.0.113.5:80; server_name single.example; root /srv/single; }`;
    expect(problemWith(question(id), value, contextWith({ sites }))).toMatch(words);
  });
});

describe('what is asked', () => {
  it('is one certificate for every name of the site, by files of its own folder, and then shown', () => {
    const context = host();
    const { changes, refusals, unknown: untold, proofs } = draft(context);
    expect([refusals, untold]).toEqual([[], []]);
    expect(changes.find(({ address }) => address === 'certificate:new.example')?.primitives).toEqual([
      {
        ...{ kind: 'certbot-issue', name: 'new.example', names: ['new.example', 'www.new.example'] },
        ...{
          webroot: '/srv/new',
          server: 'https://acme-v02.api.letsencrypt.org/directory',
          email: '',
          known: false,
        },
      },
    ]);
    expect(textOf(context)).toContain('ssl_certificate /etc/letsencrypt/live/new.example/fullchain.pem;');
    expect(textOf(context)).toMatch(/listen 443 ssl;[\s\S]*listen \[::\]:443 ssl;/);
    expect(textOf(context)).toContain('return 301 https://$host$request_uri');
    expect(proofs.filter(({ check }) => check.kind === 'issued').map(({ id }) => id)).toEqual([
      'tls.issued.new.example.443',
      'tls.issued.www.new.example.443',
    ]);
    expect(changes.map(({ address }) => address)).toContain(
      'file:/etc/letsencrypt/renewal-hooks/deploy/portcullis-nginx',
    );
  });
  it.each<[string, Host]>([
    ['self-signed', { certificates: [{ ...LEAF, selfSigned: true }] }],
    ['expired', { certificates: [{ ...LEAF, until: NOW - DAY }, ROOT] }],
    ['for other names', { certificates: [{ ...LEAF, names: ['old.example'] }, ROOT] }],
  ])('replaces a certificate that is %s, and the old one is claimed by no proof', (_, it) => {
    const context = host({ sites: GOOD, ...it, answers: { ...ASKED, 'tls.acme': ['shop.example'] } });
    expect(finding('acme', context)?.result).toBe('fail');
    expect(remedy('acme', context).map(({ kind }) => kind)).toContain('certificate');
    expect(textOf(context)).toContain('ssl_certificate /etc/letsencrypt/live/shop.example/fullchain.pem;');
    expect(draft(context).proofs.filter(({ id }) => id.startsWith('tls.certificate.'))).toEqual([]);
  });
  it('is nothing where the certificate is good', () => {
    const context = host({ sites: GOOD, answers: { ...ASKED, 'tls.acme': ['shop.example'] } });
    expect([finding('acme', context)?.result, remedy('acme', context)]).toEqual(['pass', []]);
    expect(tls.names?.(context)).toEqual([]);
  });
  it('brings certbot where it is missing', () => {
    const context = host();
    const missing = { ...context.readings.certbot, value: { installed: false } };
    const fact = context.readings.certbot.kind === 'known' ? context.readings.certbot.value : undefined;
    if (fact === undefined) throw new Error('certbot');
    const readings = { ...context.readings, certbot: known({ ...fact, ...missing.value }) };
    expect(remedy('acme', { ...context, readings })[0]).toMatchObject({ kind: 'package', name: 'certbot' });
  });
  it('says no to a certificate that is put in by hand for the same site', () => {
    const context = contextWith({
      sites: `${GOOD}server { listen 80; server_name other.example; root /var/www; }`,
      answers: { 'tls.acme': ['other.example'] },
    });
    expect(problemWith(question('certificate'), '/etc/ssl/portcullis/other.pem', context)).toContain(
      'tls.acme names too',
    );
  });
});

describe('a certificate that other sites show too', () => {
  const LIVE = '/etc/letsencrypt/live/shop.example/fullchain.pem';
  const TLS = `listen 443 ssl; ssl_certificate ${LIVE}; ssl_certificate_key /etc/ssl/shop.key;`;
  const shared = (names: readonly string[] | undefined, more = ''): Context => {
    const context = host({
      sites: `server { ${TLS} server_name shop.example www.shop.example; }
server { ${TLS} server_name blog.example; }
server { listen 80; server_name shop.example www.shop.example blog.example; root /srv/all; }
${more}`,
      answers: { ...ASKED, 'tls.acme': ['shop.example'] },
    });
    const { nginx, certbot } = context.readings;
    if (nginx.kind !== 'known' || certbot.kind !== 'known') throw new Error('readings');
    const file = { path: LIVE, named: true, exists: true, holdsKey: false };
    const certificates = [
      names === undefined
        ? { ...file, certificates: [], problem: 'odd' }
        : { ...file, certificates: [{ ...LEAF, names }, ROOT] },
    ];
    const lineages = [{ name: 'shop.example', authenticator: 'webroot', installer: '', hook: '' }];
    const readings = {
      ...context.readings,
      nginx: known({ ...nginx.value, certificates }),
      certbot: known({ ...certbot.value, lineages }),
    };
    const sights = ['shop.example', 'www.shop.example', 'blog.example'].map((name) => sight(name));
    return { ...context, readings, names: known({ names: sights, port80: ANSWERS }) };
  };
  const said = (context: Context) => problemWith(question('acme'), ['shop.example'], context);

  it('keeps every name, is proved at all of them, and its old self is claimed by none', () => {
    const context = shared(['shop.example', 'blog.example']);
    const { changes, proofs, refusals, unknown: untold } = draft(context);
    expect([said(context), refusals, untold]).toEqual([undefined, [], []]);
    expect(changes.find(({ address }) => address === 'certificate:shop.example')?.primitives).toEqual([
      expect.objectContaining({ names: ['shop.example', 'www.shop.example', 'blog.example'], known: true }),
    ]);
    expect(tls.names?.(context)).toEqual(['shop.example', 'www.shop.example', 'blog.example']);
    expect(proofs.filter(({ check }) => check.kind === 'issued').map(({ id }) => id)).toEqual([
      'tls.issued.shop.example.443',
      'tls.issued.www.shop.example.443',
      'tls.issued.blog.example.443',
    ]);
    expect(proofs.filter(({ id }) => id.startsWith('tls.certificate.'))).toEqual([]);
  });
  it.each<[string, readonly string[], RegExp]>([
    ['a pattern', ['shop.example', '*.blog.example'], /is for \*\.blog\.example too, which would fall out/],
    ['an address', ['shop.example', '192.0.2.10'], /is for 192\.0\.2\.10 too/],
    [
      'a name that nothing answers for',
      ['shop.example', 'mail.example'],
      /is for mail\.example too, which no block on/,
    ],
  ])('is not asked for where %s would be lost', (_, names, words) => {
    const context = shared(names);
    expect(said(context)).toMatch(words);
    expect(remedy('acme', context)).toEqual([]);
    expect(finding('acme', context)).toMatchObject({
      result: 'fail',
      evidence: [expect.stringMatching(words)],
    });
  });
  it('is not asked for where nobody can tell what it is for, and left where it is good', () => {
    const bad = shared(undefined, 'server { listen 443 ssl; server_name shop.example; }');
    expect(said(bad)).toMatch(
      /for which names the certificate shop\.example of certbot is could not be read/,
    );
    const good = shared(['shop.example', 'www.shop.example', 'blog.example', '*.x.example']);
    expect([said(good), finding('acme', good)?.result]).toEqual([undefined, 'pass']);
  });
});

describe('what outsiders see of it', () => {
  const refusals = (context: Context) =>
    draft(context).refusals.map(({ guard, message }) => `${guard}: ${message}`);
  const IPV4_ONLY = { sites: 'server { listen 80; server_name new.example; root /srv/new; }' };

  it('must be something: what no handshake would prove is not asked for, unless that was said', () => {
    const over6 = (it: Host): Context => {
      const context = host(it);
      return { ...context, connection: { ...context.connection, address: '2001:db8::1' } };
    };
    const answers = { ...ASKED, 'tls.acme-in-front': ['2001:db8::1'] };
    expect(refusals(host({ ...IPV4_ONLY, answers }))).toEqual([]);
    expect(refusals(over6({ ...IPV4_ONLY, answers }))).toEqual([
      expect.stringMatching(/guard\.acme: no handshake .* new\.example: none of its sites .* over IPv6/),
    ]);
    expect(refusals(over6({ ...IPV4_ONLY, answers: { ...answers, 'tls.outside': false } }))).toEqual([]);
    const unit = { enabled: 'enabled', active: 'inactive' };
    expect(refusals(host({ ...IPV4_ONLY, nginx: { unit } }))).toEqual([
      expect.stringContaining('nginx does not run'),
    ]);
  });
  it('is asked for every one, however many they are', () => {
    const names = Array.from({ length: 25 }, (_, index) => `s${index}.example`);
    const sites = names.map((name) => `server { listen 80; server_name ${name}; root /srv/${name}; }`);
    const context = host({ sites: sites.join('\n'), answers: { ...ASKED, 'tls.acme': names } });
    expect(draft(context).proofs.filter(({ check }) => check.kind === 'issued')).toHaveLength(25);
  });
});

describe('names that no authority knows', () => {
  it('are not asked for, and make no good certificate bad', () => {
    const good = GOOD.replaceAll('server_name shop.example;', 'server_name shop.example 192.0.2.10 shop;');
    const context = host({
      sites: good.replaceAll(' shop;', ';'),
      answers: { ...ASKED, 'tls.acme': ['shop.example'] },
    });
    expect(['acme', 'certificate-names'].map((id) => finding(id, context)?.result)).toEqual(['pass', 'pass']);
    const bad = host({
      sites: good,
      certificates: [{ ...LEAF, selfSigned: true }],
      answers: { ...ASKED, 'tls.acme': ['shop.example'] },
    });
    expect(remedy('acme', bad)[0]).toMatchObject({ kind: 'certificate', names: ['shop.example'] });
  });
  it('end no plan when something else names one', () => {
    const resource = remedy('acme', host())[0];
    if (resource?.kind !== 'certificate') throw new Error('no order');
    const odd = { ...resource, names: ['-x.example'] };
    const diff = diffResources([{ resource: odd, step: 'tls', control: 'tls.acme', why: '' }], host());
    expect([diff.changes, diff.unknown.join()]).toEqual([[], expect.stringContaining('-x.example')]);
  });
});

describe('where challenges are answered', () => {
  const site = (inside: string) =>
    host({ sites: `server { listen 80; server_name new.example; ${inside} }` });
  it.each<[string, string, RegExp | undefined]>([
    ['its folder', 'root /srv/new;', undefined],
    [
      'a location of its own',
      'location / { proxy_pass http://app; } location ^~ /.well-known/acme-challenge/ { root /srv/a; }',
      undefined,
    ],
    ['an application', 'location / { proxy_pass http://app; }', /proxy_pass/],
    ['a password', 'auth_basic "shop"; root /srv/new;', /keeps strangers out/],
    ['a rule for hidden files', String.raw`root /srv/new; location ~ /\. { deny all; }`, /deny all/],
    [
      'a condition that lets them through',
      'root /srv/new; if ($x ~ ^http:(?!/[.]well-known/acme-challenge/)) { return 301 https://$host$request_uri; }',
      undefined,
    ],
    ['a folder with a variable', 'root /srv/$host;', /no plain folder/],
    ['another path', 'location / { alias /srv/new/; }', /alias/],
  ])('is told for %s', (_, inside, why) => {
    const found = finding('acme-challenge', site(inside));
    expect(found?.result).toBe(why === undefined ? 'pass' : 'fail');
    expect(found?.evidence.join()).toMatch(why ?? /from files/);
  });
  it('is judged at every plain block of every name, and all must answer from one folder', () => {
    const two = (second: string) =>
      host({
        sites: `server { listen 80; server_name new.example www.new.example; root /srv/new; }
server { listen [::]:80; server_name www.new.example; ${second} }`,
      });
    const asked = (context: Context) => remedy('acme', context).some(({ kind }) => kind === 'certificate');
    expect([asked(two('root /srv/new;')), asked(two('return 404;')), asked(two('root /srv/other;'))]).toEqual(
      [true, false, false],
    );
    expect(finding('acme-challenge', two('return 404;'))?.evidence.join()).toMatch(
      /"return 404".*answers everything/,
    );
    expect(finding('acme-challenge', two('root /srv/other;'))?.evidence.join()).toMatch(
      /one folder must answer.*\/srv\/new and \/srv\/other/,
    );
    expect(textOf(two('location / { proxy_pass http://app; }'))).toMatch(
      /acme-challenge\/ \{\s+root \/srv\/new;/,
    );
  });
  it('is put right by a location first, and nothing is asked in that plan', () => {
    const context = site('location / { proxy_pass http://app; }');
    expect(textOf(context)).toMatch(
      /location \^~ \/\.well-known\/acme-challenge\/ \{\s+root \/var\/www\/html;/,
    );
    expect(draft(context).changes.some(({ address }) => address.startsWith('certificate:'))).toBe(false);
    expect(finding('acme', context)?.evidence.join()).toContain('once challenges are answered');
  });
  it('is for a person where a location of that very path is there: nginx takes no second one', () => {
    const context = site('location /.well-known/acme-challenge/ { proxy_pass http://app; }');
    expect(remedy('acme-challenge', context)).toEqual([]);
    expect(finding('acme-challenge', context)?.evidence.join()).toContain(
      'let that location answer from files',
    );
  });
  it('is for a person where the server itself sends everything away', () => {
    const sites =
      'server { listen 80; server_name new.example; return 302 https://elsewhere.example/; } server { listen 443 ssl; server_name new.example; ssl_certificate /etc/ssl/shop.pem; ssl_certificate_key /etc/ssl/shop.key; location / { proxy_pass http://app; } }';
    const context = host({ sites });
    expect(finding('acme-challenge', context)?.result).toBe('fail');
    expect(
      textOf(host({ sites: sites.replace('return 302 https://elsewhere.example/', 'return 404') })),
    ).not.toContain('acme-challenge');
  });
  it('is the https block where everything is sent there', () => {
    const sites =
      'server { listen 80; server_name new.example; return 301 https://$host$request_uri; } server { listen 443 ssl; server_name new.example; root /srv/secure; ssl_certificate /etc/ssl/shop.pem; ssl_certificate_key /etc/ssl/shop.key; }';
    const context = host({ sites });
    expect(remedy('acme', context)).toContainEqual(
      expect.objectContaining({ kind: 'certificate', webroot: '/srv/secure' }),
    );
  });
});

describe('before anything is asked', () => {
  const refused = (context: Context) =>
    draft(context)
      .refusals.filter(({ guard }) => guard === 'guard.acme')
      .map(({ message, remedy: way }) => `${message} → ${way}`)
      .join('\n');
  it.each<[string, Partial<NameSight>, RegExp]>([
    [
      'leads elsewhere',
      { here: ['198.51.100.7'] },
      /leads to 198\.51\.100\.7 as your machine sees it, and to 127\.0\.1\.1 as the host.*not an address of this host.*A or AAAA to 192\.0\.2\.10/,
    ],
    ['leads elsewhere over one family', { here: [MINE, '2001:db8::7'] }, /2001:db8::7 is not an address/],
    [
      'leads elsewhere as the host sees it',
      { host: ['198.51.100.7'] },
      /to 198\.51\.100\.7 as the host sees it/,
    ],
    ['leads nowhere', { here: [], host: [], hereWhy: 'it has no address' }, /leads nowhere/],
    ['is known to the host alone', { here: [], hereWhy: 'it has no address', host: [MINE] }, /leads nowhere/],
    [
      'is another authority’s',
      { authorities: ['ca.example'] },
      /let ca\.example give certificates, and not letsencrypt\.org/,
    ],
  ])('a name that %s is refused, with what was seen', (_, names, words) => {
    expect(refused(host({}, { names }))).toMatch(words);
  });
  it.each<[string, Partial<NameSight>, Readonly<Record<string, AnswerValue>>]>([
    ['leads here', {}, {}],
    [
      'leads to what stands in front, as it was said',
      { here: ['198.51.100.7'] },
      { 'tls.acme-in-front': ['198.51.100.7'] },
    ],
    [
      'is told by a broken resolver here, and the host knows it',
      { here: [], hereWhy: 'EAI_AGAIN', host: [MINE] },
      {},
    ],
    [
      'is for another authority, and that one is asked',
      { authorities: ['ca.example'] },
      { 'tls.acme-server': 'https://ca.example/dir' },
    ],
    ['has CAA records that nobody could read', { authorities: undefined as never }, {}],
  ])('a name that %s is not', (_, names, answers) => {
    expect(refused(host({ answers: { ...ASKED, ...answers } }, { names }))).toBe('');
  });
  it('port 80 that does not answer from here is refused, unless only this machine cannot get there', () => {
    const port80: OutsideSight = { doors: [{ family: 'ipv4', port: 80, reached: 'silent' }], untried: [] };
    expect(refused(host({}, { port80 }))).toMatch(/does not answer your machine over IPv4 \(silent\)/);
    expect(refused(host({ answers: { ...ASKED, 'tls.outside': false } }, { port80 }))).toBe('');
    const untried: OutsideSight = {
      doors: [],
      untried: [{ family: 'ipv4', reason: 'you come through a jump host' }],
    };
    expect(refused(host({}, { port80: untried }))).toBe('');
    expect(draft(host({}, { port80: untried })).notes.join()).toContain(
      'was not tried: you come through a jump host',
    );
  });
  it('nothing is complete while nobody looked', () => {
    const context = host();
    expect(draft({ ...context, names: unknown('cut') }).unknown.join()).toMatch(
      /where new\.example.*leads: cut/,
    );
    expect(
      draft({ ...context, names: known({ names: [sight('new.example')], port80: ANSWERS }) }).unknown,
    ).toEqual(['where www.new.example leads: nobody looked']);
  });
});

describe('the firewall of the same run', () => {
  const rules =
    'table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t\ttcp dport { 22, 443 } accept\n\t}\n}\n';
  const walled = (answers: Readonly<Record<string, AnswerValue>>, own: boolean): Context => {
    const context = host({ answers: { ...ASKED, 'firewall.ssh-from': ['everyone'], ...answers } });
    const fact: FirewallFact = {
      ...{
        nft: '1.1.3',
        tables: [],
        legacy: [],
        tools: [],
        units: {},
        own: null,
        ipv6: true,
        ruleset: rules,
      },
      looked: {
        files: [],
        places: ['/etc/portcullis/firewall.nft', '/etc/systemd/system/portcullis-firewall.service'],
      },
      closed: { ipv4: true, ipv6: true },
      owners: own ? [] : ['nftables'],
    };
    return { ...context, readings: { ...context.readings, firewall: known(fact) } };
  };
  const refusals = (context: Context, steps: readonly Step[]) =>
    draftPlan({ context, steps, walk: [firewall, tls] }).refusals.map(
      ({ guard, message, remedy: way }) => `${guard}: ${message} → ${way}`,
    );

  it('is needed first where port 80 is shut: nothing is asked without it', () => {
    expect(refusals(walled({}, true), [tls])).toContainEqual(
      expect.stringMatching(
        /^guard\.order: tls needs firewall\.renewals first: the authority comes in through port 80.*new\.example.*→ Plan both together: --steps firewall,tls/,
      ),
    );
  });
  it('opens it in the same plan, and then nothing stands in the way', () => {
    const context = walled(
      { 'firewall.backend': 'portcullis', 'firewall.open': ['80/tcp', '443/tcp'] },
      true,
    );
    expect(refusals(context, [firewall, tls]).filter((one) => /order|acme|renewals/.test(one))).toEqual([]);
  });
  it('may not shut it in the same plan', () => {
    const context = walled({ 'firewall.backend': 'portcullis', 'firewall.open': ['443/tcp'] }, true);
    const guards = refusals(context, [firewall, tls]).map((one) => one.split(':')[0]);
    expect(guards).toEqual(expect.arrayContaining(['guard.order', 'guard.renewals']));
  });
  it('of others that shuts it is told as well', () => {
    expect(refusals(walled({ 'firewall.backend': 'none' }, false), [firewall, tls])).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/guard\.order/),
        expect.stringMatching(
          /guard\.acme: the authority asks on port 80, which the rules of this host shut/,
        ),
      ]),
    );
  });
});

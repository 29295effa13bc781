// What the step says of a server that is missing, dead, weak or as it should be, and what its questions refuse.
import { describe, expect, it } from 'vitest';
import type { Fail2banFact, JailFact } from '../../../src/facts/network-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue } from '../../../src/model/control.ts';
import { known, unknown } from '../../../src/model/outcome.ts';
import { judge } from '../../../src/plan/judge.ts';
import { diffResources } from '../../../src/resources/index.ts';
import { seeJail } from '../../../src/verify/jails.ts';
import { fail2ban } from '../../../steps/fail2ban.ts';
import { contextOf, OPERATOR } from '../sshd/context.ts';

const GOOD: JailFact = {
  name: 'sshd',
  ignored: ['127.0.0.0/8', '::1', OPERATOR],
  maxRetry: 5,
  findTime: 600,
  banTime: 3600,
  increment: true,
  useDns: 'no',
  logPaths: [],
  journal: true,
  actions: { nftables: '22' },
  banned: [],
};
const RECIDIVE: JailFact = { ...GOOD, name: 'recidive', actions: { nftables: '0:65535' } };
const looked = (enabled: string, active: string) => ({
  files: [],
  places: ['/etc/fail2ban/jail.d/'],
  units: { 'fail2ban.service': { enabled, active } },
});
const server = (jails: readonly JailFact[], more: Partial<Fail2banFact> = {}): Fail2banFact => ({
  installed: true,
  version: '1.1.0',
  unit: { enabled: 'enabled', active: 'active' },
  journal: true,
  answers: true,
  jails,
  looked: looked('enabled', 'active'),
  ...more,
});
const MISSING = server([], {
  installed: false,
  journal: false,
  answers: false,
  unit: { enabled: 'not-found', active: 'inactive' },
  looked: looked('not-found', 'inactive'),
});
const DEAD = server([], { answers: false, unit: { enabled: 'enabled', active: 'failed' } });

function contextWith(fact: Fail2banFact, answers: Readonly<Record<string, AnswerValue>> = {}): Context {
  const context = contextOf({ about: 'a host with fail2ban', as: 'ana' });
  const readings = { ...context.readings, fail2ban: known(fact), tools: known({ nft: true }) };
  return { ...context, readings, answers: new Map(Object.entries(answers)) };
}
const results = (context: Context) =>
  Object.fromEntries(
    judge({ steps: [fail2ban], context }).map((one) => [one.control.replace('fail2ban.', ''), one.result]),
  );
const ALL = ['running', 'sshd-jail', 'operators', 'strictness', 'recidive', 'action', 'no-dns'];
const all = (result: string) => Object.fromEntries(ALL.map((name) => [name, result]));

describe('the fail2ban step', () => {
  it('fails everything where it is missing or dead, and passes a server as it should be', () => {
    expect(results(contextWith(MISSING))).toEqual(all('fail'));
    expect(results(contextWith(DEAD))).toEqual(all('fail'));
    expect(results(contextWith(server([GOOD, RECIDIVE])))).toEqual(all('pass'));
  });

  it('does not know what it could not read', () => {
    const context = contextWith(DEAD);
    const readings = { ...context.readings, fail2ban: unknown('cut') };
    expect(results({ ...context, readings })).toEqual(all('unknown'));
  });

  it.each<[string, Partial<JailFact>]>([
    ['sshd-jail', { actions: { nftables: '2222' } }],
    ['sshd-jail', { journal: false }],
    ['operators', { ignored: ['127.0.0.0/8'] }],
    ['strictness', { maxRetry: 6 }],
    ['strictness', { banTime: 600 }],
    ['strictness', { increment: false }],
    ['action', { actions: {} }],
    ['action', { actions: { 'ufw[x]': '22', ufw: '22' } }],
    ['no-dns', { useDns: 'warn' }],
  ])('finds %s failing with %o', (control, jail) => {
    const context = contextWith(server([{ ...GOOD, ...jail }, RECIDIVE]));
    const tools = known({ nft: true, ufw: false });
    expect(results({ ...context, readings: { ...context.readings, tools } })[control]).toBe('fail');
  });

  it('keeps what is stricter', () => {
    const strict = { ...GOOD, maxRetry: 3, banTime: -1, findTime: 3600 };
    expect(results(contextWith(server([strict, RECIDIVE])))).toEqual(all('pass'));
  });

  it('brings packages, one file with the operator exempt, and the start, once for all controls', () => {
    const context = contextWith(MISSING);
    const wanted = fail2ban.controls.flatMap((control) =>
      (control.remedy?.(context) ?? []).map((resource) => ({
        resource,
        step: 'fail2ban',
        control: control.id,
        why: control.why,
      })),
    );
    const { changes, unknown: untold } = diffResources(wanted, {
      ...context,
      readings: {
        ...context.readings,
        packages: known({ manager: 'apt', healthy: true, complaint: '', lockHolder: '', installed: [] }),
      },
    });
    expect(untold).toEqual([]);
    expect(changes.map(({ address, action }) => `${action} ${address}`)).toEqual([
      'install package:fail2ban',
      'install package:python3-systemd',
      'create file:/etc/fail2ban/jail.d/zz-portcullis.local',
      'start unit:fail2ban.service',
    ]);
    const text = changes.find(({ address }) => address.startsWith('file:'))?.after ?? '';
    expect(text).toContain(`ignoreip = 127.0.0.1/8 ::1 ${OPERATOR}\n`);
    expect(text).toMatch(/\[sshd\]\nbackend = systemd\n[^[]*port = 22\n/);
  });

  it.each<[string, AnswerValue, RegExp | undefined]>([
    ['never-ban', [OPERATOR], undefined],
    ['never-ban', ['192.0.2.0/24', '2001:db8::/32'], undefined],
    ['never-ban', ['198.51.100.1'], /your own address .* is not among them/],
    ['never-ban', [OPERATOR, '192.0.2.7/24'], /host bits set/],
    ['never-ban', ['0.0.0.0/0'], /everyone/],
    ['never-ban', ['localhost'], /is not an address/],
    ['max-retry', 1, /3 to 10/],
    ['max-retry', 4, undefined],
    ['ban-time', '1h', undefined],
    ['ban-time', '-1', /from 10m to 1w/],
    ['ban-time', '5 minutes', /from 10m to 1w/],
  ])('%s = %o is answered with %s', (id, value, wrong) => {
    const question = fail2ban.questions.find((one) => one.id === `fail2ban.${id}`);
    const said = question?.check?.(value, contextWith(server([GOOD])));
    if (wrong === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(wrong);
  });
});

describe('a proof about a jail', () => {
  const proof = (ignores: readonly string[], ports = [22]) =>
    ({
      id: 'fail2ban.jail',
      title: '',
      viewpoint: 'inside',
      expect: 'works',
      check: { kind: 'jail', jail: 'sshd', ports, ignores },
    }) as const;
  const seen = (lines: readonly string[], it = proof(['192.0.2.7'])) =>
    seeJail(it, new Map([['jail sshd', lines]])).holds;

  it('holds for the address itself and for a network that holds it', () => {
    expect(seen(['ports 22', 'ignore 192.0.2.7'])).toBe(true);
    expect(seen(['ports ssh,2222', 'ignore 192.0.2.0/24'])).toBe(true);
  });

  it('fails for another port, another address, a name, or no jail', () => {
    expect(seen(['ports 2222', 'ignore 192.0.2.7'])).toBe(false);
    expect(seen(['ports 22', 'ignore 192.0.2.8'])).toBe(false);
    expect(seen(['ports 22', 'ignore office.example.com'])).toBe(false);
    expect(seen([])).toBe(false);
  });

  it('does not know where nobody answered, and tells a ban that stays from one that never came', () => {
    expect(seeJail(proof([]), new Map()).holds).toBeUndefined();
    const ban = { ...proof([]), id: 'fail2ban.ban', check: { kind: 'ban', jail: 'sshd' } } as const;
    const of = (line: string) => seeJail(ban, new Map([['ban sshd', [line]]]));
    expect(of('192.0.2.9 yes yes').holds).toBe(true);
    expect(of('192.0.2.9 no no')).toMatchObject({
      holds: false,
      seen: expect.stringContaining('did not reach'),
    });
    expect(of('192.0.2.9 yes no')).toMatchObject({
      holds: false,
      seen: expect.stringContaining('not be lifted'),
    });
  });
});

describe('the table of bans', () => {
  const view = (...list: readonly JailFact[]) => fail2ban.views?.(contextWith(server(list)))[1];
  const until = (address: string, end: string) => ({ address, since: '2026-11-22 09:30:00', until: end });

  it('says who is shut out until when, the operator first and as bad', () => {
    const jail: JailFact = {
      ...GOOD,
      banned: ['198.51.100.7', OPERATOR, '198.51.100.8'],
      bans: [until('198.51.100.7', '2026-11-22 10:30:00'), until(OPERATOR, '9999-12-31 23:59:59')],
    };
    const shown = view(jail, RECIDIVE);
    expect(shown?.rows.map(({ state, cells }) => [state, ...cells])).toEqual([
      ['bad', OPERATOR, 'sshd', 'for ever', '2026-11-22 09:30:00'],
      ['neutral', '198.51.100.7', 'sshd', '2026-11-22 10:30:00', '2026-11-22 09:30:00'],
      ['neutral', '198.51.100.8', 'sshd', 'not told', 'not told'],
    ]);
    expect(shown?.next).toContain(`unban ${OPERATOR}`);
    expect(view(GOOD)).toMatchObject({ rows: [], empty: 'Nobody is banned now.' });
  });
});

describe('the table of jails', () => {
  const view = (fact: Fail2banFact) => fail2ban.views?.(contextWith(fact))[0];
  const rows = (...list: readonly JailFact[]) => view(server(list))?.rows ?? [];

  it('shows every jail, and that of sshd as the controls judge it', () => {
    expect(rows(GOOD, RECIDIVE).map(({ state, cells }) => [state, cells[0], cells[1]])).toEqual([
      ['good', 'sshd', '22'],
      ['neutral', 'recidive', '0:65535'],
    ]);
    const [other] = rows({ ...GOOD, actions: { nftables: '2222' } });
    expect(other).toMatchObject({ state: 'bad', notes: [expect.stringContaining('guards 2222, not 22')] });
    expect(rows({ ...GOOD, ignored: null })[0]).toMatchObject({ state: 'unknown' });
  });

  it('says when the operator himself is banned, in whichever jail', () => {
    const [, row] = rows(GOOD, { ...RECIDIVE, banned: ['198.51.100.7', OPERATOR] });
    expect(row).toMatchObject({ state: 'bad', notes: [`Your own address ${OPERATOR} is banned.`] });
    expect(row?.cells[2]).toBe(`2: 198.51.100.7 ${OPERATOR}`);
  });

  it('tells a jail that cannot work, whoever asked for it', () => {
    const notes = (jail: Partial<JailFact>) => rows(GOOD, { ...RECIDIVE, ...jail })[1]?.notes;
    expect(notes({ actions: {} })).toEqual(['It does nothing: it has no action.']);
    expect(notes({ actions: { 'ufw-all': '1:9' } })).toEqual([]);
    expect(notes({ journal: false })).toEqual(['It reads neither the journal nor a log file.']);
    const context = contextWith(server([GOOD, { ...RECIDIVE, actions: { ufw: '22' } }]));
    const without = {
      ...context,
      readings: { ...context.readings, tools: known({ nft: true, ufw: false }) },
    };
    expect(fail2ban.views?.(without)[0]?.rows[1]?.notes).toEqual([
      'It bans nobody: the program of ufw is not on this host.',
    ]);
  });

  it('names times by the unit that tells them exactly, and bans for ever as such', () => {
    const cells = (jail: Partial<JailFact>) => rows({ ...GOOD, ...jail })[0]?.cells.slice(5, 7);
    expect(cells({})).toEqual(['1 h, growing', '5 in 10 min']);
    expect(cells({ banTime: 90, findTime: 86_400, increment: false })).toEqual(['90 s', '5 in 1 d']);
    expect(cells({ banTime: -1 })).toEqual(['for ever', '5 in 10 min']);
  });

  it('without a jail it says why, and a server without a jail for sshd is bad', () => {
    expect(view(MISSING)).toMatchObject({
      rows: [],
      empty: 'No jail: fail2ban is not installed. Nobody is banned.',
    });
    expect(view(DEAD)?.empty).toContain('does not answer');
    expect(rows(RECIDIVE).map(({ state, cells }) => [state, cells[0]])).toEqual([
      ['bad', 'sshd'],
      ['neutral', 'recidive'],
    ]);
  });

  it('has a cell for every column', () => {
    const shown = view(server([GOOD, RECIDIVE]));
    for (const row of shown?.rows ?? []) expect(row.cells).toHaveLength(shown?.columns.length ?? 0);
  });
});

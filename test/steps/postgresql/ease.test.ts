// Nobody comes in more easily by a plan: the guard refuses it whoever asked for the edits, and what it says is tried with everybody who could come.
import { expect, test } from 'vitest';
import type { HbaRow, PostgresServer } from '../../../src/facts/postgresql-values.ts';
import type { HbaRuleResource } from '../../../src/model/resource.ts';
import { hbaRefusals } from '../../../src/plan/guards/hba.ts';
import { pairedRows } from '../../../src/resources/hba-after.ts';
import { easedAt } from '../../../src/resources/hba-ease.ts';
import { linesMet, type Visitor } from '../../../src/resources/hba-match.ts';
import { type Case, contextOf, HBA } from './context.ts';

type Set = Extract<HbaRuleResource['edit'], { do: 'set' }>;
const TLS: Set = { do: 'set', part: 'type', value: 'hostssl' };
const SCRAM: Set = { do: 'set', part: 'method', value: 'scram-sha-256' };
const rule = (line: number, edit: HbaRuleResource['edit']): HbaRuleResource => {
  return { kind: 'hba-rule', file: HBA, line, edit, services: [] };
};

function refusals(it: Omit<Case, 'about'>, edits: readonly HbaRuleResource[]): readonly string[] {
  const wanted = edits.map((resource) => ({ resource, step: 'postgresql', control: 'one', why: 'so' }));
  return hbaRefusals(wanted, contextOf({ about: 'a guard', ...it })).map(
    ({ guard, message }) => `${guard}: ${message}`,
  );
}

const ADMIN = 'local all postgres peer';

test.each([
  ['trust', 'host all all 10.0.0.0/8 trust'],
  ['md5', 'hostnossl all all 10.1.0.0/16 md5'],
  ['a password in clear', 'hostnogssenc all +staff 0.0.0.0/0 password'],
  ['a way that cannot be compared', 'host all all samenet ldap ldapserver=one'],
])('a plan that leaves %s to whoever came to a stricter line without TLS is refused', (_, behind) => {
  const lines = [ADMIN, 'host all clerk 10.0.0.0/8 scram-sha-256', behind];
  const roles = { staff: { login: false }, clerk: { memberOf: ['staff'] } };
  expect(refusals({ lines, roles }, [rule(3, TLS)])).toEqual([
    expect.stringMatching(
      /^guard\.database-easier: line 3 becomes .*whoever comes without TLS could then be let in by .*\(line 4\)/,
    ),
  ]);
});

test.each([
  ['the same line is for other roles', 'host all old 10.0.0.0/8 trust'],
  ['it is for another network', 'host all all 192.168.0.0/16 trust'],
  ['it is as strict', 'host all all 0.0.0.0/0 scram-sha-256'],
  ['it refuses', 'host all all 10.0.0.0/8 reject'],
  ['it is for TLS alone', 'hostssl all all 10.0.0.0/8 trust'],
])('a line is closed to whoever comes without TLS where what follows is not easier: %s', (_, behind) => {
  const lines = [ADMIN, 'host all clerk 10.0.0.0/8 scram-sha-256', behind];
  expect(refusals({ lines, roles: { clerk: {}, old: {} } }, [rule(3, TLS)])).toEqual([]);
});

test('lines that are mended together are judged together', () => {
  const lines = [ADMIN, 'host all all 10.0.0.0/8 scram-sha-256', 'host all all 10.0.0.0/8 trust'];
  expect(refusals({ lines }, [rule(3, TLS), rule(4, TLS)])).toEqual([]);
  expect(refusals({ lines }, [rule(3, TLS), rule(4, SCRAM)])).toEqual([]);
  expect(refusals({ lines }, [rule(3, TLS)])).toHaveLength(1);
});

test.each(['hostssl all all 10.0.0.0/8 cert', 'hostssl all all 10.0.0.0/8 reject', 'local all all peer'])(
  'a line for those without TLS does not come to overtake what TLS met so far: %s',
  (behind) => {
    const lines = [ADMIN, 'hostnossl all all 10.0.0.0/8 scram-sha-256', behind];
    expect(refusals({ lines }, [rule(3, TLS)])).toEqual([
      expect.stringContaining('whoever comes with TLS could then be let in by'),
    ]);
  },
);

test('the certificate that a line asks for besides is not given up', () => {
  const lines = [
    ADMIN,
    'hostssl all all 10.0.0.0/8 cert',
    'hostssl all all ::/0 trust clientcert=verify-full',
  ];
  const refused = refusals({ lines }, [rule(3, SCRAM)]);
  expect(refused).toEqual([expect.stringContaining('guard.database-easier: line 3')]);
  expect(refusals({ lines }, [rule(4, SCRAM)])).toEqual([]);
});

test('a service that is named vouches for nobody from elsewhere', () => {
  const it = {
    lines: [ADMIN, 'hostssl all all 0.0.0.0/0 trust'],
    roles: { shop: {} },
    clients: [{ user: 'shop' }, { user: 'shop', address: '10.9.9.9' }],
  };
  const edit = { ...rule(3, SCRAM), services: [{ unit: 'shop.service', role: 'shop' }] };
  expect(refusals(it, [edit])).toEqual([
    expect.stringContaining('shop on shop from 10.9.9.9 with TLS is connected'),
  ]);
  expect(refusals({ ...it, own: ['10.9.9.9'] }, [edit])).toEqual([]);
});

const WAYS = ['trust', 'password', 'md5', 'scram-sha-256', 'reject'];
const PEOPLE = ['ann', 'bob', 'cat'];
const VISITORS: readonly Visitor[] = PEOPLE.flatMap((user) =>
  ['ann', 'shop'].flatMap((database) =>
    ['10.0.0.1', '10.1.0.1', '192.168.0.1', 'fd00::1'].flatMap((address) =>
      [
        { ssl: false, gss: false },
        { ssl: true, gss: false },
        { ssl: false, gss: true },
      ].flatMap((how) =>
        [false, true].map((replication) => ({ user, database, address, ...how, replication })),
      ),
    ),
  ),
);

/** How hard it is for somebody, from 0; who meets no line is refused. */
function hardness(rows: readonly HbaRow[], visitor: Visitor, server: PostgresServer): number {
  const { rows: met, sure } = linesMet(rows, visitor, server);
  if (met.length > 1) throw new Error('these lines leave nothing open');
  return sure ? WAYS.indexOf(met[0]?.method ?? '') : WAYS.indexOf('reject');
}

test('what is let through makes nothing easier for anybody, whatever stands in the file', () => {
  let seed = 7;
  const pick = <T>(from: readonly T[]): T => {
    seed = (seed * 48271) % 2147483647;
    return from[seed % from.length] as T;
  };
  const line = () =>
    [
      pick(['host', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc']),
      pick(['all', 'shop', 'sameuser', 'replication', 'shop,ann']),
      pick(['all', 'ann', 'bob', '+staff', 'cat,bob']),
      pick(['all', '10.0.0.0/8', '10.1.0.0/16', '10.1.0.1/32', '0.0.0.0/0', 'fd00::/8']),
      pick(WAYS),
    ].join(' ');
  const seen = { eased: 0, through: 0, wronged: 0 };
  const roles = {
    staff: { login: false },
    ann: { memberOf: ['staff'] },
    bob: {},
    cat: { memberOf: ['staff'] },
  };
  for (let round = 0; round < 60; round++) {
    const lines = Array.from({ length: 5 }, line);
    const { readings } = contextOf({ about: 'lines at random', lines, roles });
    const server =
      readings.postgresql.kind === 'known' ? readings.postgresql.value.clusters[0]?.server : null;
    if (server == null) throw new Error('a case has a server');
    const at = pick([0, 1, 2, 3, 4]);
    const edit = rule(at + 2, pick([TLS, TLS, TLS, SCRAM]));
    const paired = pairedRows(server, [edit]);
    const isEased = easedAt({ lines: paired, index: at, server }) !== undefined;
    const after = paired.map((one) => one.after);
    const easier = VISITORS.filter((one) => hardness(after, one, server) < hardness(server.hba, one, server));
    seen[isEased ? 'eased' : 'through'] += 1;
    if (isEased && easier.length === 0) seen.wronged += 1;
    if (!isEased) expect(easier, `${lines.join('\n')}\n${JSON.stringify(edit)}`).toEqual([]);
  }
  // It tells them apart: it neither refuses all nor lets all through.
  expect(seen.eased).toBeGreaterThan(5);
  expect(seen.through).toBeGreaterThan(15);
  expect(seen.wronged).toBeLessThan(seen.eased / 2);
});

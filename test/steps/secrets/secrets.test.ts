// What the step says of each fault alone, on a host where everything else is right; and that its texts read back.
import { describe, expect, it } from 'vitest';
import type { SecretsSight } from '../../../src/facts/secret-values.ts';
import { unknown } from '../../../src/model/outcome.ts';
import { judge } from '../../../src/plan/judge.ts';
import { draftPlan } from '../../../src/plan/plan.ts';
import { diffResources } from '../../../src/resources/index.ts';
import { readSecretEntry, secretEntryText } from '../../../src/resources/secret-entry.ts';
import { OWN_FILE } from '../../../src/resources/sshd-tree.ts';
import { makeSecret } from '../../../src/session/fill-secrets.ts';
import { ownerWanted } from '../../../steps/secrets/files.ts';
import { inventoryTable } from '../../../steps/secrets/table.ts';
import { secrets } from '../../../steps/secrets.ts';
import { controlFor, option, stepOf } from '../../plan/kit.ts';
import { contextWith, file, STRONG, STRONG_HEX, seen, sight, unit } from './context.ts';

const ENV = '/srv/app/.env';
const DATABASE = `DB_PASSWORD in ${ENV} for app.service postgres app@appdb`;
const SESSION = `SESSION_KEY in ${ENV} class hex-64 for app.service rotate logs-out`;
const ANSWERS = { 'secrets.inventory': [DATABASE, SESSION] };
const role = { name: 'app', login: true, superuser: false, verifier: 'scram', connections: 1 } as const;
const GOOD = {
  secrets: [seen(DATABASE, STRONG), seen(SESSION, STRONG_HEX)],
  files: [file(ENV)],
  units: [unit('app.service')],
  postgres: 'read',
  roles: [role],
} as const;

const results = (it: Partial<SecretsSight>, answers: Record<string, readonly string[]> = ANSWERS) =>
  Object.fromEntries(
    judge({ steps: [secrets], context: contextWith(sight({ ...GOOD, ...it }), answers) }).map((one) => [
      one.control.replace('secrets.', ''),
      one.result,
    ]),
  );
const failing = (it: Partial<SecretsSight>) =>
  Object.entries(results(it))
    .filter(([, result]) => result === 'fail')
    .map(([name]) => name);

describe('the controls', () => {
  it('pass where everything is right, and do not apply where nothing is declared', () => {
    const all = new Set(Object.values(results({})));
    expect([...all].sort()).toEqual(['notapplicable', 'notchecked', 'pass']);
    expect(new Set(Object.values(results({}, {})))).toEqual(new Set(['notapplicable']));
  });

  it('ask what nobody can see from here, where something is declared', () => {
    const asked = Object.entries(results({})).filter(([, result]) => result === 'notchecked');
    expect(asked.map(([name]) => name)).toEqual(['restore-tested', 'kept-elsewhere']);
  });

  const copy = { path: `${ENV}.bak`, mode: '0644', owner: 'root', uid: 0, gid: 0 };
  it.each<[string, string, Partial<SecretsSight>]>([
    ['a key that is not there', 'set', { secrets: [seen(DATABASE, null)] }],
    ['an empty value', 'set', { secrets: [seen(DATABASE, '', { status: 'empty', measure: null })] }],
    ['a placeholder', 'set', { secrets: [seen(DATABASE, '<your password>')] }],
    ['a default', 'default', { secrets: [seen(DATABASE, 'postgres-dev-password')] }],
    ['a short one', 'strength', { secrets: [seen(DATABASE, 'k7Lm2Qx9')] }],
    ['half a key', 'strength', { secrets: [seen(SESSION, STRONG_HEX.slice(32))] }],
    ['two with one value', 'reuse', { secrets: [seen(DATABASE, STRONG_HEX), seen(SESSION, STRONG_HEX)] }],
    ['two lines', 'repeated', { secrets: [seen(DATABASE, STRONG, { lines: 2 })] }],
    ['a file open to all', 'modes', { files: [file(ENV, { mode: '0644' })] }],
    [
      'a file open to a strange group',
      'modes',
      { files: [file(ENV, { mode: '0640', gid: 100, group: 'users' })] },
    ],
    ['a file of a stranger', 'modes', { files: [file(ENV, { uid: 1000, owner: 'ana' })] }],
    ['a file its user cannot read', 'modes', { units: [unit('app.service', { environmentFiles: [] })] }],
    ['an open copy', 'copies', { files: [file(ENV, { copies: [{ ...copy, holds: [] }] })] }],
    [
      'a unit that shows it',
      'unit-environment',
      { units: [unit('app.service', { holds: ['DB_PASSWORD'] })] },
    ],
    ['a tracked file', 'git', { files: [file(ENV, { git: { root: '/srv/app', tracked: true } })] }],
    ['a service with another', 'in-use', { units: [unit('app.service', { stale: ['DB_PASSWORD'] })] }],
    [
      'a container that shows it',
      'docker-inspect',
      { docker: 'read', containers: [{ name: 'x', holds: ['A'], stale: [] }] },
    ],
    [
      'a container made with another',
      'in-use',
      { docker: 'read', containers: [{ name: 'x', holds: [], stale: ['A'] }] },
    ],
    ['an image that holds it', 'images', { docker: 'read', images: [{ name: 'shop:1', holds: ['A'] }] }],
    [
      'a compose file for all',
      'compose',
      {
        docker: 'read',
        composed: [{ path: '/srv/c.yaml', mode: '0644', owner: 'root', uid: 0, gid: 0, holds: ['A'] }],
      },
    ],
    ['a role kept as md5', 'roles', { roles: [{ ...role, verifier: 'md5' }] }],
    ['a role that is not there', 'roles', { roles: [] }],
  ])('find %s, and nothing else', (_, control, fault) => {
    expect(failing(fault)).toEqual([control]);
  });

  it.each<[string, Partial<SecretsSight>]>([
    [
      'a template of the file',
      { files: [file(ENV, { copies: [{ ...copy, path: `${ENV}.example`, holds: [] }] })] },
    ],
    [
      'a copy for root alone',
      { files: [file(ENV, { copies: [{ ...copy, mode: '0600', holds: ['DB_PASSWORD'] }] })] },
    ],
    ['its own group', { files: [file(ENV, { mode: '0640', gid: 990, group: 'app' })] }],
  ])('let %s be', (_, fine) => {
    expect(failing(fine)).toEqual([]);
  });

  it('do not know what could not be read', () => {
    const torn = seen(DATABASE, null, { status: 'unreadable', reason: `${ENV}:3:1: a line` });
    expect(results({ secrets: [torn] })).toMatchObject({
      set: 'unknown',
      default: 'unknown',
      strength: 'unknown',
    });
    expect(results({ postgres: 'down', roles: [] }).roles).toBe('unknown');
    const context = { ...contextWith(sight(GOOD), ANSWERS), secrets: unknown('cut') };
    const words = judge({ steps: [secrets], context }).map(({ result }) => result);
    expect(new Set(words)).toEqual(new Set(['unknown', 'notapplicable', 'notchecked']));
  });

  it('do not pass what Docker has and was not looked at, each by its own kind', () => {
    const none = { containers: 0, images: 0, composed: 0 };
    for (const [kind, id, words] of [
      ['containers', 'docker-inspect', '2 containers were not looked at'],
      ['images', 'images', '2 images were not looked at'],
      ['composed', 'compose', '2 compose files were not looked at'],
    ] as const) {
      const context = contextWith(
        sight({ ...GOOD, docker: 'read', unseen: { ...none, [kind]: 2 } }),
        ANSWERS,
      );
      const findings = judge({ steps: [secrets], context });
      for (const [one, result] of [
        ['docker-inspect', 'pass'],
        ['images', 'pass'],
        ['compose', 'pass'],
      ] as const) {
        const found = findings.find(({ control }) => control === `secrets.${one}`);
        expect(found?.result, one).toBe(one === id ? 'unknown' : result);
        if (one === id) expect(found?.evidence).toEqual([words]);
      }
    }
  });

  it('ask for a new value of what is named, until it has one', () => {
    const answers = { ...ANSWERS, 'secrets.rotate': ['DB_PASSWORD'] };
    expect(results({}, answers).rotation).toBe('fail');
    const context = { ...contextWith(sight(GOOD), answers), rotated: ['DB_PASSWORD'] };
    const rotation = judge({ steps: [secrets], context }).find((it) => it.control === 'secrets.rotation');
    expect(rotation?.result).toBe('pass');
  });
});

it.each(['base62-24', 'base62-32', 'hex-32', 'hex-64', 'base64-16', 'base64-32'])(
  'a value that is made of %s is strong enough',
  (kind) => {
    for (let count = 0; count < 400; count += 1) {
      const value = makeSecret({ kind }).open().toString('utf8');
      const entry = `KEY in ${ENV} class ${kind} rotate safe`;
      const context = contextWith(sight({ secrets: [seen(entry, value)], files: [file(ENV)] }), {
        'secrets.inventory': [entry],
      });
      const bad = judge({ steps: [secrets], context }).filter(({ result }) => result === 'fail');
      expect(bad, value).toEqual([]);
    }
  },
);

describe('an entry', () => {
  it.each([
    DATABASE,
    SESSION,
    'KEY in /etc/app.yaml key a.b.0 class base64-32 container web rotate destroys',
    'TOKEN in /etc/app.conf format env for a.service for b@c.service',
    'P in /srv/p postgres p rotate second-write',
  ])('reads back as it was written: %s', (text) => {
    const entry = readSecretEntry(text);
    if (typeof entry === 'string') throw new Error(entry);
    expect(secretEntryText(entry)).toBe(text);
    const context = contextWith(sight({}), {});
    const cells = inventoryTable.read(text, context) ?? [];
    expect(inventoryTable.write(cells, context)).toEqual({ entry: text });
  });

  it.each([
    ['PASSWORD=hunter2', 'is not a name'],
    ['A at /x', 'where it stands'],
    ['A in x/.env', 'does not start with /'],
    ['A in /x/../y', '".."'],
    ['A in /x for nginx', 'the name of a service'],
    ['A in /x class base62-8', '128 bits'],
    ['A in /x postgres Robert;--', 'ROLE'],
    ['A in /x rotate maybe', 'second-write'],
    ['A in /x colour red', 'is not a word'],
    ['A in /x rotate', 'lacks its value'],
  ])('is refused: %s', (text, words) => {
    expect(readSecretEntry(text)).toContain(words);
    expect(secrets.questions[0]?.check?.([text], contextWith(sight({}), {}))).toContain(words);
  });

  it('is told by its column in the table', () => {
    const context = contextWith(sight({}), {});
    const row = ['A', '/x', '', 'env', 'base62-32', '', '', '', 'unsaid'];
    const problem = (column: number, cell: string) => inventoryTable.write(row.with(column, cell), context);
    expect(problem(0, '')).toMatchObject({ column: 0 });
    expect(problem(0, '9x')).toMatchObject({ column: 0 });
    expect(problem(1, 'relative')).toMatchObject({ column: 1 });
    expect(problem(4, 'strong')).toMatchObject({ column: 4 });
    expect(problem(5, 'nginx')).toMatchObject({ column: 5 });
    expect(problem(7, 'A B!')).toMatchObject({ column: 7 });
  });

  it('is declared once, in one format a file', () => {
    const check = (...list: string[]) => secrets.questions[0]?.check?.(list, contextWith(sight({}), {}));
    expect(check('A in /x', 'A in /y')).toContain('A is declared twice');
    expect(check('A in /x key K', 'B in /x key K')).toContain('K in /x is declared twice');
    expect(check('A in /x', 'B in /x format json')).toContain('two formats');
    expect(check('A in /x', 'B in /x')).toBeUndefined();
  });
});

describe('the owner of a file', () => {
  const reads = unit('app.service', { environmentFiles: [] });
  const entry = seen(DATABASE, STRONG);
  it.each([
    [
      'root, where the service manager reads it',
      file(ENV, { mode: '0644' }),
      [unit('app.service')],
      '0600 0:0',
    ],
    ['its user, where that one reads it', file(ENV, { mode: '0644' }), [reads], '0600 990:990'],
    ['root and its group, where it was so', file(ENV, { mode: '0644', gid: 990 }), [reads], '0640 0:990'],
    [
      'root again, where it was a stranger',
      file(ENV, { uid: 1000, gid: 1000 }),
      [unit('app.service')],
      '0600 0:0',
    ],
    [
      "nobody we could tell, where a link leads to what is root's",
      file(ENV, { mode: '0644', realPath: '/etc/passwd' }),
      [reads],
      'none',
    ],
    [
      'nobody we could tell, with two users',
      file(ENV),
      [reads, { ...reads, name: 'b.service', uid: 7 }],
      'none',
    ],
  ] as const)('is %s', (_, it, units, wanted) => {
    const both = { ...entry, entry: { ...entry.entry, units: ['app.service', 'b.service'] } };
    const owner = ownerWanted(it, sight({ secrets: [both], files: [it], units }));
    expect(owner === undefined ? 'none' : `${owner.mode} ${owner.uid}:${owner.gid}`).toBe(wanted);
  });
});

describe('what is changed', () => {
  const named = { ...ANSWERS, 'secrets.rotate': ['DB_PASSWORD'] };
  const changesOf = (it: Partial<SecretsSight>, answers: Record<string, readonly string[]>) => {
    const context = contextWith(sight({ ...GOOD, ...it }), answers);
    const failed = judge({ steps: [secrets], context }).filter(({ result }) => result === 'fail');
    const wanted = secrets.controls
      .filter(({ id }) => failed.some(({ control }) => control === id))
      .flatMap((control) =>
        (control.remedy?.(context) ?? []).map((resource) => ({
          ...{ resource, step: 'secrets', control: control.id, why: control.why },
        })),
      );
    const rotation = secrets.controls.find(({ id }) => id === 'secrets.rotation');
    return { ...diffResources(wanted, context), proofs: rotation?.proofs?.(context) ?? [] };
  };

  it('is nothing where nothing is wrong or named', () => {
    expect(changesOf({}, ANSWERS).changes).toEqual([]);
  });

  it('is file, role and service in one change, proved from both sides', () => {
    const { changes, proofs, notes, unknown: untold, contents } = changesOf({}, named);
    expect(changes).toHaveLength(1);
    expect(changes[0]?.primitives.map(({ kind }) => kind)).toEqual(['fill-file', 'postgres-role', 'unit']);
    expect(changes[0]?.base).toMatchObject({ kind: 'keyed' });
    expect(JSON.stringify([changes, notes, contents])).not.toContain(STRONG);
    expect(changes[0]?.before).toContain('DB_PASSWORD: ••• (32 characters');
    expect([untold, contents]).toEqual([[], {}]);
    expect(proofs.map(({ id, expect: holds }) => `${id} ${holds}`)).toEqual([
      'secrets.login-new.DB_PASSWORD works',
      'secrets.login-old.DB_PASSWORD fails',
      'secrets.service.app.service works',
    ]);
  });

  it('is a first value for what has none, but never for what could lose data', () => {
    const empty = seen(SESSION, '', { status: 'empty', measure: null, digest: '' });
    const { changes } = changesOf({ secrets: [seen(DATABASE, STRONG), empty] }, ANSWERS);
    expect(changes[0]?.title).toContain('new values for SESSION_KEY');
    const entry = { ...empty.entry, rotation: 'destroys' } as const;
    expect(changesOf({ secrets: [{ ...empty, entry }] }, ANSWERS).changes).toEqual([]);
  });

  const other = `OTHER in ${ENV} for app.service postgres app@appdb`;
  const lacks = (entry: string) => seen(entry, '', { status: 'empty', measure: null, digest: '' });
  const fresh = [{ ...role, verifier: 'none' }] as const;
  it.each<[string, Partial<SecretsSight>, string]>([
    [
      'whose sharer has a live value',
      { secrets: [lacks(DATABASE), seen(other, STRONG)], roles: fresh },
      'OTHER uses',
    ],
    [
      'whose sharer is written elsewhere too',
      { secrets: [lacks(DATABASE), lacks(`${other} rotate second-write`)], roles: fresh },
      'OTHER uses',
    ],
    [
      'whose role a container uses',
      { secrets: [lacks(DATABASE), lacks(`${other} container web`)], roles: fresh },
      'the container web uses',
    ],
    ['whose role has a password', { secrets: [lacks(DATABASE)] }, 'has a password already'],
  ])('is no first value of a role %s, and says so', (_, it, words) => {
    const answers = { 'secrets.inventory': [DATABASE, other] };
    expect(changesOf(it, answers).changes).toEqual([]);
    const context = contextWith(sight({ ...GOOD, ...it }), answers);
    const found = judge({ steps: [secrets], context }).find(({ control }) => control === 'secrets.set');
    expect(found?.evidence.join('; ')).toContain(words);
  });

  it('is a first value of a role that has none, and of one that is named', () => {
    const first = changesOf({ secrets: [lacks(DATABASE)], roles: fresh }, ANSWERS).changes;
    expect(first[0]?.title).toContain('new values for DB_PASSWORD');
    expect(changesOf({ secrets: [lacks(DATABASE)] }, named).changes[0]?.title).toContain('DB_PASSWORD');
  });

  it('is what was chosen alone, while the inventory stays whole', () => {
    const both = { secrets: [lacks(DATABASE), lacks(SESSION)], roles: fresh };
    const title = (names: readonly string[]) =>
      changesOf(both, { ...ANSWERS, 'secrets.generate': names }).changes[0]?.title ?? '';
    expect(title(['SESSION_KEY'])).toMatch(/^new values for SESSION_KEY;/);
    expect(title([])).toBe('');
  });

  it('is no line of an ini file, where none is known to be dead', () => {
    const entry = 'KEY in /etc/app.ini format ini rotate safe';
    const twice = { secrets: [seen(entry, STRONG, { lines: 2 })], files: [file('/etc/app.ini')] };
    const answers = { 'secrets.inventory': [entry] };
    expect(changesOf(twice, answers).changes).toEqual([]);
    const context = contextWith(sight({ ...GOOD, ...twice }), answers);
    const found = judge({ steps: [secrets], context }).find(({ control }) => control === 'secrets.repeated');
    expect([found?.result, found?.evidence.join()]).toEqual(['fail', expect.stringContaining('by hand')]);
  });

  it('is nothing in a file that two paths name', () => {
    const entry = 'OTHER in /srv/link.env rotate safe';
    const it = {
      secrets: [seen(DATABASE, STRONG), seen(entry, STRONG_HEX)],
      files: [file(ENV), file('/srv/link.env', { realPath: ENV })],
    };
    const answers = { 'secrets.inventory': [DATABASE, entry], 'secrets.rotate': ['DB_PASSWORD', 'OTHER'] };
    const { changes, unknown: untold } = changesOf(it, answers);
    expect(changes).toEqual([]);
    expect(untold.join()).toContain('are one file');
    expect(changesOf(it, { ...answers, 'secrets.rotate': ['OTHER'] }).changes).toHaveLength(1);
  });

  it('is no file that another step writes too', () => {
    const other = stepOf(
      [
        controlFor(option('MaxAuthTries', '3'), {
          id: 'custom.file',
          judge: () => ({ result: 'fail', evidence: [] }),
          remedy: () => [{ kind: 'file', path: OWN_FILE, content: 'x\n' }],
        }),
      ],
      { id: 'custom' },
    );
    const entry = `KEY in ${OWN_FILE} rotate safe`;
    const answers = { 'secrets.inventory': [entry], 'secrets.rotate': ['KEY'] };
    const mine = sight({ secrets: [seen(entry, STRONG)], files: [file(OWN_FILE)] });
    const context = contextWith(mine, answers);
    expect(() => draftPlan({ context, steps: [secrets, other] })).toThrow(
      `conflict: "secrets" and "custom" both write ${OWN_FILE}`,
    );
  });

  it('is told as not known with several clusters, and noted where nobody is logged in', () => {
    expect(changesOf({ postgres: 'several', roles: [] }, named).unknown[0]).toContain(
      'more than one PostgreSQL',
    );
    expect(results({ postgres: 'several', roles: [] }).roles).toBe('unknown');
    const idle = changesOf({ roles: [{ ...role, connections: 0 }] }, named).notes.join();
    expect(idle).toContain('nobody is logged in as the role app');
    expect(changesOf({}, named).notes.join()).not.toContain('logged in');
  });

  it('is told as not known where PostgreSQL is away or has no such role', () => {
    expect(changesOf({ postgres: 'down', roles: [] }, named).unknown[0]).toContain('does not answer');
    expect(changesOf({ roles: [] }, named).unknown).toEqual(['PostgreSQL has no role app']);
  });

  it('is mode and owner alone where the values stay', () => {
    const { changes } = changesOf({ files: [file(ENV, { mode: '0644' })] }, ANSWERS);
    expect(changes[0]?.primitives).toEqual([{ kind: 'set-mode', path: ENV, mode: '0600', uid: 0, gid: 0 }]);
  });

  it.each([
    ['destroys', 'never changed by this program'],
    ['second-write', 'written elsewhere as well'],
    [undefined, 'nobody said what changing'],
  ])('is refused for what is declared as %s', (rotation, words) => {
    const entry = `KEY in ${ENV}${rotation === undefined ? '' : ` rotate ${rotation}`}`;
    const context = contextWith(sight({}), { 'secrets.inventory': [entry] });
    expect(secrets.questions[1]?.check?.(['KEY'], context)).toContain(words);
  });
});

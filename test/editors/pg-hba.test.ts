import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HbaWord } from '../../src/editors/hba-lexer.ts';
import { type HbaRule, hbaEditor, insertHbaRule } from '../../src/editors/pg-hba.ts';
import { holdsEditorRules, hostileText, parsed, textOf } from './rules.ts';

const word = (text: string, quoted = false): HbaWord => ({ text, quoted });
const rules = (text: string) => parsed(hbaEditor, text).rules.map(({ rule }) => rule);
const app: HbaRule = {
  type: 'hostssl',
  databases: [word('shop')],
  users: [word('app')],
  address: word('10.0.0.0/8'),
  mask: null,
  method: 'scram-sha-256',
  options: [],
};

describe('rules are read as PostgreSQL reads them', () => {
  test('words, lists, addresses, masks, methods and options', () => {
    const text = [
      '# TYPE  DATABASE USER ADDRESS METHOD',
      'local   all             postgres                                peer map=ops',
      'host all,shop  app, "Odd ""name"""  10.0.0.1 255.255.255.255 md5 # old',
      'hostssl "all" +ops samenet cert clientcert=verify-full map="a b"',
      'host\tall\tall\t::1/128\ttrust',
      'include_dir hba.d',
      'hots all all all md5',
      '',
    ].join('\n');
    expect(rules(text)).toEqual([
      {
        type: 'local',
        databases: [word('all')],
        users: [word('postgres')],
        address: null,
        mask: null,
        method: 'peer',
        options: ['map=ops'],
      },
      {
        type: 'host',
        databases: [word('all'), word('shop')],
        users: [word('app'), word('Odd "name"', true)],
        address: word('10.0.0.1'),
        mask: '255.255.255.255',
        method: 'md5',
        options: [],
      },
      {
        type: 'hostssl',
        databases: [word('all', true)],
        users: [word('+ops')],
        address: word('samenet'),
        mask: null,
        method: 'cert',
        options: ['clientcert=verify-full', 'map=a b'],
      },
      {
        type: 'host',
        databases: [word('all')],
        users: [word('all')],
        address: word('::1/128'),
        mask: null,
        method: 'trust',
        options: [],
      },
    ]);
    expect(parsed(hbaEditor, text).others.map(({ fields }) => fields[0]?.words[0]?.text)).toEqual([
      'include_dir',
      'hots',
    ]);
  });

  test('a backslash joins lines, in words and in comments', () => {
    expect(rules('host all al\\\nl all \\\r\n  md5\n')).toMatchObject([
      { users: [word('all')], method: 'md5' },
    ]);
    expect(rules('# a comment \\\nlocal all all trust\nlocal all all peer\n')).toMatchObject([
      { method: 'peer' },
    ]);
    expect(parsed(hbaEditor, 'local all all \\\npeer\n').rules[0]?.joined).toBe(true);
  });

  test.each([
    ['local all all peer\nhost all "al all all md5\n', 2, 10],
    ['\ufefflocal all all peer\n', 1, 1],
    ['local all all\0 peer\n', 1, 14],
  ])('%j is refused with its place', (text, line, column) => {
    expect(hbaEditor.parse(text)).toMatchObject({ ok: false, problem: { line, column } });
  });
});

describe('one rule is changed', () => {
  const change = (text: string, index: number, more: Partial<HbaRule>) => {
    const rule = rules(text)[index];
    if (rule === undefined) throw new Error('no such rule');
    return textOf(hbaEditor, text, 'set', index, { ...rule, ...more });
  };

  test.each<[string, Partial<HbaRule>, string]>([
    [
      'host  all  all  all   md5  # why\n',
      { method: 'scram-sha-256' },
      'host  all  all  all   scram-sha-256  # why\n',
    ],
    ['host all all \\\n  all md5\n', { method: 'reject' }, 'host all all \\\n  all reject\n'],
    ['host all all 10.0.0.1 255.0.0.0 md5', { type: 'hostssl' }, 'hostssl all all 10.0.0.1 255.0.0.0 md5'],
    [
      'host all all 10.0.0.1 255.0.0.0 md5\n',
      { address: word('10.0.0.1/32'), mask: null },
      'host all all 10.0.0.1/32 md5\n',
    ],
    ['local all all ident map=x # y\n', { method: 'peer', options: [] }, 'local all all peer # y\n'],
    ['local all all peer\n', { options: ['map=a b'] }, 'local all all peer "map=a b"\n'],
    ['local all all peer\n', { users: [word('a b', true), word('+c')] }, 'local all "a b",+c peer\n'],
    ['local all all peer\n', { type: 'host', address: word('all') }, 'host all all all peer\n'],
    ['host all all all peer\n', { type: 'local', address: null }, 'local all all peer\n'],
  ])('%j %j', (text, more, after) => {
    expect(change(text, 0, more)).toBe(after);
  });

  test.each<Partial<HbaRule>>([
    { method: 'md5\nhost all all all trust' },
    { users: [word('a b')] },
    { users: [] },
    { users: [word('a#b')] },
    { users: [word('a\nb', true)] },
    { method: 'trust #' },
    { type: 'local' },
    { address: word('10.0.0.1') },
    { options: ['a\nb'] },
  ])('%j is refused: it would not read back', (more) => {
    const document = parsed(hbaEditor, 'host all all all md5\nlocal all all peer\n');
    const [rule] = rules(document.text);
    expect(rule && hbaEditor.set(document, 0, { ...rule, ...more }).ok).toBe(false);
    expect(insertHbaRule(document, 'end', { ...app, ...more }).ok).toBe(false);
  });

  test('rules are put before and after others, comments stay where they are', () => {
    const text = '# local\nlocal all all peer\n# rest\nhost all all all md5 # broad';
    const put = (place: Parameters<typeof insertHbaRule>[1]) => {
      const result = insertHbaRule(parsed(hbaEditor, text), place, app);
      return result.ok ? result.value : result.problem.what;
    };
    const line = 'hostssl shop            app             10.0.0.0/8              scram-sha-256\n';
    expect(put({ before: 1 })).toBe(text.replace('host all', `${line}host all`));
    expect(put({ after: 0 })).toBe(text.replace('# rest', `${line}# rest`));
    expect(put({ after: 1 })).toBe(`${text}\n${line}`);
    expect(put('end')).toBe(`${text}\n${line}`);
    expect(put({ before: 2 })).toBe('a rule that is not there');
    expect(put({ after: -1 })).toBe('a rule that is not there');
  });

  test('a file that ends in a backslash does not swallow what is put behind it', () => {
    const result = insertHbaRule(parsed(hbaEditor, '# end \\'), 'end', app);
    expect(result.ok && rules(result.value)).toEqual([app]);
  });

  test('a rule is removed with its lines', () => {
    expect(textOf(hbaEditor, '# a\nlocal all all \\\n peer\n# b\n', 'remove', 0)).toBe('# a\n# b\n');
  });
});

const name = fc.oneof(
  fc.constantFrom('all', 'replication', 'app', '+ops', '@list').map((text) => word(text)),
  fc.stringMatching(/^[a-z "#,\\]{0,6}$/).map((text) => word(text, true)),
);
const names = fc.array(name, { minLength: 1, maxLength: 3 });
const method = fc.constantFrom('trust', 'md5', 'scram-sha-256', 'peer');
const options = fc.array(fc.constantFrom('map=x', 'map=a b', 'clientcert=verify-ca'), { maxLength: 2 });
const rule: fc.Arbitrary<HbaRule> = fc.oneof(
  fc.record({
    type: fc.constant('local' as const),
    databases: names,
    users: names,
    address: fc.constant(null),
    mask: fc.constant(null),
    method,
    options,
  }),
  fc.record({
    type: fc.constantFrom('host' as const, 'hostssl' as const),
    databases: names,
    users: names,
    address: fc.constantFrom('all', '10.0.0.0/8', '::1/128', 'db.example').map((text) => word(text)),
    mask: fc.constant(null),
    method,
    options,
  }),
);
const blank = fc.constantFrom(' ', '   ', '\t', ' \\\n  ');
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('local all all', 'host all,"a ""b" "x y"', 'hostssl  a,\tb c'),
      blank,
      fc.constantFrom('all', '10.0.0.1 255.0.0.0', '::/0'),
      blank,
      method,
      fc.constantFrom('', ' # c', ' map=x', '\t# "'),
    )
    .map(
      ([start, first, address, second, how, tail]) =>
        `${start}${start.startsWith('local') ? '' : first + address}${second}${how}${tail}`,
    ),
  fc.constantFrom('# c', '', '# c \\', 'include x', '   '),
);
const file = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, last]) => lines.join(end) + (last ? end : ''));

holdsEditorRules({
  editor: hbaEditor,
  file,
  path: fc.nat(6),
  value: rule,
  garbage: hostileText,
  numbered: true,
  span: (document, index) => {
    const fields = document.rules[index]?.fields;
    return { start: fields?.[0]?.start ?? 0, end: fields?.at(-1)?.end ?? 0 };
  },
  others: (document, index) => document.rules.filter((_, at) => at !== index).map((it) => it.rule),
});

test('a rule goes in at its place and every other line stays, whatever the file', () => {
  fc.assert(
    fc.property(file, fc.nat(6), rule, (text, index, wanted) => {
      const document = parsed(hbaEditor, text);
      const result = insertHbaRule(
        document,
        index < document.rules.length ? { before: index } : 'end',
        wanted,
      );
      if (!result.ok) throw new Error(JSON.stringify(result));
      const before = document.rules.map((it) => it.rule);
      expect(rules(result.value)).toEqual(before.toSpliced(Math.min(index, before.length), 0, wanted));
    }),
    { numRuns: 250 },
  );
});

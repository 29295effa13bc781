import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caddyEditor, insertCaddy } from '../../src/editors/caddyfile.ts';
import type { Directive, DirectivePath } from '../../src/editors/directive-tree.ts';
import { argsSpan, otherDirectives } from './directives.ts';
import { holdsEditorRules, hostileText, parsed, textOf } from './rules.ts';

const SITE = [
  '# global',
  '{',
  '\temail ops@example.com # who',
  '}',
  '(headers) {',
  '\theader X-Frame-Options "DENY"',
  '}',
  'shop.example,',
  'www.shop.example {',
  '\timport headers',
  '\t@api path /api/* \\',
  '\t\t/v1/*',
  '\treverse_proxy @api {env.UPSTREAM} localhost:8080',
  '\trespond /x <<HTML',
  '\t\t<b>{ not a block }</b>',
  '\t\tHTML 200',
  '\ttls `C:\\cert.pem` "key \\"x\\".pem"',
  '\thandle {',
  '\t\tfile_server',
  '\t}',
  '}',
  '',
].join('\n');

const flat = (children: readonly Directive[]): readonly (readonly string[])[] =>
  children.flatMap((it) => [it.words.map(({ text }) => text), ...flat(it.block?.children ?? [])]);

describe('words and blocks are cut as Caddy cuts them', () => {
  test('global options, snippets, addresses, matchers, heredocs and quotes', () => {
    expect(flat(parsed(caddyEditor, SITE).children)).toEqual([
      [],
      ['email', 'ops@example.com'],
      ['(headers)'],
      ['header', 'X-Frame-Options', 'DENY'],
      ['shop.example,', 'www.shop.example'],
      ['import', 'headers'],
      ['@api', 'path', '/api/*', '/v1/*'],
      ['reverse_proxy', '@api', '{env.UPSTREAM}', 'localhost:8080'],
      ['respond', '/x', '<b>{ not a block }</b>\n', '200'],
      ['tls', 'C:\\cert.pem', 'key "x".pem'],
      ['handle'],
      ['file_server'],
    ]);
  });

  test('a file with one site may have no braces', () => {
    const text = 'shop.example\n\nlog a,\nreverse_proxy localhost:80\n';
    expect(flat(parsed(caddyEditor, text).children)).toEqual([
      ['shop.example'],
      ['log', 'a,'],
      ['reverse_proxy', 'localhost:80'],
    ]);
  });

  test.each([
    ['a {\n', 1, 3],
    ['a {\n}\n}\n', 3, 1],
    ['a\n{\n}\n', 2, 1],
    ['a {\n b }\n', 2, 4],
    ['a { b\n}\n', 1, 3],
    ['a "b\n', 1, 3],
    ['a `b\n', 1, 3],
    ['a <<X\nb\n', 1, 3],
    ['a <<\nb\n', 1, 3],
    ['a\rb\n', 1, 2],
    [`${'a {\n'.repeat(40)}`, 33, 3],
  ])('%j is refused with its place', (text, line, column) => {
    expect(caddyEditor.parse(text)).toMatchObject({ ok: false, problem: { line, column } });
  });
});

describe('one directive is changed', () => {
  const site = { name: 'shop.example,' };
  const set = (path: DirectivePath, args: readonly string[], text = SITE) =>
    textOf(caddyEditor, text, 'set', path, args);

  test('in its words alone', () => {
    expect(set([{ name: '' }, { name: 'email' }], ['a@b.c'])).toBe(SITE.replace('ops@example.com', 'a@b.c'));
    expect(set([site, { name: 'tls' }], ['C:\\cert.pem', 'k'])).toBe(
      SITE.replace('"key \\"x\\".pem"', '"k"'),
    );
    expect(set([site, { name: 'respond' }], ['/x', 'no', '404'])).toBe(
      SITE.replace(/<<HTML.*HTML 200/s, 'no 404'),
    );
    expect(set([site, { name: '@api' }], ['path', '/api/*'])).toBe(SITE.replace(' \\\n\t\t/v1/*', ''));
  });

  test('and put at the end of its block when it is not there', () => {
    expect(set([site, { name: 'encode' }], ['zstd', 'a b'])).toBe(
      SITE.replace('\t}\n}\n', '\t}\n\tencode zstd "a b"\n}\n'),
    );
    expect(set([{ name: 'encode' }], ['gzip'], 'shop.example')).toBe('shop.example\nencode gzip\n');
  });

  test('a site is put in whole', () => {
    const directive = {
      name: 'new.example',
      args: [],
      children: [{ name: 'redir', args: ['https://shop.example{uri}'] }],
    };
    const result = insertCaddy({ document: parsed(caddyEditor, SITE), path: [], directive });
    expect(result).toEqual({
      ok: true,
      value: `${SITE}new.example {\n\tredir https://shop.example{uri}\n}\n`,
    });
  });

  test('what no quotes can hold is refused', () => {
    const document = parsed(caddyEditor, SITE);
    expect(caddyEditor.set(document, [site, { name: 'tls' }], ['`\\'])).toMatchObject({ ok: false });
  });

  test('a directive is removed with its line', () => {
    expect(textOf(caddyEditor, SITE, 'remove', [{ name: '' }, { name: 'email' }])).toBe(
      SITE.replace('\temail ops@example.com # who\n', ''),
    );
    expect(textOf(caddyEditor, SITE, 'remove', [site, { name: 'handle' }])).toBe(
      SITE.replace('\thandle {\n\t\tfile_server\n\t}\n', ''),
    );
  });
});

const line = fc.constantFrom(
  'tls a b',
  'tls "a b" `c` # d',
  'header X "y"',
  'respond <<E\n  x # y\n  E 200',
  '@m path /a \\\n  /b',
  'import x',
  '# { comment',
  '',
  'log {\n  output stdout\n}',
);
const body = fc.array(line, { maxLength: 5 });
const file = fc
  .tuple(fc.boolean(), body, body, fc.constantFrom('\n', '\n\n'))
  .map(([hasGlobal, first, second, end]) =>
    [
      ...(hasGlobal ? ['{', 'email a@b', '}'] : []),
      'a.example {',
      ...first,
      '}',
      'b.example, c.example {',
      ...second,
      '}',
      '',
    ].join(end),
  );
const arg = fc.oneof(
  fc.constantFrom(
    'on',
    '{host}',
    'a b',
    '"',
    '`',
    '\\',
    '\\"',
    'a\\',
    '{',
    '}',
    '{}',
    '#',
    '',
    'x#y',
    '<<E',
    '<x',
    'é',
    'a\nb',
    'a,',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

holdsEditorRules({
  editor: caddyEditor,
  file,
  path: fc.constantFrom<DirectivePath>(
    [{ name: '' }, { name: 'email' }],
    [{ name: 'a.example' }, { name: 'tls' }],
    [{ name: 'a.example' }, { name: 'respond' }],
    [{ name: 'b.example,' }, { name: '@m' }],
    [{ name: 'b.example,' }, { name: 'brand_new' }],
  ),
  value: fc.array(arg, { minLength: 1, maxLength: 3 }),
  garbage: fc.oneof(hostileText, fc.stringMatching(/^[a-c{}<#"`\\,E \n]{0,40}$/)),
  span: argsSpan,
  others: otherDirectives,
});

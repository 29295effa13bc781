import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DirectiveDocument,
  type DirectivePath,
  findDirectives,
  type NewDirective,
} from '../../src/editors/directive-tree.ts';
import { insertNginx, nginxEditor } from '../../src/editors/nginx.ts';
import { argsSpan, otherDirectives } from './directives.ts';
import { holdsEditorRules, hostileText, parsed, textOf } from './rules.ts';

const server: DirectivePath = [{ name: 'http' }, { name: 'server' }];

const SITE = [
  'user www-data;',
  'http {',
  '    include /etc/nginx/conf.d/*.conf; # not followed',
  '    map $http_upgrade $connection {',
  '        default upgrade;',
  "        ''      close;",
  '    }',
  '    server {',
  '        listen 443 ssl; # why',
  '        server_name shop.example www.shop.example;',
  '        add_header X-Frame-Options "DENY" always;',
  '        add_header X-Content-Type-Options nosniff;',
  '        if ($host = "a;b{c") { return 403; }',
  '        location ~ \\.php$ {',
  `            fastcgi_pass unix:/run/$\{name}.sock;`,
  '        }',
  '        content_by_lua_block {',
  '            -- a brace } in a comment',
  '            ngx.say("}", [[ } ]], { a = 1 })',
  '        }',
  '    }',
  '}',
  '',
].join('\n');

function words(text: string): readonly (readonly string[])[] {
  const flat = ({ children }: Pick<DirectiveDocument, 'children'>): readonly (readonly string[])[] =>
    children.flatMap((it) => [
      it.words.map((word) => word.text),
      ...flat({ children: it.block?.children ?? [] }),
    ]);
  return flat(parsed(nginxEditor, text));
}

describe('directives are cut as nginx cuts them', () => {
  test('words, quotes, regular expressions, variables, blocks and Lua', () => {
    expect(words(SITE)).toEqual([
      ['user', 'www-data'],
      ['http'],
      ['include', '/etc/nginx/conf.d/*.conf'],
      ['map', '$http_upgrade', '$connection'],
      ['default', 'upgrade'],
      ['', 'close'],
      ['server'],
      ['listen', '443', 'ssl'],
      ['server_name', 'shop.example', 'www.shop.example'],
      ['add_header', 'X-Frame-Options', 'DENY', 'always'],
      ['add_header', 'X-Content-Type-Options', 'nosniff'],
      ['if', '($host', '=', 'a;b{c', ')'],
      ['return', '403'],
      ['location', '~', '\\.php$'],
      ['fastcgi_pass', `unix:/run/$\{name}.sock`],
      ['content_by_lua_block'],
    ]);
  });

  test.each([
    ['a b\nc d;\n}\n', 3, 1],
    ['a {\n b;\n', 1, 3],
    ['a b', 1, 1],
    ['a;\n;', 2, 1],
    ['{ a; }', 1, 1],
    ['a "b;', 1, 3],
    ['a "b"c;', 1, 6],
    ['a { b }', 1, 7],
    ['\ufeffa;', 1, 1],
    ['a_by_lua_block { "} ', 1, 16],
    [`${'a {'.repeat(40)}`, 1, 99],
  ])('%j is refused with its place', (text, line, column) => {
    expect(nginxEditor.parse(text)).toMatchObject({ ok: false, problem: { line, column } });
  });
});

describe('one directive is changed', () => {
  const set = (path: DirectivePath, args: readonly string[], text = SITE) =>
    textOf(nginxEditor, text, 'set', path, args);

  test('in its words alone', () => {
    const listen: DirectivePath = [...server, { name: 'listen' }];
    expect(set(listen, ['8443', 'ssl'])).toBe(SITE.replace('listen 443 ssl', 'listen 8443 ssl'));
    expect(set(listen, ['443', 'ssl', 'http2'])).toBe(SITE.replace('443 ssl', '443 ssl http2'));
    expect(set(listen, ['443'])).toBe(SITE.replace('443 ssl', '443'));
    const header: DirectivePath = [...server, { name: 'add_header', args: ['X-Frame-Options'] }];
    expect(set(header, ['X-Frame-Options', 'SAME"ORIGIN', 'always'])).toBe(
      SITE.replace('"DENY"', '"SAME\\"ORIGIN"'),
    );
  });

  test('and put at the end of its block, indented as its neighbours, when it is not there', () => {
    expect(set([...server, { name: 'server_tokens' }], ['off'])).toBe(
      SITE.replace('        }\n    }\n}', '        }\n        server_tokens off;\n    }\n}'),
    );
    expect(set([{ name: 'a' }, { name: 'b' }], ['x y'], 'a {}')).toBe('a { b "x y"; }');
    expect(set([{ name: 'a' }, { name: 'b' }], ['1'], 'a { c; } # d\n')).toBe('a { c; b 1; } # d\n');
    expect(set([{ name: 'b' }], ['1'], 'a;')).toBe('a;\nb 1;\n');
  });

  test('a path that means two is refused', () => {
    const document = parsed(nginxEditor, SITE);
    expect(nginxEditor.set(document, [...server, { name: 'add_header' }], ['a', 'b'])).toMatchObject({
      ok: false,
      problem: { what: 'a path that means 2 directives' },
    });
    expect(findDirectives(document, [...server, { name: 'add_header' }])).toHaveLength(2);
  });

  test('Lua is not looked into and not written to', () => {
    const path: DirectivePath = [...server, { name: 'content_by_lua_block' }, { name: 'x' }];
    expect(nginxEditor.set(parsed(nginxEditor, SITE), path, ['1']).ok).toBe(false);
  });

  test('a name cannot smuggle a directive in', () => {
    const directive = { name: 'a; b', args: [] };
    expect(insertNginx({ document: parsed(nginxEditor, SITE), path: [], directive }).ok).toBe(false);
  });

  test('blocks are put in whole, at the start or at the end', () => {
    const directive: NewDirective = {
      name: 'server',
      args: [],
      children: [
        { name: 'listen', args: ['80'] },
        {
          name: 'location',
          args: ['/'],
          children: [{ name: 'return', args: ['301', 'https://$host$request_uri'] }],
        },
      ],
    };
    const put = (at: 'start' | 'end', text: string) => {
      const result = insertNginx({
        document: parsed(nginxEditor, text),
        path: [{ name: 'http' }],
        directive,
        at,
      });
      return result.ok ? result.value : result.problem.what;
    };
    const block =
      '\tserver {\n\t\tlisten 80;\n\t\tlocation / {\n\t\t\treturn 301 https://$host$request_uri;\n\t\t}\n\t}\n';
    expect(put('start', 'http { # x\n\ta;\n}\n')).toBe(`http { # x\n${block}\ta;\n}\n`);
    expect(put('end', 'http {\n\ta;\n}\n')).toBe(`http {\n\ta;\n${block}}\n`);
  });

  test('a directive is removed with its line, its block and the comment behind it', () => {
    const remove = (path: DirectivePath) => textOf(nginxEditor, SITE, 'remove', path);
    expect(remove([...server, { name: 'listen' }])).toBe(SITE.replace('        listen 443 ssl; # why\n', ''));
    expect(remove([{ name: 'http' }])).toBe('user www-data;\n');
    expect(remove([...server, { name: 'if' }, { name: 'return' }])).toBe(SITE.replace('return 403;', ''));
  });
});

const simple = fc.constantFrom(
  'listen 80;',
  'listen  443 ssl; # c',
  'server_name a b;',
  "root '/x y';",
  'add_header A "b\\"c" always;',
  'if ($a ~ "^/x{2}$") { return 403; }',
  'map $a $b { default 0; "~^/a;b" 1; }',
  '# comment { ; }',
  'rewrite_by_lua_block { return "}" }',
  `set $x $\{y};`,
  '',
);
const body = fc.array(simple, { maxLength: 6 });
const file = fc
  .tuple(body, body, fc.constantFrom('\n', '\r\n', '\n\n'), fc.constantFrom('    ', '\t', ''))
  .map(([top, inner, end, indent]) =>
    [...top, 'http {', ...inner.map((line) => indent + line), '}', ''].join(end),
  );
const arg = fc.oneof(
  fc.constantFrom(
    'on',
    '443',
    '$host',
    'a b',
    '"',
    "'",
    '\\',
    '\\.php$',
    'a;b',
    '{',
    '}',
    '#',
    '',
    'x#y',
    'é',
    '\t\n',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

holdsEditorRules({
  editor: nginxEditor,
  file,
  path: fc.constantFrom<DirectivePath>(
    [{ name: 'listen' }],
    [{ name: 'http' }, { name: 'listen' }],
    [{ name: 'http' }, { name: 'root' }],
    [{ name: 'http' }, { name: 'add_header', args: ['A'] }],
    [{ name: 'http' }, { name: 'brand_new' }],
  ),
  value: fc.array(arg, { maxLength: 3 }).map((args) => ['A', ...args]),
  garbage: fc.oneof(hostileText, fc.stringMatching(/^[a-c{};#"'\\$ \n]{0,40}$/)),
  span: argsSpan,
  others: otherDirectives,
});

describe('one of several that are called the same', () => {
  const two =
    'server { listen 80; }\nserver { listen 81; location / { root /a; } location / { root /b; } }\n';
  const nth = (server: number, location: number): DirectivePath => [
    { name: 'server', nth: server },
    { name: 'location', nth: location },
    { name: 'root' },
  ];

  test('is meant by its place among them', () => {
    const document = parsed(nginxEditor, two);
    expect(nginxEditor.get(document, nth(1, 1))).toEqual(['/b']);
    expect(nginxEditor.get(document, nth(0, 0))).toBeUndefined();
    expect(findDirectives(document, [{ name: 'server', nth: 2 }])).toEqual([]);
    const changed = nginxEditor.set(document, nth(1, 0), ['/c']);
    expect(changed).toEqual({ ok: true, value: two.replace('/a', '/c') });
  });
});

import { expect, it } from 'vitest';
import { debianLines, parseDeb822, parseOneLine } from '../../src/lab/apt-sources.ts';

const DEB822 = `Types: deb deb-src
# a comment
URIs: http://archive.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /keys/debian.gpg

Types: deb
URIs: http://archive.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: trixie
Components: main

Types: deb
URIs: http://other.example/tool
Suites: nodistro
Components: main
`;

it('turns deb822 stanzas into deb lines for any Debian release, main and security', () => {
  expect(debianLines(parseDeb822(DEB822), 'trixie')).toEqual([
    'deb [signed-by=/keys/debian.gpg] http://archive.example/debian trixie main',
    'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://archive.example/debian-security trixie-security main',
  ]);
});

it('reads one-line sources with and without options, and no commented or source lines', () => {
  const text = `# deb http://no.example/debian bookworm main
deb-src http://no.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/a.gpg] http://archive.example/debian bookworm main # why
deb http://security.example/debian bookworm-security main contrib
`;
  expect(debianLines(parseOneLine(text), 'bookworm')).toEqual([
    'deb [signed-by=/keys/a.gpg] http://archive.example/debian bookworm main',
    'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://security.example/debian bookworm-security main',
  ]);
});

it('knows no Debian archive where only other archives are', () => {
  const other = parseOneLine(
    'deb http://archive.example/ubuntu noble main\ndeb http://tool.example stable tool\n',
  );
  expect(debianLines(other, 'bookworm')).toEqual([]);
});

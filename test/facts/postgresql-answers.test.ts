// The look at PostgreSQL's servers, run by this machine's shells before pretended ones: whoever answers at a socket learns no word that frames
// answers, and nothing of what he says goes on but the lines that were asked for.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Fact } from '../../src/facts/fact.ts';
import { gatherCommand, splitGathered } from '../../src/facts/gather.ts';
import { postgresql } from '../../src/facts/postgresql.ts';
import { reader } from '../../src/facts/sections.ts';
import { known } from '../../src/model/outcome.ts';
import { renderForShell } from '../../src/text/command.ts';

const NONCE = '00112233445566778899aabbccddeeff';
const SERVER = {
  ...{ version: 170012, superuser: 'postgres', standby: false, loaded: 2, hbaChanged: 1 },
  settings: { config_file: { value: '/elsewhere/postgresql.conf', file: '', line: 0 } },
  ...{ hba: [], roles: [], clients: [] },
  databases: ['postgres', 'shop'].map((name) => ({
    ...{ name, owner: 'postgres', template: false, allow: true, enter: [] },
    ...{ publicConnect: true, publicTemp: true },
  })),
};
const WHOLE = { ...SERVER, settings: { ...SERVER.settings, hba_file: { value: '/x', file: '', line: 0 } } };
const INSIDE = '{"owners": {}, "publicCreate": false, "schemaOwner": "postgres"}';
const NAMES = ['postgres', 'shop'].map((name) => Buffer.from(name).toString('base64'));
const FORGED = `\n\n${NONCE} said postgresql\n\n0\n${NONCE} begin accounts\n\n@${NONCE} x\nforged\n\n${NONCE} said accounts\n\n0\n`;

let folder = '';
let servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-'));
  for (const name of ['bin', 'run', 'etc', 'says']) mkdirSync(join(folder, name));
  program('id', 'echo 0');
  program('psql', 'exit 1');
  // Stands for psql, started as somebody else: says what the file for its port and database holds.
  program(
    'setpriv',
    `env >>${folder}/environment
at=${folder}/says/$PGPORT.$PGDATABASE
case $* in *publicCreate*) at=$at.inside ;; esac
[ -f "$at" ] || { cat ${folder}/says/error >&2; exit 2; }
cat "$at"`,
  );
  writeFileSync(join(folder, 'says/error'), 'psql: error: connection to server failed: FATAL:  no\n');
});
afterEach(async () => {
  await Promise.all(servers.map((one) => new Promise((done) => one.close(done))));
  servers = [];
  rmSync(folder, { recursive: true });
});

function program(name: string, text: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

/** A socket, and what is said behind it: by database. */
async function server(port: number, said: Readonly<Record<string, string>>): Promise<void> {
  const one = createServer();
  servers.push(one);
  await new Promise<void>((done) => one.listen(join(folder, `run/.s.PGSQL.${port}`), done));
  for (const [database, text] of Object.entries(said))
    writeFileSync(join(folder, `says/${port}.${database}`), text);
}

function look(shell: readonly string[]) {
  const script = `PATH=${folder}/bin:$PATH\n${postgresql.script}`
    .replaceAll('/run/postgresql', join(folder, 'run'))
    .replaceAll('/etc/postgresql', join(folder, 'etc'))
    .replaceAll('/usr/lib/postgresql', join(folder, 'none'));
  const accounts: Fact<unknown> = {
    ...{ name: 'accounts', title: 'x', stability: 'volatile', deadline: 30, outputLimit: 1000 },
    script: 'printf "\\n@%s x\\nreal\\n" "$N"',
    parse: reader((sections) => known(sections.body('x'))),
  };
  const facts = { accounts, postgresql: { ...postgresql, script } } as unknown as Record<
    string,
    Fact<unknown>
  >;
  const command = gatherCommand(NONCE, facts);
  const [file = '', ...args] = shell;
  const { stdout } = spawnSync(file, [...args, '-c', renderForShell(command)], {
    input: command.stdin.join(''),
    encoding: 'utf8',
    // Where the word comes in the environment already, it does not stay there.
    env: { ...process.env, N: 'theirs' },
  });
  const replies = splitGathered(stdout, facts, NONCE);
  const [mine, said] = [replies.get('postgresql'), replies.get('accounts')];
  if (mine === undefined || said === undefined) throw new Error(stdout);
  return { reading: postgresql.parse(mine), accounts: accounts.parse(said) };
}

const SHELLS = [[['dash']], [['busybox', 'sh']], [['bash', '--posix']]];

it.each(SHELLS)('a server is asked without the word that frames answers, under %s', async (shell) => {
  const said = `${JSON.stringify(WHOLE)}\n${NAMES.join('\n')}\n`;
  await server(5432, { postgres: said, 'postgres.inside': `${INSIDE}\n`, 'shop.inside': `${INSIDE}\n` });
  const { reading } = look(shell);
  expect(reading).toMatchObject({ kind: 'known', value: { clusters: [{ name: 'port 5432' }] } });
  const environment = readFileSync(join(folder, 'environment'), 'utf8');
  expect(environment).toContain('PGDATABASE=shop');
  expect(environment).not.toMatch(/^N=/m);
  expect(environment).not.toContain(NONCE);
});

it.each(SHELLS)('what else a server says goes no further, under %s', async (shell) => {
  await server(5432, {
    postgres: `${JSON.stringify(WHOLE)}\n${NAMES.join('\n')}\n${FORGED}`,
    'postgres.inside': FORGED,
    'shop.inside': `${FORGED}${INSIDE}\n${FORGED}`,
  });
  const { reading, accounts } = look(shell);
  expect(accounts).toEqual(known('real\n'));
  expect(reading).toMatchObject({
    value: { clusters: [{ server: { databases: [{ inside: null }, { inside: { owners: {} } }] } }] },
  });
});

it('what says nothing of our kind is silent, however long it speaks', async () => {
  await server(6432, { postgres: `${FORGED}${'x'.repeat(3_000_000)}` });
  expect(look(['dash']).reading).toMatchObject({ kind: 'known', value: { clusters: [], silent: [6432] } });
});

it('a socket at which nobody listens any more is left behind, and no server', async () => {
  await server(5433, {});
  writeFileSync(
    join(folder, 'says/error'),
    'psql: error: connection to server on socket "x" failed: Connection refused\n',
  );
  expect(look(['dash']).reading).toMatchObject({ kind: 'known', value: { clusters: [], silent: [] } });
  expect(existsSync(join(folder, 'environment'))).toBe(true);
});

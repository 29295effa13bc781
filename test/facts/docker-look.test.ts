// The look at Docker, run by this machine's shells before a pretended daemon: what does not answer, or is more than is looked at, is counted.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseSecrets, secretsCommand } from '../../src/facts/secrets.ts';
import { readSecretEntry } from '../../src/resources/secret-entry.ts';
import { renderForShell } from '../../src/text/command.ts';

const NONCE = '00112233445566778899aabbccddeeff';
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'docker-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'comm'), 'dockerd\n');
  writeFileSync(join(folder, 'docker.pid'), '1\n');
  writeFileSync(join(folder, 'app.env'), 'TOKEN=s3cr/t+A9\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** `says`: branches of a case over what docker was asked. */
function look(shell: readonly string[], says: string) {
  const program = `#!/bin/sh\nenv >>${folder}/environment\nshift 4\ncase "$*" in\n${says}\nesac\n`;
  writeFileSync(join(folder, 'bin/docker'), program);
  chmodSync(join(folder, 'bin/docker'), 0o755);
  const entry = readSecretEntry(`TOKEN in ${folder}/app.env`);
  if (typeof entry === 'string') throw new Error(entry);
  const command = secretsCommand([entry], NONCE);
  const script = renderForShell(command)
    .replace('PATH=/usr/sbin:', `PATH=${folder}/bin:/usr/sbin:`)
    .replace('/run/docker.pid', `${folder}/docker.pid`)
    .replace('"/proc/$lo_pid/comm"', `${folder}/comm`)
    .replace(/^'?\/bin\/sh'? /, `${shell.join(' ')} `);
  const done = spawnSync('sh', ['-c', script], { input: command.stdin.join(''), encoding: 'utf8' });
  const raw = { code: done.status ?? 1, stdout: done.stdout, stderr: done.stderr, truncated: false };
  const read = parseSecrets(raw, { entries: [entry], key: new Uint8Array(32) });
  if (read.kind !== 'known') throw new Error(JSON.stringify([read, raw]));
  return read.value.sight;
}

const IMAGE = `"image inspect "*) echo '[["shop:1"],"sha256:ab",{"Env":["TOKEN=s3cr/t+A9"]}]' ;;`;
const SHELLS = [[['dash']], [['busybox', 'sh']], [['bash', '--posix']]];

it.each(SHELLS)('what Docker shows is read, and nothing is left, under %s', (shell) => {
  writeFileSync(join(folder, 'compose.yaml'), 'environment:\n  TOKEN: "s3cr/t+A9"\n');
  const seen = look(
    shell,
    `"ps -aq "*) echo c1 ;;
"images -q "*) echo i1; echo i1 ;;
"inspect --type container "*) echo '["/web",["mysqladmin","-ps3cr/t+A9"],{}]' ;;
${IMAGE}
"history "*) ;;
"ps -a "*) echo "${folder}/compose.yaml,${folder}/gone.env" ;;`,
  );
  expect(seen).toMatchObject({
    docker: 'read',
    containers: [{ name: 'web', holds: ['TOKEN'] }],
    images: [{ name: 'shop:1', holds: ['TOKEN'] }],
    composed: [{ holds: ['TOKEN'] }],
    unseen: { containers: 0, images: 0, composed: 0 },
  });
});

it.each(SHELLS)('what does not answer in time is counted, what went away is not, under %s', (shell) => {
  const seen = look(
    shell,
    `"ps -aq --no-trunc --filter id=gone") ;;
"ps -aq "*) echo slow; echo gone ;;
"images -q "*) echo i1; echo i2 ;;
"inspect --type container "*) exit 124 ;;
"image inspect "*i2) exit 124 ;;
${IMAGE}
"history "*) exit 1 ;;
"ps -a "*) exit 1 ;;`,
  );
  expect(seen.unseen).toEqual({ containers: 1, images: 2, composed: 1 });
});

it('what is more than is looked at is counted', () => {
  for (let at = 1; at <= 23; at += 1) writeFileSync(join(folder, `c${at}.yaml`), 'a: 1\n');
  const seen = look(
    ['dash'],
    `"ps -aq "*) ;;
"images -q "*) seq 1 42 ;;
${IMAGE}
"history "*) echo made ;;
"ps -a "*) for at in $(seq 1 23); do echo "${folder}/c$at.yaml,"; done ;;`,
  );
  expect(seen.unseen).toEqual({ containers: 0, images: 2, composed: 3 });
  expect(seen.images).toHaveLength(40);
});

// Whether a file of lines may be loaded is asked of the server that reads it; what else listens beside it has no say.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import { newTransaction, startTransaction } from '../../src/transaction/driver.ts';
import { flavoursOf, makeScratchHost, type ScratchHost, scratchProblem } from './scratch-host.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const HBA = '/etc/postgresql/17/main/pg_hba.conf';
const NEW = 'local all all scram-sha-256\n';

// What /fake/says-PORT holds, and its first line as the exit code; without -w it would wait for a password.
const RUNUSER = `#!/bin/sh
cat >/dev/null
case " $* " in *' -w '*) ;; *) echo 'it waits for a password'; exit 1 ;; esac
[ -f "/fake/says-$PGPORT" ] || { echo 'psql: error: connection refused'; exit 2; }
sed 1d "/fake/says-$PGPORT"
exit "$(head -n 1 "/fake/says-$PGPORT")"
`;

function request() {
  const { token: _, ...identity } = newTransaction();
  const change: Change = {
    ...{ address: 'a', action: 'update', title: '', step: 'postgresql', controls: [], why: '' },
    ...{ risk: 'service', phase: 'expand', confidence: 'predicted', effective: [] },
    base: { kind: 'file', sha256: sha256('old\n'), mode: '0640', uid: 0, gid: 0 },
    primitives: [
      { kind: 'put-file', path: HBA, sha256: sha256(NEW), mode: '0640', uid: 0, gid: 0 },
      { kind: 'validate', checker: 'postgresql' },
    ],
  };
  const rest = { run: 'r', step: 'postgresql', operator: 'ana@desk', planDigest: sha256('p'), lease: 60 };
  const contents = { [sha256(NEW)]: Buffer.from(NEW).toString('base64') };
  return { ...identity, ...rest, wait: 20, changes: [change], contents };
}

for (const flavour of flavoursOf()) {
  const problem = scratchProblem(flavour);
  describe.skipIf(problem !== null)(
    `lines of PostgreSQL under ${flavour}${problem === null ? '' : ` (skipped: ${problem})`}`,
    { timeout: 120_000 },
    () => {
      let host: ScratchHost;
      let servers: Server[] = [];
      beforeEach(async () => {
        host = makeScratchHost(flavour);
        mkdirSync(join(host.root, 'run/postgresql'));
        await host.sh(`mkdir -m 0700 /var/lib/portcullis; mkdir -p /etc/postgresql/17/main
echo old >${HBA}; chmod 640 ${HBA}
cat >/usr/sbin/runuser <<'END'
${RUNUSER}END
chmod 755 /usr/sbin/runuser`);
      });
      afterEach(async () => {
        await Promise.all(servers.map((one) => new Promise((done) => one.close(done))));
        servers = [];
        host.destroy();
      });
      const socket = async (port: number, said?: string) => {
        const one = createServer();
        servers.push(one);
        await new Promise<void>((done) =>
          one.listen(join(host.root, `run/postgresql/.s.PGSQL.${port}`), done),
        );
        if (said !== undefined) writeFileSync(join(host.root, `fake/says-${port}`), said);
      };
      const file = async () => (await host.sh(`cat ${HBA}`)).stdout;
      const started = async () => (await startTransaction(host.transport, request())).status;

      it('are loaded where their own server reads them, whatever else listens there', async () => {
        await socket(5432, `0\nhba ${HBA}\nread\n`);
        await socket(5433, '0\nhba /srv/other/pg_hba.conf\nline 3: of another cluster\nread\n');
        await socket(5434);
        await socket(6432, '1\nERROR:  08P01\n');
        expect(await started()).toMatchObject({ state: 'APPLIED' });
        expect(await file()).toBe(NEW);
      });

      it('are taken back where their own server finds one that it cannot read', async () => {
        await socket(5432, `0\nhba ${HBA}\nline 1: invalid connection type\nread\n`);
        const status = await started();
        expect(status).toMatchObject({ state: 'ROLLED_BACK' });
        expect(status.failure).toContain('line 1: invalid connection type');
        expect(await file()).toBe('old\n');
      });

      it.each([
        ['nobody answers', []],
        ['only another cluster answers', [`0\nhba /srv/other/pg_hba.conf\nread\n`]],
        ['what answers is not whole', [`0\nhba ${HBA}\n`]],
      ])('are taken back where %s', async (_, said) => {
        await socket(5432, said[0]);
        const status = await started();
        expect(status).toMatchObject({ state: 'ROLLED_BACK' });
        expect(status.failure).toContain('no PostgreSQL that answers reads a file of this change');
        expect(await file()).toBe('old\n');
      });
    },
  );
}

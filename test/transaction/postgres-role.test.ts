// A role and the file that names its password, against a pretended server: what it was asked, and what it says at connect.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/model/errors.ts';
import type { Change } from '../../src/model/resource.ts';
import {
  commit,
  newTransaction,
  previewUndo,
  rollback,
  startTransaction,
  status,
} from '../../src/transaction/driver.ts';
import { flavoursOf, leftovers, makeScratchHost, type ScratchHost, scratchProblem } from './scratch-host.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const ENV = '/etc/demo/app.env';
const NEW_ENV = 'DB_PASSWORD=new-value\n';
const BEFORE = `md5${'a'.repeat(32)}`;
const OURS = `md5${'b'.repeat(32)}`;
const THEIRS = `md5${'c'.repeat(32)}`;

// /fake/role is the verifier; none: no such role. /fake/server-down: nobody answers. /fake/in-between comes before the row is locked.
const PSQL = `#!/bin/sh
cat >/fake/sql
cat /fake/sql >>/fake/all-sql
[ ! -e /fake/server-down ] || { echo 'psql: error: connection refused' >&2; exit 2; }
printf '%s\\n' 'WARNING:  database "postgres" has a collation version mismatch' 'DETAIL:  The database was made with another.' >&2
if ! grep -q '^ALTER' /fake/sql; then
  [ ! -e /fake/role ] || echo "v$(cat /fake/role)"
  exit 0
fi
[ ! -e /fake/in-between ] || mv /fake/in-between /fake/role
if grep -q "^SELECT .* IN (.*'$(cat /fake/role)'.*) AS expected" /fake/sql; then
  sed -n "s/^ALTER ROLE \\"app\\" PASSWORD '\\(.*\\)';/\\1/p" /fake/sql >/fake/role
  echo altered
fi
`;

function request() {
  const { token, ...identity } = newTransaction();
  const change: Change = {
    ...{ address: 'a', action: 'update', title: '', step: 'secrets', controls: [], why: '', risk: 'lockout' },
    ...{ phase: 'expand', confidence: 'predicted', effective: [] },
    base: { kind: 'file', sha256: sha256('old\n'), mode: '0644', uid: 0, gid: 0 },
    primitives: [
      { kind: 'put-file', path: ENV, sha256: sha256(NEW_ENV), mode: '0600', uid: 0, gid: 0 },
      { kind: 'postgres-role', role: 'app', hole: 'role app', sha256: sha256(OURS) },
    ],
  };
  const contents = Object.fromEntries(
    [NEW_ENV, OURS].map((text) => [sha256(text), Buffer.from(text).toString('base64')]),
  );
  const rest = { run: 'r', step: 'secrets', operator: 'ana@desk', planDigest: sha256('p'), lease: 60 };
  return { token, request: { ...identity, ...rest, wait: 20, changes: [change], contents } };
}

for (const flavour of flavoursOf()) {
  const problem = scratchProblem(flavour);
  describe.skipIf(problem !== null)(
    `a role of PostgreSQL under ${flavour}${problem === null ? '' : ` (skipped: ${problem})`}`,
    { timeout: 120_000 },
    () => {
      let host: ScratchHost;
      const role = async () => (await host.sh('cat /fake/role')).stdout.trim();
      const env = async () => (await host.sh(`cat ${ENV}`)).stdout;
      beforeEach(async () => {
        host = makeScratchHost(flavour);
        await host.sh(`mkdir -m 0700 /var/lib/portcullis; echo old >${ENV}; echo ${BEFORE} >/fake/role
cat >/usr/sbin/runuser <<'END'
${PSQL}END
cat >/usr/sbin/cp <<'END'
#!/bin/sh
/usr/bin/cp "$@"
code=$?
for last; do :; done
stat -c '%a %s' "$last" >>/fake/copies
exit $code
END
chmod 755 /usr/sbin/runuser /usr/sbin/cp`);
      });
      afterEach(() => host.destroy());

      it('is set with its file and taken back with it, whatever the server warns of at connect', async () => {
        const { request: it } = request();
        const { handle, status: applied } = await startTransaction(host.transport, it);
        expect(applied).toMatchObject({ state: 'APPLIED' });
        expect([await role(), await env()]).toEqual([OURS, NEW_ENV]);
        expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
        expect([await role(), await env()]).toEqual([BEFORE, 'old\n']);
        const { stdout } = await host.sh(`cat /fake/all-sql; ls /var/lib/portcullis/tx/${handle.id}`);
        for (const line of ["SET lock_timeout = '5s';", "SET statement_timeout = '10s';"])
          expect(stdout).toContain(line);
        expect(stdout).not.toContain('payload');
      });

      it('never has the mode of the old file on what was written', async () => {
        await startTransaction(host.transport, request().request);
        const copies = (await host.sh('cat /fake/copies')).stdout.trim().split('\n');
        expect(copies).toContain(`600 ${NEW_ENV.length}`);
        expect(copies.filter((line) => !line.startsWith('600 ') && !line.endsWith(' 0'))).toEqual([]);
        expect((await host.sh(`stat -c %a ${ENV}; ls -A /etc/demo`)).stdout).toBe('600\napp.env\n');
      });

      it('is not overwritten when somebody comes between the look and the change', async () => {
        await host.sh(`echo ${THEIRS} >/fake/in-between`);
        await startTransaction(host.transport, request().request).catch(() => undefined);
        expect([await role(), await env()]).toEqual([THEIRS, 'old\n']);
      });

      it('stays with a file that somebody edited meanwhile, and that is told', async () => {
        const { handle } = await startTransaction(host.transport, request().request);
        await host.sh(`echo mine >>${ENV}`);
        await rollback(host.transport, handle).catch(() => undefined);
        expect((await status(host.transport, handle)).exceptions).toEqual([
          `${ENV} was changed by someone else meanwhile: left as it is`,
          `the password of the role app is left as it is, because ${ENV} is not as it was`,
        ]);
        expect(await role()).toBe(OURS);
      });

      it('stays with such a file in an undo too', async () => {
        const { request: it, token } = request();
        const { handle } = await startTransaction(host.transport, it);
        await commit(host.transport, handle, token);
        expect((await host.sh(`ls /var/lib/portcullis/tx/${handle.id}`)).stdout).not.toContain('payload');
        await host.sh(`echo mine >>${ENV}`);
        expect(await previewUndo(host.transport, handle.id)).toMatchObject({
          would: [],
          left: [
            `${ENV} was changed by someone else since: left as it is`,
            `the password of the role app is left as it is, because ${ENV} is`,
          ],
        });
      });

      it('is left and named in an undo when the role is gone; its file comes back', async () => {
        const { request: it, token } = request();
        const { handle } = await startTransaction(host.transport, it);
        await commit(host.transport, handle, token);
        await host.sh('rm /fake/role');
        const { would, left } = await previewUndo(host.transport, handle.id);
        expect(would).toEqual([`restore ${ENV}`]);
        expect(left).toEqual([expect.stringMatching(/PostgreSQL has no role app$/)]);
        expect(await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({
          code: EXIT.partial,
        });
        expect(await env()).toBe('old\n');
      });

      it('is not undone while the server is down, and neither is its file: the undo after it is whole', async () => {
        const { request: it, token } = request();
        const { handle } = await startTransaction(host.transport, it);
        await commit(host.transport, handle, token);
        await host.sh(': >/fake/server-down');
        await expect(previewUndo(host.transport, handle.id)).rejects.toMatchObject({
          exitCode: EXIT.refused,
          message: expect.stringContaining('PostgreSQL does not answer'),
        });
        const undo = `sh /var/lib/portcullis/engine undo ${handle.id}`;
        expect(await host.sh(undo)).toMatchObject({ code: EXIT.refused });
        expect(await env()).toBe(NEW_ENV);
        await host.sh('rm /fake/server-down');
        expect(await host.sh(undo)).toMatchObject({ code: 0 });
        expect([await role(), await env()]).toEqual([BEFORE, 'old\n']);
      });

      it('leaves no request behind that was refused', async () => {
        const { request: it } = request();
        await expect(startTransaction(host.transport, { ...it, planDigest: 'x' })).rejects.toMatchObject({
          exitCode: EXIT.usage,
        });
        await startTransaction(host.transport, it);
        await expect(startTransaction(host.transport, request().request)).rejects.toMatchObject({
          exitCode: EXIT.locked,
        });
        expect(leftovers(host).filter((name) => name.startsWith('incoming.'))).toEqual([]);
      });
    },
  );
}

// A certificate and the file that shows it, with a pretended client that leaves what certbot leaves: made, kept, undone, taken back from every point,
// and left alone where another hand was in it.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change, Primitive } from '../../src/model/resource.ts';
import { threeWayRows } from '../../src/report/three-way.ts';
import { sidesOf } from '../../src/session/sides.ts';
import {
  commit,
  newTransaction,
  previewUndo,
  rollback,
  startTransaction,
  status,
} from '../../src/transaction/driver.ts';
import { orderOperations, renderRequest } from '../../src/transaction/request.ts';
import { makeScratchHost, picture, type ScratchHost, scratchProblem } from './scratch-host.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const SITE = '/etc/demo/site.conf';
const SHOWN = 'ssl_certificate /etc/letsencrypt/live/shop.example/fullchain.pem;\n';

// An account, a lineage, a log that goes on in the same file (Debian's own setting) or is rotated, an answer in the web server's folder while it works.
const CERTBOT = `#!/bin/sh
set -e
printf '%s\\n' "$*" >>/fake/asked
name=$(printf '%s\\n' "$*" | sed 's/.*--cert-name \\([^ ]*\\).*/\\1/')
umask 022
mkdir -p /var/log/letsencrypt /var/lib/letsencrypt
grep -q 'max-log-backups = 0' /etc/letsencrypt/cli.ini || mv /var/log/letsencrypt/letsencrypt.log /var/log/letsencrypt/letsencrypt.log.1
echo "asked for $name" >>/var/log/letsencrypt/letsencrypt.log
cd /etc/letsencrypt
mkdir -p -m 0700 accounts/ca archive live renewal renewal-hooks/deploy
[ -f accounts/ca/private_key.json ] || { echo account >accounts/ca/private_key.json; chmod 400 accounts/ca/private_key.json; }
mkdir -p /srv/www/.well-known/acme-challenge
echo answer >/srv/www/.well-known/acme-challenge/tOken_-1
[ ! -e /fake/dies ] || kill -9 $PPID $$
if [ -e /fake/fails ]; then
  printf 'Saving debug log to x\\nCertbot failed to authenticate some domains\\n  Detail: \\033[31mrateLimited\\n' >&2
  rm -r /srv/www/.well-known
  exit 1
fi
rm -r /srv/www/.well-known
mkdir -p archive/$name live/$name
n=$(($(ls archive/$name | wc -l) / 2 + 1))
for part in fullchain privkey; do
  echo "$part $name $n" >archive/$name/$part$n.pem
  ln -sfn ../../archive/$name/$part$n.pem live/$name/$part.pem
done
echo "version $n" >renewal/$name.conf.new && mv renewal/$name.conf.new renewal/$name.conf
`;

const issue = (name: string, known = false): Primitive => ({
  ...{ kind: 'certbot-issue', name, names: [name, `www.${name}`], webroot: '/srv/www' },
  ...{ server: 'https://ca.example:14000/dir', email: 'ops@shop.example', known },
});
const put: Primitive = { kind: 'put-file', path: SITE, sha256: sha256(SHOWN), mode: '0644', uid: 0, gid: 0 };

function request(...more: Primitive[]) {
  const { token, ...identity } = newTransaction();
  const change: Change = {
    ...{ address: 'a', action: 'update', title: '', step: 'tls', controls: [], why: '', risk: 'service' },
    ...{ phase: 'expand', confidence: 'predicted', effective: [] },
    base: { kind: 'file', sha256: sha256('old\n'), mode: '0644', uid: 0, gid: 0 },
    primitives: [put, ...(more.length === 0 ? [issue('shop.example')] : more)],
  };
  const contents = { [sha256(SHOWN)]: Buffer.from(SHOWN).toString('base64') };
  const rest = { run: 'r', step: 'tls', operator: 'ana@desk', planDigest: sha256('p'), lease: 60 };
  return { token, request: { ...identity, ...rest, wait: 30, changes: [change], contents } };
}

describe('the request', () => {
  it('asks for certificates before the files that show them, in one line of data', () => {
    const { request: it } = request();
    expect(orderOperations(it.changes).map(({ primitive }) => primitive.kind)).toEqual([
      'certbot-issue',
      'put-file',
    ]);
    const encoded = (text: string) => Buffer.from(text).toString('base64');
    expect(renderRequest(it)).toContain(
      `op certbot-issue shop.example ${encoded('/srv/www')} ${encoded('shop.example,www.shop.example')} ${encoded('https://ca.example:14000/dir')} ${encoded('ops@shop.example')} new\n`,
    );
  });
});

const problem = scratchProblem('dash');
describe.skipIf(problem !== null)('a certificate by certbot', { timeout: 120_000 }, () => {
  let host: ScratchHost;
  let before: string;
  const world = async () =>
    `${await picture(host)}${(await host.sh('cd / && find var/log var/lib/letsencrypt srv -type f -exec sha256sum {} + -o -type d 2>/dev/null | sort; find var/log srv | sort')).stdout}`;
  beforeEach(async () => {
    host = makeScratchHost('dash');
    await host.sh(`mkdir -m 0700 /var/lib/portcullis; echo old >${SITE}; mkdir -p /srv/www /etc/letsencrypt /var/log/letsencrypt; echo 'max-log-backups = 0' >/etc/letsencrypt/cli.ini
echo earlier >/var/log/letsencrypt/letsencrypt.log; echo oldest >/var/log/letsencrypt/letsencrypt.log.1
# A link of the client from one of its own folders to another.
mkdir -p /etc/letsencrypt/accounts/one && ln -s /etc/letsencrypt/accounts/one /etc/letsencrypt/accounts/two
cat >/usr/sbin/certbot <<'END'
${CERTBOT}END
cat >/usr/sbin/openssl <<'END'
#!/bin/sh
echo one
END
chmod 755 /usr/sbin/certbot /usr/sbin/openssl`);
    before = await world();
  });
  afterEach(() => host.destroy());

  const threeWays = async (id: string): Promise<readonly string[]> =>
    threeWayRows(await sidesOf(host.transport, [id]), [{ id, step: 'tls' }]).map(({ text }) => text);

  it('is asked for without a secret, and taken back to the byte', async () => {
    const { handle, status: applied } = await startTransaction(host.transport, request().request);
    expect(applied).toMatchObject({ state: 'APPLIED' });
    expect((await host.sh('cat /fake/asked')).stdout).toBe(
      'certonly --config-dir /etc/letsencrypt --work-dir /var/lib/letsencrypt --logs-dir /var/log/letsencrypt --non-interactive --agree-tos --webroot --webroot-path /srv/www --preferred-challenges http --cert-name shop.example --domains shop.example,www.shop.example --renew-with-new-domains --no-eff-email --email ops@shop.example --server https://ca.example:14000/dir\n',
    );
    expect((await host.sh(`cat ${SITE} /etc/letsencrypt/live/shop.example/privkey.pem`)).stdout).toBe(
      `${SHOWN}privkey shop.example 1\n`,
    );
    expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(await world()).toBe(before);
    expect((await host.sh(`ls /var/lib/portcullis/tx/${handle.id}`)).stdout).not.toContain('tree-');
  });

  it('that is refused is told in the client’s words, without its colours, and nothing stays', async () => {
    await host.sh(': >/fake/fails');
    const failed = await startTransaction(host.transport, request().request).catch((error: unknown) => error);
    expect(String(JSON.stringify(failed) + String(failed))).toMatch(
      /got no certificate for shop\.example: Certbot failed to authenticate some domains Detail: \?\[31mrateLimited/,
    );
    expect(await world()).toBe(before);
  });

  it.each(['op-1-before-issue', 'op-1-after-issue', 'op-2-after-rename'])(
    'is taken back from %s',
    async (point) => {
      await host.sh(
        `printf '${point} exit\\n' >/var/lib/portcullis/faults; chmod 600 /var/lib/portcullis/faults`,
      );
      const { handle } = await startTransaction(host.transport, { ...request().request, wait: 3 });
      await rollback(host.transport, handle);
      expect(await world()).toBe(before);
    },
  );

  it('is taken back with its answers when the client was killed in its midst', async () => {
    await host.sh(': >/fake/dies');
    const { handle } = await startTransaction(host.transport, { ...request().request, wait: 3 });
    await rollback(host.transport, handle);
    expect(await world()).toBe(before);
  });

  it('of two sites, and one that is renewed, is kept and undone to the byte', async () => {
    await host.sh(
      'certbot certonly --cert-name old.example; rm /fake/asked; echo x >/etc/letsencrypt/cli.ini',
    );
    before = await world();
    const { request: it, token } = request(issue('shop.example'), issue('old.example', true));
    const { handle, status: applied } = await startTransaction(host.transport, it);
    expect(applied).toMatchObject({ state: 'APPLIED' });
    await commit(host.transport, handle, token);
    expect((await host.sh('cat /etc/letsencrypt/live/old.example/privkey.pem')).stdout).toBe(
      'privkey old.example 2\n',
    );
    expect((await previewUndo(host.transport, handle.id)).would).toEqual([
      `restore ${SITE}`,
      'take away what certbot made for old.example',
    ]);
    // The three ways promise what the undo below does.
    const told = await threeWays(handle.id);
    expect(told).toContain('Then, on the host: take away what certbot made for old.example');
    expect(told.filter((text) => text.startsWith('Changed'))).toEqual([]);
    expect(await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({ code: 0 });
    expect(await world()).toBe(before);
    // Neither has a key left, so the undo itself cannot be undone, and says so.
    expect((await host.sh('find /var/lib/portcullis -path "*/tree-*"')).stdout).toBe('');
    const undo = (await host.sh('ls /var/lib/portcullis/tx | grep console')).stdout.trim();
    await expect(previewUndo(host.transport, undo)).rejects.toMatchObject({
      message: expect.stringContaining('is gone for good'),
    });
  });

  it('is looked at without a trace, and a look that could not compare says so', async () => {
    const { request: it, token } = request();
    const { handle } = await startTransaction(host.transport, it);
    await commit(host.transport, handle, token);
    const record = async () =>
      (await host.sh("find /var/lib/portcullis/tx -printf '%p %s %T@ %C@\n' | sort")).stdout;
    const untouched = await record();
    expect((await previewUndo(host.transport, handle.id)).would).toContain(
      'take away what certbot made for shop.example',
    );
    expect(await record()).toBe(untouched);
    await host.sh(`rm /var/lib/portcullis/tx/${handle.id}/tree-1/before`);
    expect((await previewUndo(host.transport, handle.id)).left).toEqual([
      'what certbot made for shop.example could not be compared with what was there: left as it is',
    ]);
  });

  it('is taken back by a second try when the first was stopped between a copy and its rename', async () => {
    const { handle } = await startTransaction(host.transport, request().request);
    await host.sh(
      "printf 'tree-before-rename exit\n' >/var/lib/portcullis/faults; chmod 600 /var/lib/portcullis/faults",
    );
    await rollback(host.transport, handle).catch(() => undefined);
    const half = `letsencrypt.log.portcullis-${handle.id}~`;
    expect((await host.sh('ls /var/log/letsencrypt')).stdout).toContain(half);
    expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(await world()).toBe(before);
  });

  it('that is urgent has a checkpoint that is read again', async () => {
    const { handle } = await startTransaction(host.transport, { ...request().request, urgent: true });
    const state = async () => (await status(host.transport, handle)).state;
    await expect
      .poll(state, { timeout: 60_000, interval: 300 })
      .not.toMatch(/^(PREPARED|ARMED|APPLYING|ROLLING_BACK)$/);
    expect(await state()).toBe('APPLIED');
    expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(await world()).toBe(before);
  });

  it('that was renewed since, or whose site somebody edited, is left and named', async () => {
    const { request: it, token } = request();
    const { handle } = await startTransaction(host.transport, it);
    await commit(host.transport, handle, token);
    await host.sh(`echo mine >>${SITE}`);
    expect(await previewUndo(host.transport, handle.id)).toMatchObject({
      would: [],
      left: [
        expect.stringContaining(SITE),
        `what certbot made for shop.example is left as it is, because ${SITE} is`,
      ],
    });
    expect(await threeWays(handle.id)).toContain(
      `what certbot made for shop.example is left as it is, because ${SITE} is`,
    );
    await host.sh('certbot certonly --cert-name shop.example');
    expect((await previewUndo(host.transport, handle.id)).left[1]).toContain('changed since (renewed?)');
  });

  it('stays with a site that somebody edited meanwhile, and that is told', async () => {
    const { handle } = await startTransaction(host.transport, request().request);
    await host.sh(`echo mine >>${SITE}`);
    await rollback(host.transport, handle).catch(() => undefined);
    expect((await status(host.transport, handle)).exceptions).toEqual([
      `${SITE} was changed by someone else meanwhile: left as it is`,
      `what certbot made is left as it is, because ${SITE} is not as it was`,
    ]);
    expect((await host.sh('ls /etc/letsencrypt/live')).stdout).toBe('shop.example\n');
  });

  it.each([
    [
      'a certificate that came meanwhile',
      'certbot certonly --cert-name shop.example',
      /what certbot knows of shop\.example changed/,
    ],
    ['a client that is gone', 'rm /usr/sbin/certbot', /has no certbot/],
    [
      'a folder that is a link',
      'mv /etc/letsencrypt /srv/le && ln -s /srv/le /etc/letsencrypt',
      /\/etc\/letsencrypt is a link to \/srv\/le: what certbot would make behind it could not be taken back; make it a folder/,
    ],
    [
      'a folder of its folder that is one',
      'mkdir /srv/archive && ln -s /srv/archive /etc/letsencrypt/archive',
      /\/etc\/letsencrypt\/archive is a link to \/srv\/archive/,
    ],
    [
      'a folder of its logs that leads nowhere',
      'rm -r /var/log/letsencrypt && ln -s /nowhere /var/log/letsencrypt',
      /\/var\/log\/letsencrypt is a link to \/nowhere/,
    ],
  ])('is stale by %s', async (_, change, words) => {
    await host.sh(change);
    const failed = await startTransaction(host.transport, request().request).catch((error: unknown) => error);
    expect(JSON.stringify(failed)).toMatch(words);
    expect((await host.sh('cat /fake/asked')).stdout).not.toContain('--webroot');
  });

  it.each([
    { name: '../x' },
    { names: ['a b'] },
    { webroot: '/srv/../etc' },
    { server: 'http://ca.example/dir' },
    { server: 'https://ca.example/dir --x' },
    { email: '-x@a.b' },
  ])('is refused as a request with %o', async (odd) => {
    const { request: it } = request({ ...issue('shop.example'), ...odd } as Primitive);
    await expect(startTransaction(host.transport, it)).rejects.toMatchObject({
      message: expect.stringContaining('not valid'),
    });
    expect(await world()).toBe(before);
  });
});

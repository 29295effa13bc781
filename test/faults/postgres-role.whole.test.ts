// Power cuts while the password of a PostgreSQL role is changed under a live application, at named points of the engine. The oracle: whatever
// the file says opens the database, and the application serves with it; all of it old, or all of it new, and old unless it was kept.
import { stat } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { type Cli, cliFor, until } from '../lab/cli-kit.ts';
import { describeLab, useHost } from '../lab/harness.ts';
import {
  ENV_FILE,
  ENV_TEXT,
  INVENTORY,
  OLD_PASSWORD,
  opens,
  plantApplication,
  untilServed,
} from '../lab/secrets-kit.ts';

const WORDS = ['--set', `secrets.inventory=${INVENTORY.join(',')}`, '--recheck', 'none'];
const ROTATE = ['rotate', 'DB_PASSWORD', '--yes', ...WORDS];
const VERIFIER = `runuser -u postgres -- psql -XAtqc "select rolpassword from pg_authid where rolname = 'app'"`;

// The file is the first operation, the role the second, the restart of the application the third.
const APPLYING = ['--lease', '60s'];
/** Nobody keeps it, so the host takes it back, and its power goes again. */
const TAKING_BACK = ['--lease', '5s', '--confirm', 'manual'];
const POINTS: readonly (readonly [string, readonly string[], readonly ('OLD' | 'NEW')[]])[] = [
  ['op-1-after-done', APPLYING, ['OLD']],
  ['op-2-before-alter', APPLYING, ['OLD']],
  ['op-2-after-alter', APPLYING, ['OLD']],
  ['op-2-after-done', APPLYING, ['OLD']],
  ['state-APPLIED-after', APPLYING, ['OLD']],
  ['undo-2-before', TAKING_BACK, ['OLD']],
  ['undo-2-after', TAKING_BACK, ['OLD']],
  ['disarm-marker', APPLYING, ['OLD', 'NEW']],
];

await describeLab('power cuts while a database password is changed', () => {
  const host = useHost({ image: 'trixie-services' });
  let cli: Cli;
  let verifier: string;
  const verifierNow = async () => (await host().console(VERIFIER)).stdout;
  const isThere = (path: string) =>
    stat(`/proc/${host().leader}/root/var/lib/portcullis/${path}`).then(
      () => true,
      () => false,
    );

  beforeAll(async () => {
    cli = await cliFor(host);
    await plantApplication(host());
    const { code, stderr } = await host().console(
      "sed -i '/^Environment=/d' /etc/systemd/system/app.service; systemctl daemon-reload; systemctl enable postgresql; systemctl restart app; sync",
    );
    expect(code, stderr).toBe(0);
    await untilServed(host());
    verifier = await verifierNow();
  }, 120_000);

  async function cutAt(point: string, words: readonly string[]): Promise<void> {
    const faults =
      'mkdir -p -m 0700 /var/lib/portcullis; rm -rf /var/lib/portcullis/fault-stamps; umask 077; cat >/var/lib/portcullis/faults';
    await host().console(faults, { stdin: `${point} hang\n` });
    const { child, ended } = await cli.start('secrets', ...ROTATE, ...words);
    try {
      await until(() => isThere(`fault-stamps/${point}`), 120_000);
      await host().powerCut();
    } finally {
      child.kill('SIGKILL');
      await ended.catch(() => undefined);
    }
    await host().boot({ timeout: 120_000 });
    await host().settled();
    // A lock of what had ended already does nothing: the next run takes it away, below.
    await until(async () => !(await isThere('armed')), 120_000);
    await host().console('rm -rf /var/lib/portcullis/faults /var/lib/portcullis/fault-stamps');
  }

  it.each(POINTS)(
    'at %s',
    async (point, words, ends) => {
      await cutAt(point, words);
      await untilServed(host());
      const text = await host().readFile(ENV_FILE);
      const end = text === ENV_TEXT ? 'OLD' : 'NEW';
      expect(ends).toContain(end);
      if (end === 'NEW') {
        const fresh = /^DB_PASSWORD="?([A-Za-z0-9]{32})"?$/m.exec(text)?.[1] ?? '';
        expect([await opens(host(), fresh), await opens(host(), OLD_PASSWORD)]).toEqual([true, false]);
        const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
        expect(undone.code, undone.stderr).toBe(0);
        await untilServed(host());
        expect(await host().readFile(ENV_FILE)).toBe(ENV_TEXT);
      }
      expect([await verifierNow(), await opens(host(), OLD_PASSWORD)]).toEqual([verifier, true]);
      process.stderr.write(`postgres-role: power cut at ${point} → ${end}\n`);
    },
    300_000,
  );
});

// The driver over real logins: root, and a sudo user with a password; proved and kept over a second login.
import { expect, it } from 'vitest';
import { LAB_PASSWORD } from '../../src/lab/images.ts';
import type { Transport } from '../../src/model/target.ts';
import { Secret } from '../../src/text/secret.ts';
import {
  commit,
  proveFresh,
  readOpen,
  rollback,
  startTransaction,
  status,
} from '../../src/transaction/driver.ts';
import { openTransport } from '../../src/transport/index.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { requestOf } from './transaction-kit.ts';
import { demoPlan, furnishDemo, prepareDemo } from './transaction-plan.ts';

await describeLab('a transaction over ssh', () => {
  const host = useHost({ image: 'trixie', prepare: prepareDemo });

  it.each(onImages('ana', 'root'))(
    'as %s is applied, proved and kept within six exchanges and one more login',
    async (user) => {
      if (user === onImages('ana', 'root')[0]) await furnishDemo(host());
      const transport: Transport = await openTransport({
        target: { name: host().name, kind: 'ssh', host: host().address, user },
        identity: host().keyFile,
        knownHosts: host().knownHostsFile,
        sudo: 'auto',
        requireRoot: true,
        stateDir: `${host().keyFile}-state`,
        ask: async (question) =>
          question.kind === 'sudo-password'
            ? { kind: 'secret', secret: new Secret(LAB_PASSWORD) }
            : { kind: 'decline' },
      });
      try {
        const before = transport.counts();
        const plan = await demoPlan(host(), user);
        const { request, token } = requestOf({ ...plan, lease: 60 });
        const { handle, status: applied } = await startTransaction(transport, request);
        expect(applied.state).toBe('APPLIED');
        const fresh = await transport.fresh();
        expect(await proveFresh(fresh, handle)).toMatchObject({ state: 'APPLIED' });
        expect(await commit(fresh, handle, token)).toMatchObject({ kind: 'committed' });
        const exchanges = transport.counts().exchanges - before.exchanges + fresh.counts().exchanges;
        expect(exchanges).toBeLessThanOrEqual(6);
        await fresh.close();
        expect(await host().console(plan.check)).toMatchObject({ code: 0 });
        // No secret in what is left on the host: neither the token nor the password.
        const marks = [token.open().toString(), LAB_PASSWORD];
        for (const mark of marks) {
          const found = await host().console(
            'grep -rlF -e "$1" /var/lib/portcullis /etc/systemd /run/systemd; journalctl --no-pager | grep -cF -e "$1"',
            { args: [mark] },
          );
          expect(found.stdout).toBe('0\n');
        }
        expect(await host().console(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({
          code: 0,
        });
      } finally {
        await transport.close();
      }
    },
  );

  it('is found and taken back from another login after the first one was lost', async () => {
    const open = () =>
      openTransport({
        target: { name: host().name, kind: 'ssh', host: host().address, user: 'root' },
        identity: host().keyFile,
        knownHosts: host().knownHostsFile,
        sudo: 'none',
        requireRoot: true,
        stateDir: `${host().keyFile}-state`,
        ask: async () => ({ kind: 'decline' }),
      });
    const first = await open();
    const { request } = requestOf({ ...(await demoPlan(host())), lease: 60 });
    const { handle } = await startTransaction(first, request);
    await first.close();
    const second = await open();
    expect(await readOpen(second)).toMatchObject({ id: handle.id, state: 'APPLIED' });
    expect(await rollback(second, handle)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(await readOpen(second)).toBeUndefined();
    expect((await status(second, handle)).final).toBe(true);
    await second.close();
  });
});

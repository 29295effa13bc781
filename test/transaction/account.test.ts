// Accounts: made, kept, undone, taken back from every point, and by name where another hand was in the same tables.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AccountEdit } from '../../src/model/account.ts';
import type { Change, Primitive } from '../../src/model/resource.ts';
import { commit, newTransaction, rollback, startTransaction } from '../../src/transaction/driver.ts';
import { orderOperations, renderRequest } from '../../src/transaction/request.ts';
import {
  flavoursOf,
  leftovers,
  makeScratchHost,
  picture,
  type ScratchHost,
  scratchProblem,
} from './scratch-host.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const KEY = 'ssh-ed25519 AAAA bea\n';
const change = (...primitives: Primitive[]): Change => ({
  ...{ address: 'a', action: 'update', title: '', step: 'rbac', controls: [], why: '', risk: 'lockout' },
  ...{ phase: 'expand', confidence: 'predicted', effective: [] },
  primitives,
});
const lines = (table: 'passwd' | 'shadow' | 'group' | 'gshadow', ...edits: AccountEdit[]): Primitive => ({
  kind: 'account-lines',
  table,
  edits,
});
const add = (line: string): AccountEdit => ({ do: 'add', line });

/** bea comes, ana joins a group and ends on a day, bob's empty password is closed. */
const PEOPLE: readonly Change[] = [
  change({
    ...{ kind: 'make-home', path: '/home/bea', uid: 1001, gid: 1001, mode: '0750', sha256: sha256(KEY) },
  }),
  change(
    lines(
      'group',
      add('bea:x:1001:'),
      { do: 'join', name: 'staff', member: 'ana' },
      add('team:x:999:ana,bea'),
    ),
    lines('passwd', add('bea:x:1001:1001::/home/bea:/bin/sh')),
    lines(
      'shadow',
      add('bea:*:20000:0:99999:7:::'),
      { do: 'expire', name: 'ana', from: null, to: 30_000 },
      { do: 'close', name: 'bob' },
    ),
  ),
];

const TABLES = `printf 'root:x:0:0::/root:/bin/sh\\nana:x:1000:1000::/home/ana:/bin/sh\\nbob:x:1005:1005::/:/bin/sh\\n+::::::' >/etc/passwd
printf 'root:x:0:\\nstaff:x:50:bob\\nana:x:1000:\\n' >/etc/group
printf 'root:*:1:0:9:7:::\\nana:$y$secret:1:0:9:7:::\\nbob::1:0:9:7:::\\n' >/etc/shadow
chown 0:42 /etc/shadow; chmod 640 /etc/shadow; chmod 644 /etc/passwd /etc/group
mkdir -p /etc/skel/.config; echo x >/etc/skel/.profile; mkdir /home; mkdir -p -m 0700 /var/lib/portcullis`;

function request(changes: readonly Change[] = PEOPLE) {
  const { token, ...identity } = newTransaction();
  const rest = { run: 'r', step: 'rbac', operator: 'ana@desk', planDigest: sha256('p'), lease: 60, wait: 20 };
  const contents = { [sha256(KEY)]: Buffer.from(KEY).toString('base64') };
  return { token, request: { ...identity, ...rest, changes, contents } };
}

/** Root folder of a process; undefined when it is gone. */
function rootOf(id: string): string | undefined {
  try {
    return readlinkSync(`/proc/${id}/root`);
  } catch {
    return undefined;
  }
}

describe('the request', () => {
  it('has tables first, then homes, and carries no hash of a password', () => {
    expect(orderOperations(PEOPLE).map(({ primitive }) => primitive.kind)).toEqual([
      ...['account-lines', 'account-lines', 'account-lines', 'make-home'],
    ]);
    const text = renderRequest(request().request);
    const edits = Buffer.from(/op account-lines shadow (\S+)/.exec(text)?.[1] ?? '', 'base64').toString();
    expect(edits).toBe('add bea:*:20000:0:99999:7:::\nexpire ana - 30000\nclose bob');
  });
});

for (const flavour of flavoursOf()) {
  const problem = scratchProblem(flavour);
  describe.skipIf(problem !== null)(
    `accounts under ${flavour}${problem === null ? '' : ` (skipped: ${problem})`}`,
    { timeout: 120_000 },
    () => {
      let host: ScratchHost;
      let old: string;
      const whole = async () => `${await picture(host)}${(await host.sh('find /home | sort')).stdout}`;
      const stamps = () => {
        const folder = join(host.root, 'var/lib/portcullis/fault-stamps');
        return existsSync(folder) ? readdirSync(folder) : [];
      };
      beforeEach(async () => {
        host = makeScratchHost(flavour);
        const made = await host.sh(TABLES);
        expect(made.stderr).toBe('');
        old = await whole();
      });
      afterEach(() => host.destroy());

      it('are made line by line, kept, and undone to the byte', async () => {
        const { request: it, token } = request();
        const { handle, status } = await startTransaction(host.transport, it);
        expect(status, JSON.stringify(status)).toMatchObject({ state: 'APPLIED' });
        expect((await host.sh('cat /etc/passwd')).stdout).toMatch(
          /\nbea:x:1001:1001::\/home\/bea:\/bin\/sh\n\+::::::\n$/,
        );
        expect((await host.sh('cat /etc/group')).stdout).toBe(
          'root:x:0:\nstaff:x:50:bob,ana\nana:x:1000:\nbea:x:1001:\nteam:x:999:ana,bea\n',
        );
        expect((await host.sh('cat /etc/shadow; stat -c "%a %u:%g" /etc/shadow')).stdout).toBe(
          'root:*:1:0:9:7:::\nana:$y$secret:1:0:9:7::30000:\nbob:!:1:0:9:7:::\nbea:*:20000:0:99999:7:::\n640 0:42\n',
        );
        expect(
          (
            await host.sh(
              "cd /home/bea && stat -c '%n %a %u:%g' . .profile .config .ssh .ssh/authorized_keys && cat .ssh/*",
            )
          ).stdout,
        ).toBe(
          `. 750 1001:1001\n.profile 600 1001:1001\n.config 700 1001:1001\n.ssh 700 1001:1001\n.ssh/authorized_keys 600 1001:1001\n${KEY}`,
        );
        expect(await commit(host.transport, handle, token)).toMatchObject({ kind: 'committed' });
        const open = "find /var/lib/portcullis -type f ! -perm 0600 ! -name 'engine*' ! -path '*/keep/*'";
        expect((await host.sh(`${open} -exec grep -l secret {} +`)).stdout).toBe('');
        expect(leftovers(host)).toEqual([]);
        expect(await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({ code: 0 });
        expect(await whole()).toBe(old);
      });

      it('refuses a host where an edit does not fit any more, and lines that it must not write', async () => {
        const stale = async (changes: readonly Change[], exitCode: number) => {
          await expect(startTransaction(host.transport, request(changes).request)).rejects.toMatchObject({
            exitCode,
          });
          expect(await whole()).toBe(old);
        };
        await stale([change(lines('passwd', add('ana:x:1001:1001::/home/bea:/bin/sh')))], 7);
        await stale([change(lines('group', { do: 'join', name: 'staff', member: 'bob' }))], 7);
        await stale([change(lines('shadow', { do: 'expire', name: 'ana', from: 5, to: 6 }))], 7);
        await stale([change(lines('shadow', { do: 'close', name: 'ana' }))], 7);
        await stale([change(lines('passwd', add('eve:x:0:0::/root:/bin/sh')))], 64);
        await stale([change(lines('shadow', add('eve:$y$hash:1:0:9:7:::')))], 64);
        await stale(
          [change({ kind: 'make-home', path: '/etc/skel', uid: 1, gid: 1, mode: '0750', sha256: null })],
          7,
        );
      });

      it('refuses names and numbers that only a directory knows', async () => {
        const folder = join(host.root, flavour === 'dash' ? 'fake/sbin' : 'usr/sbin');
        const refused = async (directory: string) => {
          const text = `#!/bin/sh\ncase "$1 $2" in ${directory} ;; *) exit 2 ;; esac\n`;
          writeFileSync(join(folder, 'getent'), text, { mode: 0o755 });
          const failure = await startTransaction(host.transport, request().request).catch((error) => error);
          expect(await whole()).toBe(old);
          return `${failure.exitCode} ${failure.message} ${JSON.stringify(failure)}`;
        };
        expect(await refused('"passwd bea")')).toMatch(/^7 .*bea is known already/);
        expect(await refused('"passwd 1001")')).toMatch(/^7 .*the number 1001 belongs to somebody/);
        expect(await refused('"group 999")')).toMatch(/^7 .*the number 999 belongs to somebody/);
        expect(await refused('"group team") exit 1')).toMatch(/^7 .*could not say whether it is free/);
      });

      it('waits for whoever locked the tables, and refuses when that takes too long', async () => {
        writeFileSync(join(host.root, 'etc/.pwd.lock'), '');
        old = await whole();
        const holder = spawn('flock', [join(host.root, 'etc/.pwd.lock'), 'sleep', '60'], { detached: true });
        try {
          await vi.waitFor(() => expect(readFileSync('/proc/locks', 'utf8')).toContain(` ${holder.pid} `));
          await expect(startTransaction(host.transport, request().request)).rejects.toThrow(/.pwd.lock/);
          expect(await whole()).toBe(old);
        } finally {
          process.kill(-(holder.pid ?? 0), 'SIGKILL');
        }
        const { status } = await startTransaction(host.transport, request().request);
        expect(status).toMatchObject({ state: 'APPLIED' });
      });

      it('loses nothing that another hand writes while our lines are taken out', async () => {
        const { handle } = await startTransaction(host.transport, request().request);
        await host.sh(
          `echo 'eve:x:1002:' >>/etc/group; umask 077; echo 'undo-1-before stop' >/var/lib/portcullis/faults`,
        );
        const end = rollback(host.transport, handle);
        await vi.waitFor(() => expect(stamps()).toEqual(['undo-1-before']), {
          timeout: 30_000,
          interval: 50,
        });
        const stopped = () =>
          readdirSync('/proc').filter(
            (id) =>
              /^\d+$/.test(id) &&
              rootOf(id) === host.root &&
              / T /.test(readFileSync(`/proc/${id}/stat`, 'utf8')),
          );
        await vi.waitFor(() => expect(stopped()).not.toEqual([]), { timeout: 30_000, interval: 50 });
        await host.sh(`echo 'zoe:x:1003:' >>/etc/group`);
        for (const id of stopped()) process.kill(Number(id), 'SIGCONT');
        expect(await end).toMatchObject({ state: 'ROLLED_BACK' });
        expect((await host.sh('cat /etc/group')).stdout).toBe(
          'root:x:0:\nstaff:x:50:bob\nana:x:1000:\neve:x:1002:\nzoe:x:1003:\n',
        );
      });

      it('takes its own lines out where another hand changed the tables meanwhile', async () => {
        const { handle } = await startTransaction(host.transport, request().request);
        await host.sh(
          `sed -i 's/^ana:[^:]*/ana:new/' /etc/shadow; echo 'eve:x:1002:1002::/:/bin/sh' >>/etc/passwd`,
        );
        const end = await rollback(host.transport, handle);
        expect(end).toMatchObject({ state: 'ROLLED_BACK' });
        expect(end.exceptions.join('\n')).toMatch(
          /shadow was changed by someone else meanwhile: our lines were taken out/,
        );
        expect((await host.sh('cat /etc/shadow /etc/group')).stdout).toBe(
          'root:*:1:0:9:7:::\nana:new:1:0:9:7:::\nbob::1:0:9:7:::\nroot:x:0:\nstaff:x:50:bob\nana:x:1000:\n',
        );
        expect((await host.sh('cat /etc/passwd')).stdout).toMatch(/bob.*\n\+::::::\neve:x:1002/);
        expect((await host.sh('ls /home')).stdout).toBe('');
      });

      it('undoes by name what was kept and changed since, and leaves a home that is lived in', async () => {
        const { request: it, token } = request();
        const { handle } = await startTransaction(host.transport, it);
        await commit(host.transport, handle, token);
        await host.sh(
          `sed -i 's/^bob:!/bob:$6$own/' /etc/shadow; echo 'eve:x:1002:' >>/etc/group; echo mine >/home/bea/note`,
        );
        const undone = await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`);
        expect(undone.code).toBe(9);
        expect((await host.sh('cat /etc/group')).stdout).toBe(
          'root:x:0:\nstaff:x:50:bob\nana:x:1000:\neve:x:1002:\n',
        );
        expect((await host.sh('cat /home/bea/note; cat /etc/shadow')).stdout).toMatch(
          /mine\n[\s\S]*bob:\$6\$own/,
        );
      });

      const points =
        flavour === 'dash'
          ? [
              ...['snapshot-3', 'op-1-before-rename', 'op-2-after-rename', 'op-3-after-rename'],
              ...['op-4-after-skeleton', 'op-4-before-rename', 'op-4-after-rename'],
            ]
          : ['op-4-after-rename'];
      it.each([...points.map((at) => [at, 'kill']), ['op-4-before-rename', 'enospc']])(
        'end as they were when at %s comes %s',
        async (at, kind) => {
          await host.sh(`umask 077; printf '%s\\n' '${at} ${kind}' >/var/lib/portcullis/faults`);
          const handle = await startTransaction(host.transport, { ...request().request, wait: 3 }).then(
            (started) => started.handle,
            () => undefined,
          );
          await vi.waitFor(() => expect(stamps()).toEqual([at]), { timeout: 30_000, interval: 50 });
          await host.sh('rm -f /var/lib/portcullis/faults');
          if (handle !== undefined) await rollback(host.transport, handle).catch(() => undefined);
          else
            await host.sh(
              'for t in /var/lib/portcullis/tx/*; do sh /var/lib/portcullis/engine rollback "$(basename "$t")"; done',
            );
          expect(await whole()).toBe(old);
        },
      );

      it.each(
        flavour === 'dash'
          ? ['undo-3-before', 'undo-3-after', 'undo-4-before', 'undo-4-after']
          : ['undo-4-before'],
      )('are taken back when taking back is killed at %s', async (at) => {
        const { handle } = await startTransaction(host.transport, request().request);
        await host.sh(`umask 077; printf '%s\\n' '${at} kill' >/var/lib/portcullis/faults`);
        await rollback(host.transport, handle).catch(() => undefined);
        expect(stamps()).toEqual([at]);
        expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
        expect(await whole()).toBe(old);
      });
    },
  );
}

// The tests are tested: each guarantee has a scenario that gives the problems it found; with the engine as it is there
// are none, with the guarantee taken out of the engine's text there are.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/lab/host.ts';
import { commit, readOpen, rollback, startTransaction, status } from '../../src/transaction/driver.ts';
import { type Engine, engineOf, hostEngine } from '../../src/transaction/engine.ts';
import { describeLab, useHost } from './harness.ts';
import { baseOf, consoleTransport, putFile, reloadSshd, requestOf } from './transaction-kit.ts';

const PATH = '/etc/ssh/sshd_config.d/00-portcullis.conf';
const NEW = '# new\nMaxAuthTries 3\n';

/** The engine without one of its guarantees. Throws when the text it cuts out is not there. */
function without(...cuts: readonly (readonly [string, string])[]): Engine {
  let { text } = hostEngine();
  for (const [old, replacement] of cuts) {
    if (text.split(old).length !== 2) throw new Error(`not exactly once in the engine: ${old}`);
    text = text.replace(old, () => replacement);
  }
  return engineOf(text);
}

async function smallPlan(host: Host, lease: number) {
  const changes = [putFile({ path: PATH, content: NEW, base: await baseOf(host, PATH) }), reloadSshd()];
  return requestOf({ changes, contents: [NEW], lease });
}

const isNew = async (host: Host) => (await host.console('[ -e "$1" ]', { args: [PATH] })).code === 0;

/** A commit that comes after the host has taken the change back. */
async function lateCommit(host: Host, engine: Engine): Promise<string[]> {
  const transport = consoleTransport(host);
  const { request, token } = await smallPlan(host, 30);
  const { handle } = await startTransaction(transport, request, engine);
  await rollback(transport, handle);
  const answer = await commit(transport, handle, token);
  const problems: string[] = [];
  if (answer.kind !== 'too-late') problems.push(`a late commit was answered "${answer.kind}"`);
  if ((await status(transport, handle)).state !== 'ROLLED_BACK') problems.push('a final state was changed');
  return problems;
}

/** A power cut of an applied change: what does sshd read when it starts? */
async function powerCut(host: Host, engine: Engine): Promise<string[]> {
  const { request } = await smallPlan(host, 300);
  await startTransaction(consoleTransport(host), request, engine);
  await host.powerCut();
  await host.boot();
  await host.settled();
  const witness = await host.readFile('/run/witness');
  return witness.includes('# new') ? ['sshd started on the unconfirmed change'] : [];
}

/** A host whose service manager does not run what our timers start. */
async function deadTimers(host: Host, engine: Engine): Promise<string[]> {
  return await withDeadTimers(host, async () => {
    const { request } = await smallPlan(host, 3);
    const start = await startTransaction(consoleTransport(host), request, engine).catch(() => undefined);
    if (start === undefined) return [];
    await sleep(5000);
    return (await isNew(host)) ? ['a change was made that the host does not take back'] : [];
  });
}

async function withDeadTimers(host: Host, seen: () => Promise<string[]>): Promise<string[]> {
  const units = ['portcullis-canary-.service.d', 'portcullis-rollback-.service.d'];
  const broken = '[Unit]\nConditionPathExists=/nowhere\n';
  for (const unit of units) {
    await host.console(`mkdir -p /etc/systemd/system/${unit}`);
    await host.writeFile(`/etc/systemd/system/${unit}/broken.conf`, broken);
  }
  try {
    return await seen();
  } finally {
    await host.console(`cd /etc/systemd/system && rm -r ${units.join(' ')} && systemctl daemon-reload`);
    const open = await readOpen(consoleTransport(host));
    if (open !== undefined) await host.console(`sh /var/lib/portcullis/engine rollback ${open.id}`);
  }
}

/** The same, and the change was urgent: it is there before the timer is proved, so the worker has to take it back. */
async function deadTimersUrgent(host: Host, engine: Engine): Promise<string[]> {
  return await withDeadTimers(host, async () => {
    const { request } = await smallPlan(host, 3);
    await startTransaction(consoleTransport(host), { ...request, urgent: true }, engine);
    if (!(await isNew(host))) return ['an urgent change is not made at once'];
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(500)) {
      if (!(await isNew(host))) return [];
    }
    return ['an urgent change stays that the host would not take back'];
  });
}

/** The order of what is written and synced, as the engine's trace has it. */
async function writeOrder(host: Host, engine: Engine): Promise<string[]> {
  await host.console('umask 077; echo "trace on" >/var/lib/portcullis/faults');
  const { request } = await smallPlan(host, 30);
  const { handle } = await startTransaction(consoleTransport(host), request, engine);
  const trace = (await host.readFile(`/var/lib/portcullis/tx/${handle.id}/trace`)).split('\n');
  await rollback(consoleTransport(host), handle);
  await host.console('rm /var/lib/portcullis/faults');
  const directory = PATH.slice(0, PATH.lastIndexOf('/'));
  const journal = `sync /var/lib/portcullis/tx/${handle.id}/journal`;
  const wanted = [
    ...['journal intent 1', journal],
    ...[`write ${directory}/.00-portcullis.conf.portcullis-${handle.id}~`],
    ...[
      `sync ${directory}/.00-portcullis.conf.portcullis-${handle.id}~`,
      `rename ${PATH}`,
      `sync ${directory}`,
    ],
    ...['journal done 1', journal],
  ];
  let at = 0;
  for (const line of trace) if (line === wanted[at]) at += 1;
  return at === wanted.length ? [] : [`"${wanted[at]}" does not come in its place`];
}

await describeLab('what a guarantee is worth', () => {
  const host = useHost({
    image: 'bookworm',
    prepare: async (root) => {
      const { mkdir, writeFile } = await import('node:fs/promises');
      const directory = `${root}/etc/systemd/system/ssh.service.d`;
      await mkdir(directory, { recursive: true });
      const read = 'cat /etc/ssh/sshd_config.d/*.conf >/run/witness 2>/dev/null; true';
      await writeFile(`${directory}/witness.conf`, `[Service]\nExecStartPre=/bin/sh -c '${read}'\n`);
    },
  });
  beforeAll(async () => {
    await host().console('mkdir -p -m 0700 /var/lib/portcullis; sync');
  });

  const guarantees = [
    {
      name: 'a commit that comes too late is refused',
      scenario: lateCommit,
      taken: 'the compare-and-swap',
      mutant: () => without(['if [ "$NOW_STATE" = "$tr_allowed" ]; then', 'if true; then']),
    },
    {
      name: 'sshd never starts on an unconfirmed change',
      scenario: powerCut,
      taken: 'the boot unit',
      mutant: () =>
        without(
          ['want_unit sysinit portcullis-recover && want_unit multi-user', 'want_unit multi-user'],
          [
            '"$UNITS/portcullis-deadman-$TX.timer" "$UNITS/sysinit.target.wants"',
            '"$UNITS/portcullis-deadman-$TX.timer"',
          ],
          ['[ "$(unit_enabled portcullis-recover.service)" = enabled ] &&', ''],
        ),
    },
    {
      name: 'a host whose timer does not fire is not changed',
      scenario: deadTimers,
      taken: 'the canary',
      mutant: () => without(['check_boot_unit && wait_for_canary ||', 'check_boot_unit ||']),
    },
    {
      name: 'an urgent change whose timer does not fire is taken back by what made it',
      scenario: deadTimersUrgent,
      taken: 'the late canary',
      mutant: () => without(['{ timer_runs && wait_for_canary && check_boot_unit; }', 'true']),
    },
    {
      name: 'a rename is on disk before it counts as done',
      scenario: writeOrder,
      taken: 'the directory sync',
      mutant: () =>
        without([
          '  sync_dir || { WHY="$O_path: sync of its directory failed"; return 1; }\n  fp "op-$1-after-sync"\n}\n\n# own_and_mode',
          '  fp "op-$1-after-sync"\n}\n\n# own_and_mode',
        ]),
    },
    {
      name: 'intent is on disk before effect',
      scenario: writeOrder,
      taken: 'the journal’s sync',
      mutant: () => without(['>>"$T/journal" && sync_path "$T/journal" ||', '>>"$T/journal" ||']),
    },
  ];

  describe.each(guarantees)('$name', ({ scenario, mutant, taken }) => {
    it('holds', async () => {
      expect(await scenario(host(), hostEngine())).toEqual([]);
    });
    it(`is missed when ${taken} is taken out`, async () => {
      expect(await scenario(host(), mutant())).not.toEqual([]);
    });
  });
});

// What the transaction tests share: a transport over the lab's console (no ssh in the way of a fault), and requests.
import { createHash } from 'node:crypto';
import type { Host } from '../../src/lab/host.ts';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { BaseState, Change, Primitive } from '../../src/model/resource.ts';
import type { Transport } from '../../src/model/target.ts';
import { type Command, renderForShell } from '../../src/text/command.ts';
import { Secret } from '../../src/text/secret.ts';
import { newTransaction } from '../../src/transaction/driver.ts';
import type { StartRequest } from '../../src/transaction/request.ts';

/** Root on the host without ssh. Only `run` is there: a driver may use nothing else. */
export function consoleTransport(host: Host): Transport {
  const refuse = () => {
    throw new Error('the console is no login');
  };
  return {
    async run(it: Command): Promise<Outcome> {
      const stdin = Buffer.concat(
        it.stdin.map((piece) => (piece instanceof Secret ? piece.open() : Buffer.from(piece))),
      ).toString('utf8');
      const result = await host.console(renderForShell(it), { stdin, timeout: it.deadline });
      return {
        kind: 'exited',
        code: result.code,
        stdout: result.stdout,
        stderr: result.stderr,
        truncated: false,
      };
    },
    get connection() {
      return refuse();
    },
    fresh: refuse,
    probe: refuse,
    counts: refuse,
    lost: () => false,
    close: async () => {},
  };
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export type FilePut = { path: string; content: string; base: BaseState; mode?: string; uid?: number };

const change = (address: string, base: BaseState | undefined, primitives: Primitive[]): Change => ({
  address,
  action: 'update',
  title: address,
  step: 'sshd',
  controls: [],
  why: 'test',
  risk: 'lockout',
  phase: 'expand',
  confidence: 'predicted',
  effective: [],
  ...(base === undefined ? {} : { base }),
  primitives,
});

export const putFile = ({ path, content, base, mode = '0644', uid = 0 }: FilePut): Change =>
  change(`file:${path}`, base, [{ kind: 'put-file', path, sha256: sha256(content), mode, uid, gid: uid }]);

export const removeFile = (path: string, base: BaseState): Change =>
  change(`file:${path}`, base, [{ kind: 'remove-file', path }]);

/** To root and `mode`; nothing is known of the bytes. */
export const setMode = (path: string, { mode, was, wasUid }: { mode: string; was: string; wasUid: number }) =>
  change(`file:${path}`, { kind: 'mode', mode: was, uid: wasUid, gid: 0 }, [
    { kind: 'set-mode', path, mode, uid: 0, gid: 0 },
  ]);

export const reloadSshd = (): Change =>
  change('unit:ssh.service', undefined, [
    { kind: 'validate', checker: 'sshd' },
    { kind: 'unit', name: 'ssh.service', verb: 'reload' },
  ]);

export const unitVerb = (name: string, verb: (Primitive & { kind: 'unit' })['verb']): Change =>
  change(`unit:${name}`, undefined, [{ kind: 'unit', name, verb }]);

/** What a path is now, as a plan would have read it. */
export async function baseOf(host: Host, path: string): Promise<BaseState> {
  const script =
    'f=$(readlink -f "$1"); [ -e "$f" ] || { echo absent; exit; }; sha256sum <"$f"; stat -c "%04a %u %g" "$f"';
  const { stdout } = await host.console(script, { args: [path] });
  if (stdout.startsWith('absent')) return { kind: 'absent' };
  const match = /^([0-9a-f]{64}) +-\n(\d+) (\d+) (\d+)/.exec(stdout);
  if (match === null) throw new Error(stdout);
  const [, sum = '', mode = '', uid, gid] = match;
  return { kind: 'file', sha256: sum, mode: mode.padStart(4, '0'), uid: Number(uid), gid: Number(gid) };
}

/** A request with a fresh identity. Contents are those of the given files. */
export function requestOf(options: {
  changes: readonly Change[];
  contents?: readonly string[];
  lease?: number;
  wait?: number;
  maximum?: number;
}) {
  const transaction = newTransaction();
  const { lease = 3, wait = 20, maximum = 900, contents = [] } = options;
  const request: StartRequest = {
    id: transaction.id,
    tokenHash: transaction.tokenHash,
    nonce: transaction.nonce,
    run: 'run-1',
    step: 'sshd',
    operator: 'ana@workstation',
    planDigest: sha256('plan'),
    changes: options.changes,
    contents: Object.fromEntries(contents.map((it) => [sha256(it), Buffer.from(it).toString('base64')])),
    lease,
    maximum,
    wait,
  };
  return { request, token: transaction.token };
}

/** What differs between two manifests. fs.quota.syncs counts sync(2) calls of the whole machine the lab runs on. */
export function differences(before: Manifest, after: Manifest): string[] {
  return diffManifests(before, after).filter((line) => !line.startsWith('changed sysctl fs.quota.syncs:'));
}

// A commit against the timer: whoever comes first wins, the other is told so, and the host is what the winner says.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../src/lab/host.ts';
import { EXIT, TargetError } from '../../src/model/errors.ts';
import { commit, renew, startTransaction, status } from '../../src/transaction/driver.ts';
import { baseOf, consoleTransport, putFile, requestOf } from '../lab/transaction-kit.ts';
import { DISARMED } from '../lab/transaction-plan.ts';

/** "none": the host refused to begin, because the timer was not proved alive in time on a slow machine. */
export type RaceResult = {
  readonly winner: 'committed' | 'too-late' | 'none';
  readonly problems: readonly string[];
};

/** One round. `spread` 0–1: when the commit comes within the second in which the timer may fire, and a little around it. */
export async function raceRound(host: Host, round: number, spread: number): Promise<RaceResult> {
  const transport = consoleTransport(host);
  const path = '/etc/demo/race.conf';
  const content = `round ${round}\n`;
  const changes = [putFile({ path, content, base: await baseOf(host, path) })];
  const { request, token } = requestOf({ changes, contents: [content], lease: 2 });
  const read = async () => (await host.console('cat "$1"', { args: [path] })).stdout;
  const before = await read();
  const started = await startTransaction(transport, request).catch((error: unknown) => error);
  if (started instanceof TargetError && started.exitCode === EXIT.refused) {
    const problems = (await read()) === before ? [] : ['refused, but the file is another'];
    return { winner: 'none', problems };
  }
  if (started instanceof Error) throw started;
  const { handle } = started as Awaited<ReturnType<typeof startTransaction>>;
  const { status: renewed } = await renew(transport, handle);
  if (renewed.state === 'APPLIED') await sleep(1800 + 1200 * spread);
  const { kind: winner } = await commit(transport, handle, token);
  const problems: string[] = [];
  const end = Date.now() + 30_000;
  while ((await host.console(DISARMED)).code !== 0) {
    if (Date.now() > end) {
      problems.push('still armed after 30 s');
      break;
    }
    await sleep(200);
  }
  const { state } = await status(transport, handle);
  if (state !== (winner === 'committed' ? 'COMMITTED' : 'ROLLED_BACK')) {
    problems.push(`the client was told "${winner}", the host says ${state}`);
  }
  const now = await read();
  if (now !== (winner === 'committed' ? content : before))
    problems.push(`${winner}, but the file is: ${now}`);
  return { winner, problems };
}

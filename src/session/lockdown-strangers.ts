// Established sessions of strangers end. Rules: only once the lockdown is kept, because this cannot be taken back; what comes from
// an allowed address is spared, ours above all; packets are dropped already, so whatever is left here hangs and hears nothing.
import ipaddr from 'ipaddr.js';
import type { LockdownRecord } from '../model/lockdown.ts';
import type { Emit } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import { command, value } from '../text/command.ts';
import { holdsAddress } from '../text/network.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import cut from './lockdown-cut.sh?raw';
import peers from './lockdown-peers.sh?raw';

/** One session as the host sees it. */
export type Peer = { readonly address: string; readonly processes: readonly string[] };

/** Who has a connection to these ports now; undefined when that cannot be told. */
export async function listPeers(
  transport: Transport,
  ports: readonly number[],
): Promise<readonly Peer[] | undefined> {
  const asked = await transport.run(script(peers, ports.map(String)));
  return asked.kind === 'exited' && asked.code === 0 ? peersIn(asked.stdout) : undefined;
}

/** Ends the sshd processes that strangers' connections belong to; tells how many connections that were. */
export async function endStrangers(
  transport: Transport,
  it: { readonly record: LockdownRecord; readonly emit: Emit; readonly peers: readonly Peer[] | undefined },
): Promise<void> {
  const { record, emit } = it;
  const tell = (level: 'info' | 'warning', text: string) => emit({ type: 'note', level, text });
  if (it.peers === undefined) {
    const text =
      'Open sessions of others could not be listed (no ss?): nothing of theirs passes, but their processes stay until they give up.';
    return tell('warning', text);
  }
  const strangers = it.peers.filter(({ address }) => !isAllowed(address, record.allow));
  if (strangers.length === 0) return tell('info', 'Nobody else was connected to these ports.');
  const processes = [...new Set(strangers.flatMap((peer) => peer.processes))];
  const ended = await transport.run(script(cut, processes));
  const from = [...new Set(strangers.map(({ address }) => sanitizeLine(address, 60)))].join(', ');
  if (ended.kind !== 'exited' || ended.code !== 0)
    return tell('warning', `Sessions from ${from} are cut off; their processes could not be ended.`);
  tell('info', `Sessions cut: ${strangers.length}, from ${from}`);
}

function script(text: string, words: readonly string[]) {
  return command(['/bin/sh', '-c', value(text), 'portcullis', ...words.map(value)]);
}

/** Lines of `ss -Htnp`: queues, our end, their end, processes. */
export function peersIn(stdout: string): readonly Peer[] {
  return stdout.split('\n').flatMap((line) => {
    const [, , , far = '', processes = ''] = line.trim().split(/\s+/);
    const address = /^\[?([^\]]+?)\]?:\d+$/.exec(far)?.[1];
    if (address === undefined) return [];
    const pids = [...processes.matchAll(/\("sshd[^"]*",pid=(\d{1,10})/g)].map(([, pid = '']) => pid);
    return [{ address: address.replace(/%.*$/, ''), processes: pids }];
  });
}

/** Loopback is nobody from outside. What is no address is not ended on suspicion. */
export function isAllowed(address: string, allow: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return true;
  const at = ipaddr.process(address);
  if (at.range() === 'loopback') return true;
  return allow.some((source) => holdsAddress(source, address));
}

// A session of an ssh2 connection as a wire. Rules: both outputs are always read (else the end never comes); the end is told at
// `close` only, because data may follow `exit`; when the wire ends, its connection ends too: one connection, one session.
import type { ClientChannel, Ssh2Client } from './ssh2-library.ts';
import type { Wire, WireEnd, WireReader } from './wire.ts';

/** Runs a command line, or with `pty` what the host runs for a person. Rejects when the host gives no session. */
export function openSession(client: Ssh2Client, what: { command: string } | { pty: true }): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const take = (error: Error | undefined, channel: ClientChannel) =>
      error === undefined ? resolve(wireOf(client, channel)) : reject(error);
    client.once('close', () => reject(new Error('the connection ended before a session was there')));
    try {
      if ('command' in what) client.exec(what.command, take);
      else client.shell({ term: 'dumb', cols: 200, rows: 50 }, take);
    } catch (error) {
      reject(error);
    }
  });
}

function wireOf(client: Ssh2Client, channel: ClientChannel): Wire {
  let reader: WireReader | undefined;
  let alive = true;
  let reading = false;
  const end: { code: number | undefined; signal: string | undefined } = {
    code: undefined,
    signal: undefined,
  };
  channel.on('error', () => undefined);
  channel.on('exit', (code: number | null, signal?: string) => {
    end.code = code ?? undefined;
    end.signal = signal;
  });
  const ended = new Promise<WireEnd>((resolve) => {
    const gone = () => {
      if (!alive) return;
      alive = false;
      client.end();
      resolve({ ...end, failure: undefined });
    };
    channel.on('close', gone);
    client.on('close', gone);
  });
  return {
    listen: (next) => {
      reader = next;
      if (reading) return;
      // Not before: what a command says at once would find nobody listening.
      reading = true;
      channel.on('data', (chunk: Buffer) => reader?.stdout(chunk));
      channel.stderr.on('data', (chunk: Buffer) => reader?.stderr(chunk));
    },
    write(bytes) {
      if (alive) channel.write(bytes);
      return alive;
    },
    ended,
    alive: () => alive,
    end: () => {
      if (alive) channel.end();
    },
    kill: () => void client.destroy(),
  };
}

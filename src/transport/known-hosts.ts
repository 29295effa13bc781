// Lines of known_hosts files. Rules: files of the operator are only read; ours is only appended to; a key is compared by the
// SHA-256 of its bytes.
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export type KnownKey = {
  readonly marker: string | undefined;
  readonly type: string;
  /** Base64. */
  readonly blob: string;
  readonly fingerprint: string;
};

/** "SHA256:…" as ssh prints it. */
export function fingerprintOf(blob: string): string {
  return `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`;
}

/** One line of known_hosts, whatever the form of its host names. Undefined for comments and anything unreadable. */
export function readKnownLine(line: string): KnownKey | undefined {
  const words = line.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [hosts, type, blob] = words;
  if (!hosts || hosts.startsWith('#') || !type || !blob) return undefined;
  return { marker, type, blob, fingerprint: fingerprintOf(blob) };
}

/** The key on a 1-based line of a file; undefined when it cannot be read. */
export async function keyAt(file: string, line: number): Promise<KnownKey | undefined> {
  try {
    return readKnownLine((await readFile(file, 'utf8')).split('\n')[line - 1] ?? '');
  } catch {
    return undefined;
  }
}

/** Append one line to a file of ours, making its directory (0700) when missing. */
export async function appendKnown(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await appendFile(file, `${line}\n`, { mode: 0o600 });
}

// Whose key it is, without ssh: known_hosts read as ssh reads it. Rules: files of the operator are only read; a revoked key wins
// over everything; no match but another key of the same type is "changed"; a file that is there and cannot be read stops us.
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { EXIT, TargetError } from '../model/errors.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { HostKeyVerdict } from './host-keys.ts';
import { type KnownKey, readKnownLine } from './known-hosts.ts';

type Entry = KnownKey & { readonly file: string; readonly line: number };

export type Known = {
  /** Name under which a new key would be written. */
  readonly name: string;
  readonly keys: readonly Entry[];
  readonly revoked: ReadonlySet<string>;
  /** Lines that name an authority for this host; certificates are not known here. */
  readonly authorities: number;
};

const LARGEST = 16 * 1024 * 1024;

/** The files ssh would read, unless one replaces them. */
export function knownHostsFiles(home = homedir()): readonly string[] {
  return [
    join(home, '.ssh', 'known_hosts'),
    join(home, '.ssh', 'known_hosts2'),
    '/etc/ssh/ssh_known_hosts',
    '/etc/ssh/ssh_known_hosts2',
  ];
}

/** Everything the files say about a host. Rejects with TargetError when one cannot be read. */
export async function lookUpHost(it: {
  readonly host: string;
  readonly port: number;
  readonly files: readonly string[];
}): Promise<Known> {
  const bare = it.host.toLowerCase();
  const name = it.port === 22 ? bare : `[${bare}]:${it.port}`;
  const lines = (await Promise.all(it.files.map(readLines))).flat();
  const found = entriesFor(name, lines);
  // ssh, too, takes the entry without a port when there is none with it.
  const entries = found.length > 0 || name === bare ? found : entriesFor(bare, lines);
  return {
    name,
    keys: entries.filter((entry) => entry.marker === undefined),
    revoked: new Set(
      [...found, ...entries].filter((entry) => entry.marker === '@revoked').map((entry) => entry.blob),
    ),
    authorities: entries.filter((entry) => entry.marker === '@cert-authority').length,
  };
}

type NumberedLine = { readonly file: string; readonly line: number; readonly text: string };

async function readLines(file: string): Promise<readonly NumberedLine[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return Buffer.alloc(0);
    throw unreadable(file, error.code ?? 'error');
  });
  if (bytes.length > LARGEST) throw unreadable(file, `larger than ${LARGEST} bytes`);
  return bytes
    .toString('utf8')
    .split('\n')
    .map((text, index) => ({ file, line: index + 1, text: text.trim() }));
}

function unreadable(file: string, why: string): TargetError {
  return new TargetError('a known_hosts file cannot be read, so the key of the host cannot be judged', {
    where: sanitizeLine(file),
    hints: [`reason: ${sanitizeLine(why)}`, 'put it right, or name another with --known-hosts'],
    exitCode: EXIT.unreachable,
  });
}

function entriesFor(name: string, lines: readonly NumberedLine[]): readonly Entry[] {
  return lines.flatMap(({ file, line, text }): readonly Entry[] => {
    const words = text.split(/\s+/);
    const hosts = words[0]?.startsWith('@') ? words[1] : words[0];
    if (hosts === undefined || hosts === '' || hosts.startsWith('#') || !namesHost(hosts, name)) return [];
    const key = readKnownLine(text);
    return key === undefined ? [] : [{ ...key, file, line }];
  });
}

/** The first word of a known_hosts line against one name: patterns with * and ?, !negation, or one hashed name. */
export function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = hosts.split('|');
    const mine = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64');
    return hash !== '' && mine === hash;
  }
  const patterns = hosts.toLowerCase().split(',');
  if (patterns.some((one) => one.startsWith('!') && fits(one.slice(1), name))) return false;
  return patterns.some((one) => !one.startsWith('!') && fits(one, name));
}

/** Linear in both: a pattern of the file must not be able to keep us busy. */
function fits(pattern: string, name: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < name.length) {
    if (pattern[at] === '?' || (pattern[at] === name[from] && pattern[at] !== '*')) {
      at += 1;
      from += 1;
    } else if (pattern[at] === '*') {
      star = at;
      mark = from;
      at += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** Type of a raw host key, e.g. "ssh-ed25519". */
export function typeOfKey(blob: Buffer): string {
  return blob.length < 4 ? '' : blob.toString('latin1', 4, 4 + Math.min(64, blob.readUInt32BE(0)));
}

/** What the files say about the key a host presents; undefined: it is known. */
export function judgeHostKey(known: Known, blob: Buffer): HostKeyVerdict | undefined {
  const text = blob.toString('base64');
  if (known.revoked.has(text)) return { kind: 'revoked' };
  if (known.keys.some((key) => key.blob === text)) return undefined;
  const other = known.keys.find((key) => key.type === typeOfKey(blob));
  if (other === undefined) return { kind: 'unknown', name: known.name };
  return { kind: 'changed', name: known.name, file: other.file, line: other.line };
}

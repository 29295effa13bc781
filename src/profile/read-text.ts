// Rules: a file is looked at before it is read, and measured before it is parsed. Only a regular file of at most
// 256 KiB of UTF-8 is text; a byte order mark and CRLF are accepted and normalised. A FIFO is never opened.
import { constants, open } from 'node:fs/promises';
import { UserError } from '../model/errors.ts';
import { sanitizeLine } from '../text/sanitize.ts';

const SIZE_LIMIT = 256 * 1024;

/** What the file is called in messages: "profile", "answers file". */
export type FileKind = 'profile' | 'answers file';

/** The text of a small UTF-8 file. Throws UserError (exit 64) that says what is wrong with the file. */
export async function readText(path: string, kind: FileKind): Promise<string> {
  return decode(await readBytes(path, kind), path, kind);
}

async function readBytes(path: string, kind: FileKind): Promise<Uint8Array> {
  const name = `${kind} ${sanitizeLine(path, 120)}`;
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new UserError(`${name}: ${reasonOf(error)}`, {
      where: path,
      hints: [openHint(error)],
      cause: error,
    });
  });
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw refuse(name, path, 'is a directory', 'name the file inside it');
    if (!stat.isFile()) throw refuse(name, path, 'not a regular file', 'copy it to a regular file first');
    if (stat.size > SIZE_LIMIT) throw tooLarge({ name, path, size: stat.size });
    const buffer = Buffer.alloc(SIZE_LIMIT + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    // The file may have grown between the two calls.
    if (bytesRead > SIZE_LIMIT) throw tooLarge({ name, path, size: bytesRead });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Bytes → text with LF line ends and without a byte order mark. Throws UserError naming the first bad byte. */
function decode(bytes: Uint8Array, path: string, kind: FileKind): string {
  const name = `${kind} ${sanitizeLine(path, 120)}`;
  const hint = 'save the file as UTF-8';
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw refuse(name, path, 'not UTF-8 at byte 0 (it is UTF-16)', hint);
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1)
    throw refuse(name, path, `not UTF-8 text at byte ${nul} (NUL; UTF-16 without a mark?)`, hint);
  const bad = firstInvalidByte(bytes);
  if (bad !== -1) throw refuse(name, path, `not UTF-8 at byte ${bad}`, hint);
  return new TextDecoder('utf-8').decode(bytes).replaceAll(/\r\n?/g, '\n');
}

/** Offset of the first byte that is not part of valid UTF-8, or -1. */
function firstInvalidByte(bytes: Uint8Array): number {
  const valid = (end: number) => {
    try {
      // stream: an incomplete last sequence is not an error yet.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  const whole = () => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  if (whole()) return -1;
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (middle <= bytes.length && valid(middle)) good = middle;
    else bad = middle;
  }
  // `good` may stand inside a character that began well: name the byte where that one starts.
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[good - back] ?? 0;
    if (byte >= 0xc0) return needs(byte) > back ? good - back : good;
    if (byte < 0x80) break;
  }
  return good;
}

/** Length of the character that begins with this byte. */
function needs(byte: number): number {
  if (byte >= 0xf0) return 4;
  return byte >= 0xe0 ? 3 : 2;
}

function refuse(name: string, path: string, what: string, hint: string): UserError {
  return new UserError(`${name}: ${what}`, { where: path, hints: [hint] });
}

function tooLarge(it: { readonly name: string; readonly path: string; readonly size: number }): UserError {
  const size =
    it.size >= 1024 * 1024 ? `${(it.size / 1024 / 1024).toFixed(1)} MB` : `${Math.ceil(it.size / 1024)} KiB`;
  return new UserError(`${it.name} is ${size}; limit 256 KiB`, {
    where: it.path,
    hints: ['a profile is a few hundred lines; check that this is the file you meant'],
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function reasonOf(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: 'not found',
    ENOTDIR: 'not found (a part of the path is not a directory)',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'is a directory',
    ELOOP: 'too many links',
    ENAMETOOLONG: 'the name is too long',
    ENXIO: 'not a regular file',
  };
  return reasons[codeOf(error)] ?? sanitizeLine(String(error), 120);
}

function openHint(error: unknown): string {
  if (codeOf(error) === 'EACCES') return 'check the mode and owner of the file and of its directories';
  return '`portcullis profile list` shows the profiles that come with the program';
}

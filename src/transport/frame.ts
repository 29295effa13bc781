// Rules: only bytes between "\nNONCE open\n" and "\nNONCE end CODE\n" are an answer; everything else on the stream is noise.
// Memory is bounded: at most `limit` bytes are kept, the rest is counted and dropped.

/** What one stream has given so far. */
export type Frame = {
  /** Feed a chunk. Bytes after the end of the frame are ignored. */
  push(chunk: Buffer): void;
  readonly opened: () => boolean;
  /** Exit code in the end mark, once seen. */
  readonly code: () => number | undefined;
  /** Bytes inside the frame so far, kept or dropped. */
  readonly received: () => number;
  readonly truncated: () => boolean;
  /** Kept bytes, decoded as UTF-8 (invalid bytes become U+FFFD). */
  readonly text: () => string;
  /** Kept bytes as they came. */
  readonly bytes: () => Buffer;
};

const LONGEST_CODE = 8;

/** Reader of one stream's frame with this nonce. */
export function readFrame(nonce: string, limit: number): Frame {
  const open = Buffer.from(`\n${nonce} open\n`);
  const end = Buffer.from(`\n${nonce} end `);
  let state: 'before' | 'inside' | 'done' = 'before';
  let window: Buffer = Buffer.alloc(0);
  let code: number | undefined;
  let received = 0;
  let kept = 0;
  const pieces: Buffer[] = [];

  const keep = (bytes: Buffer) => {
    received += bytes.length;
    const room = limit - kept;
    if (room <= 0 || bytes.length === 0) return;
    const piece = Buffer.from(bytes.subarray(0, room));
    pieces.push(piece);
    kept += piece.length;
  };

  const inside = () => {
    const at = window.indexOf(end);
    if (at === -1) {
      // What could still be the start of an end mark stays in the window.
      const safe = Math.max(0, window.length - end.length);
      keep(window.subarray(0, safe));
      window = window.subarray(safe);
      return;
    }
    const from = at + end.length;
    const newline = window.indexOf(0x0a, from);
    if (newline === -1 && window.length - from < LONGEST_CODE) return;
    const digits = window.toString('latin1', from, newline === -1 ? window.length : newline);
    keep(window.subarray(0, at));
    code = /^\d{1,3}$/.test(digits) ? Number(digits) : 255;
    state = 'done';
    window = Buffer.alloc(0);
  };

  return {
    push(chunk) {
      if (state === 'done') return;
      window = window.length === 0 ? chunk : Buffer.concat([window, chunk]);
      if (state === 'before') {
        const at = window.indexOf(open);
        if (at === -1) {
          window = Buffer.from(window.subarray(Math.max(0, window.length - open.length)));
          return;
        }
        state = 'inside';
        window = window.subarray(at + open.length);
      }
      inside();
    },
    opened: () => state !== 'before',
    code: () => code,
    received: () => received,
    truncated: () => received > kept,
    text: () => Buffer.concat(pieces).toString('utf8'),
    bytes: () => Buffer.concat(pieces),
  };
}

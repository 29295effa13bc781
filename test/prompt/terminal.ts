// A terminal in memory: what the person types is given as lines, what they see is collected.
import { PassThrough } from 'node:stream';
import type { Terminal } from '../../src/prompt/terminal.ts';

/** A dumb terminal whose person types `keys` (with their newlines), then goes away; at Control-C asking rejects with "interrupted". */
export function typing(keys: string): { readonly terminal: Terminal; readonly seen: () => string } {
  const input = new PassThrough();
  const output = new PassThrough();
  let seen = '';
  output.on('data', (chunk) => {
    seen += String(chunk);
  });
  input.end(keys);
  const terminal: Terminal = {
    input: input as unknown as NodeJS.ReadStream,
    output: output as unknown as NodeJS.WriteStream,
    dumb: true,
    open: { question: '' },
    interrupt: () => Promise.reject(new Error('interrupted')),
  };
  return { terminal, seen: () => seen };
}

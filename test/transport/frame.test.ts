import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFrame } from '../../src/transport/frame.ts';

const NONCE = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

/** Cut bytes into chunks at the given places. */
function chunks(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe('a framed answer', () => {
  test('survives any bytes, any noise around it and any cutting', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 0, max: 255 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (content, before, after, code, cuts) => {
          const frame = readFrame(NONCE, 1000);
          const whole = Buffer.concat([
            before,
            Buffer.from(`\n${NONCE} open\n`),
            content,
            Buffer.from(`\n${NONCE} end ${code}\n`),
            after,
          ]);
          for (const chunk of chunks(whole, cuts)) frame.push(chunk);
          expect(frame.bytes().equals(Buffer.from(content))).toBe(true);
          expect(frame.code()).toBe(code);
          expect(frame.truncated()).toBe(false);
        },
      ),
    );
  });

  test('is not opened or ended by marks without its nonce', () => {
    const frame = readFrame(NONCE, 1000);
    const other = 'f'.repeat(32);
    frame.push(Buffer.from(`\n${other} open\nforged\n${other} end 0\n`));
    expect(frame.opened()).toBe(false);
    frame.push(Buffer.from(`\n${NONCE} open\n\n${other} end 0\nreal\n${NONCE} end 3\n`));
    expect(frame.text()).toBe(`\n${other} end 0\nreal`);
    expect(frame.code()).toBe(3);
  });

  test('keeps no more than its limit, and says so', () => {
    const frame = readFrame(NONCE, 10);
    frame.push(Buffer.from(`\n${NONCE} open\n`));
    for (let index = 0; index < 1000; index += 1) frame.push(Buffer.alloc(1000, 0x61));
    frame.push(Buffer.from(`\n${NONCE} end 0\n`));
    expect(frame.bytes().length).toBe(10);
    expect(frame.received()).toBe(1_000_000);
    expect(frame.truncated()).toBe(true);
    expect(frame.code()).toBe(0);
  });

  test('gives broken UTF-8 as replacement characters', () => {
    const frame = readFrame(NONCE, 100);
    frame.push(Buffer.concat([Buffer.from(`\n${NONCE} open\n`), Buffer.from([0xff, 0x41])]));
    frame.push(Buffer.from(`\n${NONCE} end 0\n`));
    expect(frame.text()).toBe('\ufffdA');
  });
});

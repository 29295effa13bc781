import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/text/secret.ts';

const MARKER = "marker with spaces 'quotes' and ünïcode";

function consoleOutput(print: (console: Console) => void): string {
  let output = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      output += String(chunk);
      done();
    },
  });
  print(new Console({ stdout: stream, stderr: stream }));
  return output;
}

describe('a secret does not print itself', () => {
  const secret = new Secret(MARKER);
  const holder = { name: 'db', secret, nested: [{ secret }], map: new Map([['k', secret]]) };
  const hex = Buffer.from(MARKER).toString('hex').slice(0, 12);
  const base64 = Buffer.from(MARKER).toString('base64').slice(0, 12);

  test.each([
    ['string', () => String(secret)],
    ['template', () => `${secret}`],
    ['concatenation', () => `a${secret as unknown as string}b`],
    ['join', () => [secret].join(',')],
    ['JSON', () => JSON.stringify(holder)],
    ['inspect', () => inspect(holder, { depth: null, showHidden: true })],
    ['format', () => format('%s %o %O %j %d', secret, secret, secret, secret, secret)],
    ['console.log', () => consoleOutput((it) => it.log(holder, secret))],
    ['console.dir', () => consoleOutput((it) => it.dir(holder, { showHidden: true }))],
    ['console.table', () => consoleOutput((it) => it.table([{ secret }]))],
    ['error', () => String(new Error(`failed with ${secret}`).stack)],
    [
      'keys and values',
      () => JSON.stringify([Object.keys(secret), Object.values(secret), Object.entries(secret)]),
    ],
    ['spread', () => JSON.stringify({ ...secret })],
  ])('%s', (_, print) => {
    const text = print();
    for (const form of [MARKER, 'marker', hex, base64]) expect(text).not.toContain(form);
    expect(text).not.toMatch(/6d 61 72 6b/);
  });

  test('structured clone does not carry the bytes away', () => {
    const clone: unknown = structuredClone(Object.assign(Object.create(null), { ...secret }));
    expect(inspect(clone)).not.toContain('marker');
  });
});

test('two secrets are equal when their bytes are', () => {
  expect(new Secret('a').equals(new Secret('a'))).toBe(true);
  expect(new Secret('a').equals(new Secret('b'))).toBe(false);
  expect(new Secret('a').equals(new Secret('aa'))).toBe(false);
});

test('a wiped secret holds zeros, and the caller keeps its own bytes', () => {
  const bytes = Buffer.from('abc');
  const secret = new Secret(bytes);
  secret.wipe();
  expect(secret.equals(new Secret('\0\0\0'))).toBe(true);
  expect(bytes.toString()).toBe('abc');
  expect(secret.length).toBe(3);
});

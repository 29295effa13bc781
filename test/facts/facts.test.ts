import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Fact, RawReply } from '../../src/facts/fact.ts';
import { FACTS } from '../../src/facts/index.ts';

/**
 * One raw answer and what must be read from it. `answer` lists sections ("name args" → body, "b64:" before a body encodes
 * it); `stdout` gives the text itself. `reading` must match in every field it names.
 */
type Case = {
  answer?: Record<string, string>[];
  stdout?: string;
  code?: number;
  stderr?: string;
  truncated?: boolean;
  reading: Record<string, unknown>;
};

const FOLDER = new URL('./cases/', import.meta.url);
const facts = FACTS as unknown as Readonly<Record<string, Fact<unknown>>>;

function encoded(body: string): string {
  return body.startsWith('b64:') ? `${Buffer.from(body.slice(4)).toString('base64')}\n` : body;
}

function rawOf(it: Case): RawReply {
  const sections = (it.answer ?? []).flatMap((section) => Object.entries(section));
  const stdout = sections.map(([head, body]) => `\n@0123abcd ${head}\n${encoded(body)}`).join('');
  return {
    code: it.code ?? 0,
    stdout: it.stdout ?? stdout,
    stderr: it.stderr ?? '',
    truncated: it.truncated ?? false,
  };
}

const cases = readdirSync(FOLDER).flatMap((fact) =>
  readdirSync(new URL(`${fact}/`, FOLDER)).map((name) => ({
    fact,
    title: name.replace('.yaml', '').replaceAll('-', ' '),
    it: parse(readFileSync(new URL(`${fact}/${name}`, FOLDER), 'utf8')) as Case,
  })),
);

describe('what is read from a raw answer', () => {
  it.each(cases)('$fact: $title', ({ fact, it: one }) => {
    expect(facts[fact]?.parse(rawOf(one))).toMatchObject(one.reading);
  });
});

describe('every fact', () => {
  it('has cases', () => {
    expect(Object.keys(FACTS).filter((name) => !cases.some(({ fact }) => fact === name))).toEqual([]);
  });

  it.each(Object.values(facts).map((fact) => [fact.name, fact] as const))(
    '%s keeps its name, limits and promises',
    (name, fact) => {
      expect(facts[name]).toBe(fact);
      expect(fact.title).toMatch(/^[A-Z]/);
      expect(fact.deadline).toBeLessThan(60);
      expect(fact.outputLimit).toBeLessThanOrEqual(1_000_000);
      const raw = { code: 0, stdout: '', stderr: '', truncated: false };
      expect(fact.parse({ ...raw, code: 124 })).toEqual({
        kind: 'unknown',
        reason: expect.stringContaining('too long'),
      });
      expect(fact.parse({ ...raw, truncated: true }).kind).toBe('unknown');
      expect(fact.parse({ ...raw, code: 127, stderr: 'sh: x: not found' })).toEqual({
        kind: 'unknown',
        reason: expect.stringContaining('missing tool'),
      });
      expect(fact.parse({ ...raw, code: 2, stderr: '\u001b]52;c;x\u0007' })).toEqual({
        kind: 'unknown',
        reason: expect.not.stringMatching(/[\u0000-\u001f]/),
      });
      expect(fact.parse(raw).kind, 'silence is never a value').toBe('unknown');
      expect(fact.parse({ ...raw, stdout: 'Welcome to our host!\n' }).kind).toBe('unknown');
    },
  );

  it('never throws, whatever a host prints', () => {
    const known = cases.map(({ fact, it: one }) => ({ fact, stdout: rawOf(one).stdout }));
    const piece = fc.constantFrom(
      '\n',
      ' ',
      ':',
      '0',
      '-1',
      '\0',
      '\u001b[2J',
      '\u202e',
      '999999999999999999',
      '=',
      '[',
      'é',
      '\ufffd',
    );
    const cut = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat(20),
      insert: piece,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...known),
        fc.array(cut, { minLength: 1, maxLength: 5 }),
        ({ fact, stdout }, cuts) => {
          let text = stdout;
          for (const { at, drop, insert } of cuts) {
            const place = Math.floor(at * text.length);
            text = text.slice(0, place) + insert + text.slice(place + drop);
          }
          const reading = facts[fact]?.parse({ code: 0, stdout: text, stderr: '', truncated: false });
          expect(['known', 'absent', 'unknown']).toContain(reading?.kind);
        },
      ),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(facts)), fc.string({ unit: 'binary' }), (fact, text) => {
        const headed = `\n@0123abcd ${text}`;
        for (const stdout of [text, headed]) fact.parse({ code: 0, stdout, stderr: '', truncated: false });
      }),
    );
  });
});

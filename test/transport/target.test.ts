import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { UserError } from '../../src/model/errors.ts';
import { parseTarget } from '../../src/transport/target.ts';

type Cases = {
  accepted: { typed: string; host: string; user?: string; port?: number }[];
  refused: { typed: string; says: string }[];
};
const cases: Cases = parse(readFileSync(join(import.meta.dirname, 'cases', 'targets.yaml'), 'utf8'));

describe('a target', () => {
  test.each(cases.accepted)('$typed is accepted', ({ typed, host, user, port }) => {
    const target = parseTarget(typed);
    expect(target).toMatchObject({ kind: 'ssh', host });
    expect(target.user).toBe(user);
    expect(target.port).toBe(port);
  });

  test.each(cases.refused)('$typed is refused: $says', ({ typed, says }) => {
    expect(() => parseTarget(typed)).toThrowError(UserError);
    expect(() => parseTarget(typed)).toThrowError(says);
  });

  test('longer than 255 bytes is refused with its length', () => {
    expect(() => parseTarget('h'.repeat(300))).toThrowError('300 bytes');
  });

  test('"local" is this machine', () => {
    expect(parseTarget('local')).toEqual({ name: 'local', kind: 'local', host: 'local' });
  });

  test('whatever is accepted can be misread by neither a shell nor an option parser', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        try {
          const { host, user } = parseTarget(typed);
          expect(host).toMatch(/^[A-Za-z0-9._:%][A-Za-z0-9._:%-]*$/);
          if (user !== undefined) expect(user).toMatch(/^[A-Za-z0-9_.+\\][A-Za-z0-9_.+\\-]*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

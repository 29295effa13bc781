// Holes filled: values as they were asked for, verifiers as PostgreSQL keeps them, texts with nothing else changed, and nothing at all
// when the host is not as the plan saw it.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOfText } from '../../src/facts/secret-measure.ts';
import type { BaseState, Change } from '../../src/model/resource.ts';
import { fillStage, makeSecret, scramVerifier } from '../../src/session/fill-secrets.ts';
import type { Vault } from '../../src/session/look-at-secrets.ts';
import { Secret } from '../../src/text/secret.ts';
import { sight } from '../steps/secrets/context.ts';

const KEY = Buffer.alloc(32, 7);
const TEXT = '# note\nDB=old\nDB="old2"\nOTHER=kept\n';
const vault: Vault = {
  key: KEY,
  sight: sight({}),
  values: new Map([['DB', new Secret('old2')]]),
  texts: new Map([['/srv/.env', new Secret(TEXT)]]),
};
const change = (base: BaseState): Change => ({
  ...{ address: 'file:/srv/.env', action: 'update', title: '', step: 'secrets', controls: [], why: '' },
  ...{ risk: 'service', phase: 'expand', confidence: 'predicted', effective: [], base },
  primitives: [
    {
      ...{ kind: 'fill-file', path: '/srv/.env', format: 'env', drop: [], mode: '0600', uid: 0, gid: 0 },
      holes: [{ name: 'role app', key: 'DB', kind: 'base62-32' }],
    },
    { kind: 'postgres-role', role: 'app', hole: 'role app' },
    { kind: 'unit', name: 'app.service', verb: 'restart' },
  ],
});
const seen = { kind: 'keyed', digest: digestOfText(KEY, TEXT), mode: '0644', uid: 0, gid: 0 } as const;
const opened = (secret: Secret | undefined) => secret?.open().toString('utf8') ?? '';

describe('a new value', () => {
  it.each([
    ['base62-32', /^[0-9A-Za-z]{32}$/],
    ['hex-64', /^[0-9a-f]{64}$/],
    ['hex-33', /^[0-9a-f]{33}$/],
    ['base64-32', /^[A-Za-z0-9+/]{43}=$/],
  ])('of %s is of its alphabet and length, and never the same', (kind, form) => {
    const all = Array.from({ length: 50 }, () => opened(makeSecret({ kind })));
    expect(all.every((one) => form.test(one))).toBe(true);
    expect(new Set(all).size).toBe(50);
  });

  it('uses every character alike', () => {
    const text = Array.from({ length: 400 }, () => opened(makeSecret({ kind: 'base62-62' }))).join('');
    const counts = new Map<string, number>();
    for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1);
    expect(counts.size).toBe(62);
    for (const count of counts.values()) expect(Math.abs(count - 400)).toBeLessThan(130);
  });
});

it('a verifier is the one that RFC 7677 works out', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(scramVerifier(new Secret('pencil'), salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

describe('a stage', () => {
  it('is filled once: file, verifier and value belong together', () => {
    const { changes, contents, values } = fillStage([change(seen)], vault);
    const fresh = opened(values.fresh.get('role app'));
    const [filled] = changes;
    expect(filled?.base).toMatchObject({
      kind: 'file',
      sha256: createHash('sha256').update(TEXT).digest('hex'),
    });
    const [put, role, unit] = filled?.primitives ?? [];
    const textOf = (it: unknown) =>
      Buffer.from(contents[(it as { sha256: string }).sha256] ?? '', 'base64').toString('utf8');
    expect(put?.kind).toBe('put-file');
    expect(textOf(put)).toBe(`# note\nDB="${fresh}"\nOTHER=kept\n`);
    const verifier = textOf(role).trim();
    const salt = Buffer.from(/:([^$]*)\$/.exec(verifier)?.[1] ?? '', 'base64');
    expect(verifier).toBe(scramVerifier(new Secret(fresh), salt));
    expect(unit).toEqual({ kind: 'unit', name: 'app.service', verb: 'restart' });
    expect(opened(values.old.get('DB'))).toBe('old2');
    expect(JSON.stringify(changes)).not.toContain(fresh);
  });

  it('gives a role of two files one verifier, because each is salted', () => {
    const twice = fillStage([change(seen), change(seen)], vault).changes;
    const sums = twice.flatMap(({ primitives }) =>
      primitives.flatMap((it) => (it.kind === 'postgres-role' ? [it.sha256] : [])),
    );
    expect(sums).toHaveLength(2);
    expect(new Set(sums).size).toBe(1);
  });

  it.each([
    ['the file has other bytes', { ...seen, digest: digestOfText(KEY, 'other') }, vault],
    [
      'the plan comes from another machine',
      { ...seen, digest: digestOfText(Buffer.alloc(32, 8), TEXT) },
      vault,
    ],
    ['there was no file', { kind: 'absent' } as const, vault],
    ['nobody looked', seen, undefined],
  ])('is refused as stale where %s', (_, base, known) => {
    expect(() => fillStage([change(base)], known)).toThrow(
      expect.objectContaining({ exitCode: 7, message: 'the host is no longer as the plan saw it' }),
    );
  });

  it('without holes stays as it is', () => {
    const plain = { ...change(seen), primitives: [] };
    expect(fillStage([plain], undefined).changes).toEqual([plain]);
  });
});

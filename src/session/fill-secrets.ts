// The holes of a stage filled, when it is applied and not before. Rules: values come from this machine's random numbers; what was read at the
// last look is what is written anew, and only if the plan saw the same; texts and values go nowhere but into the request to the host;
// a database gets a verifier, never the password.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { dropDead, putValue } from '../editors/secret-value.ts';
import { digestOfText } from '../facts/secret-measure.ts';
import { EXIT, TargetError } from '../model/errors.ts';
import type { BaseState, Change, Primitive } from '../model/resource.ts';
import type { Hole } from '../model/secret-entry.ts';
import { readSecretClass } from '../resources/secret-entry.ts';
import { Secret } from '../text/secret.ts';
import type { Vault } from './look-at-secrets.ts';

/** Values for proofs: the new ones by hole, those of before by name. */
export type KnownValues = {
  readonly fresh: ReadonlyMap<string, Secret>;
  readonly old: ReadonlyMap<string, Secret>;
};

export type Filled = {
  readonly changes: readonly Change[];
  /** Base64 by sha256; to be added to the plan's own. */
  readonly contents: Readonly<Record<string, string>>;
  readonly values: KnownValues;
};

/** Throws TargetError (exit 7) when the host is not as the plan saw it, and for a file that cannot be written so that it reads back. */
export function fillStage(changes: readonly Change[], vault: Vault | undefined): Filled {
  const fresh = new Map<string, Secret>();
  const verifiers = new Map<string, string>();
  const contents: Record<string, string> = {};
  const filled = changes.map((change) => {
    if (!change.primitives.some(({ kind }) => kind === 'fill-file' || kind === 'postgres-role'))
      return change;
    if (vault === undefined) throw stale(change.address);
    return fillChange(change, { vault, fresh, verifiers, contents });
  });
  return { changes: filled, contents, values: { fresh, old: vault?.values ?? new Map() } };
}

type Filling = {
  readonly vault: Vault;
  readonly fresh: Map<string, Secret>;
  /** By hole: each is salted, and a role that two files share has one. */
  readonly verifiers: Map<string, string>;
  readonly contents: Record<string, string>;
};

function fillChange(change: Change, it: Filling): Change {
  let base: BaseState | undefined = change.base;
  const primitives = change.primitives.map((primitive): Primitive => {
    if (primitive.kind === 'postgres-role') {
      const value = it.fresh.get(primitive.hole);
      if (value === undefined) throw new RangeError(`nothing fills ${primitive.hole}`);
      const verifier = it.verifiers.get(primitive.hole) ?? scramVerifier(value);
      it.verifiers.set(primitive.hole, verifier);
      return { ...primitive, sha256: keep(it.contents, `${verifier}\n`) };
    }
    if (primitive.kind !== 'fill-file') return primitive;
    const { path, format, holes, drop, mode, uid, gid } = primitive;
    const before = textOf(change, path, it.vault);
    base = baseOf(change.base, before);
    let text = before ?? '';
    for (const key of drop) text = must(dropDead(text, { format, key }), path);
    for (const hole of holes) {
      const value = it.fresh.get(hole.name) ?? makeSecret(hole);
      it.fresh.set(hole.name, value);
      text = must(putValue(text, { format, key: hole.key, value: value.open().toString('utf8') }), path);
    }
    return { kind: 'put-file', path, sha256: keep(it.contents, text), mode, uid, gid };
  });
  return { ...change, primitives, ...(base === undefined ? {} : { base }) };
}

/** The text that the plan rests on; undefined where there was no file. */
function textOf(change: Change, path: string, vault: Vault): string | undefined {
  const text = vault.texts.get(path)?.open().toString('utf8');
  const { base } = change;
  const same =
    base?.kind === 'keyed'
      ? text !== undefined && digestOfText(vault.key, text) === base.digest
      : base?.kind === 'absent' && text === undefined;
  if (!same) throw stale(change.address);
  return text;
}

function baseOf(base: BaseState | undefined, before: string | undefined): BaseState | undefined {
  if (base?.kind !== 'keyed' || before === undefined) return base;
  const { mode, uid, gid } = base;
  return { kind: 'file', sha256: hash(before), mode, uid, gid };
}

function stale(address: string): TargetError {
  return new TargetError('the host is no longer as the plan saw it', {
    exitCode: EXIT.stale,
    evidence: [
      `${address.replace(/^file:/, '')} changed since the plan was made, or was seen from another machine`,
    ],
    hints: ['make a new plan and look at its diff'],
  });
}

function must(result: ReturnType<typeof putValue>, path: string): string {
  if (result.ok) return result.value;
  const { what, fix } = result.problem;
  throw new TargetError(`${path} cannot be written: ${what}`, { exitCode: EXIT.refused, hints: [fix] });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function keep(contents: Record<string, string>, text: string): string {
  const name = hash(text);
  contents[name] = Buffer.from(text, 'utf8').toString('base64');
  return name;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A new value of the hole's class. Every character is as likely as any other: bytes that would favour some are thrown away. */
export function makeSecret({ kind }: Pick<Hole, 'kind'>): Secret {
  const it = readSecretClass(kind);
  if (it === undefined) throw new RangeError(`${kind} is no class of secrets`);
  if (it.alphabet === 'hex')
    return new Secret(
      randomBytes(Math.ceil(it.length / 2))
        .toString('hex')
        .slice(0, it.length),
    );
  if (it.alphabet === 'base64') return new Secret(randomBytes(it.length).toString('base64'));
  let text = '';
  while (text.length < it.length) {
    for (const byte of randomBytes(64)) {
      if (byte < 248 && text.length < it.length) text += BASE62.charAt(byte % 62);
    }
  }
  return new Secret(text);
}

const ITERATIONS = 4096;

/** What PostgreSQL keeps of a password (RFC 5803), so that the password itself never goes there. */
export function scramVerifier(password: Secret, salt: Uint8Array = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.open(), salt, ITERATIONS, 32, 'sha256');
  const sign = (word: string): Buffer => createHmac('sha256', salted).update(word).digest();
  const stored = createHash('sha256').update(sign('Client Key')).digest('base64');
  const code = Buffer.from(salt).toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${code}$${stored}:${sign('Server Key').toString('base64')}`;
}

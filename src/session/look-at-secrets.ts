// The second look, for runs that have secrets declared. Rules: it costs nothing where none are; values stay in the session's own memory,
// as Secrets; digests are keyed with a random key of this operator's, so that a plan file tells nobody what to try.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseSecrets, type SecretsLook, secretsCommand, secretsUnread } from '../facts/secrets.ts';
import type { Context } from '../model/context.ts';
import type { SecretEntry } from '../model/secret-entry.ts';
import { holeOf } from '../resources/secret.ts';
import type { Secret } from '../text/secret.ts';
import { privateFolder, readIfThere, writePrivate } from './folders.ts';
import type { SessionState } from './session.ts';

/** What the steps declare with the answers of this context. */
function declaredIn(state: Pick<SessionState, 'steps'>, context: Context): readonly SecretEntry[] {
  return state.steps.flatMap((step) => step.secrets?.(context) ?? []);
}

/** The context with declared secrets looked at; as it was where none are declared. */
export async function withSecrets(state: SessionState, context: Context): Promise<Context> {
  const entries = declaredIn(state, context);
  state.vault = undefined;
  if (entries.length === 0) return withoutSecrets(context);
  const nonce = randomBytes(16).toString('hex');
  const key = await digestKey(state.options.stateDir);
  const outcome = await (await state.line.transport()).run(secretsCommand(entries, nonce));
  if (outcome.kind !== 'exited') return { ...context, secrets: secretsUnread(outcome.kind) };
  const look = parseSecrets(outcome, { entries, key });
  if (look.kind !== 'known') return { ...context, secrets: look };
  state.vault = { ...look.value, key };
  return { ...context, secrets: { kind: 'known', value: look.value.sight }, rotated: [...state.rotated] };
}

/** Whether these answers declare other secrets than were looked at. */
export function declaresOthers(state: SessionState, context: Context): boolean {
  const seen =
    context.secrets?.kind === 'known' ? context.secrets.value.secrets.map(({ entry }) => entry) : [];
  return JSON.stringify(declaredIn(state, context)) !== JSON.stringify(seen);
}

/** Secrets whose holes were filled have new values from now on. `fresh`: by hole. */
export function noteRotated(state: SessionState, fresh: ReadonlyMap<string, Secret>): void {
  const sight = state.survey?.context.secrets;
  const seen = sight?.kind === 'known' ? sight.value.secrets : [];
  for (const { entry } of seen) {
    const value = fresh.get(holeOf(entry));
    if (value === undefined) continue;
    state.rotated = new Set([...state.rotated, entry.name]);
    const before = state.fresh.findIndex(({ name }) => name === entry.name);
    if (before >= 0) state.fresh.splice(before, 1);
    state.fresh.push({ name: entry.name, path: entry.path, value });
  }
}

/** Values that were taken back are nobody's any more. */
export function forgetRotated(state: SessionState): void {
  state.rotated = new Set();
  for (const { value } of state.fresh.splice(0)) value.wipe();
}

function withoutSecrets({ secrets: _, ...context }: Context): Context {
  return context;
}

/** What a session knows of secrets beyond what it may tell. */
export type Vault = SecretsLook & { readonly key: Uint8Array };

/** 32 random bytes, made once and kept 0600 on the operator's side. */
async function digestKey(stateDir: string): Promise<Uint8Array> {
  const path = join(await privateFolder(stateDir, 'keys'), 'digest');
  const text = (await readIfThere(path))?.trim() ?? '';
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const key = randomBytes(32);
  await writePrivate(path, `${key.toString('hex')}\n`);
  return key;
}

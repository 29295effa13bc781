// What `portcullis confirm` and a resumed session need to keep a transaction that another process left armed: the handle,
// the token and what must hold. One file a transaction, 0600 in a 0700 folder, written before the host is asked to begin (its
// answer may never come) and removed when the transaction is final; sweep-records.ts takes away what a killed run left.
import { join } from 'node:path';
import * as z from 'zod';
import type { Proof } from '../model/control.ts';
import { Secret } from '../text/secret.ts';
import { EngineLost } from '../transaction/answer.ts';
import type { Handle } from '../transaction/driver.ts';
import { privateFolder, readIfThere, removeIfThere, writePrivate } from './folders.ts';

export type OpenRecord = {
  /** Without the fence, which is the host's to say. */
  readonly handle: Omit<Handle, 'fence'>;
  /** The key by which the host is known, "SHA256:…". */
  readonly hostKey: string;
  readonly step: string;
  readonly token: Secret;
  /** Port the deciding login goes to. */
  readonly port: number;
  readonly proofs: readonly Proof[];
};

const shape = z.object({
  handle: z.object({ id: z.string(), engine: z.string(), nonce: z.string() }),
  hostKey: z.string(),
  step: z.string(),
  token: z.string().regex(/^[0-9a-f]{32}$/),
  port: z.number().int().min(0).max(65535),
  proofs: z.array(
    z.custom<Proof>((value) => typeof value === 'object' && value !== null && 'check' in value),
  ),
});

async function pathOf(stateDir: string, id: string): Promise<string> {
  return join(await privateFolder(stateDir, 'open'), `${id}.json`);
}

/** `token` comes as its hex text, because a Secret cannot be written down by mistake. */
export async function saveOpenRecord(
  stateDir: string,
  record: Omit<OpenRecord, 'token'> & { readonly token: string },
): Promise<void> {
  await writePrivate(
    await pathOf(stateDir, record.handle.id),
    // Who confirms later has not the values of secrets; they were proved when they were new.
    JSON.stringify({
      ...record,
      proofs: record.proofs.filter(({ check }) => check.kind !== 'postgres-login'),
      pid: process.pid,
    }),
  );
}

/** Begins with the record written, and takes it away again when the host says that it has not begun. */
export async function startRecorded<Started>(
  stateDir: string,
  record: Parameters<typeof saveOpenRecord>[1],
  start: () => Promise<Started>,
): Promise<Started> {
  await saveOpenRecord(stateDir, record);
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof EngineLost)) await dropOpenRecord(stateDir, record.handle.id);
    throw error;
  }
}

/** Undefined when this machine did not begin that transaction, or its record is not whole. */
export async function loadOpenRecord(stateDir: string, id: string): Promise<OpenRecord | undefined> {
  const text = await readIfThere(await pathOf(stateDir, id));
  if (text === undefined) return undefined;
  const read = shape.safeParse(parsed(text));
  return read.success ? { ...read.data, token: new Secret(read.data.token) } : undefined;
}

/** What JSON says, or undefined for a file that was torn. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function dropOpenRecord(stateDir: string, id: string): Promise<void> {
  await removeIfThere(await pathOf(stateDir, id));
}

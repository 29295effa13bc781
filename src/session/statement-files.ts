// What the operator said about a host, on the operator's side: one file a statement, 0600 in a 0700 folder, written in one piece, so
// that two runs at once need no lock. Rules: it belongs to the machine that has both this machine id and this host key; what
// cannot be read is an error with the file's name, never an empty list; looking makes no folder.
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../model/errors.ts';
import type { Statement } from '../model/statement.ts';
import { dayOf } from '../text/last-day.ts';
import { privateFolder, readIfThere, removeIfThere, statementFolder, writePrivate } from './folders.ts';

/** Which machine: both must be the same. The host key is empty for the machine this runs on. */
export type HostIdentity = { readonly machineId: string; readonly hostKey: string };

const shape = z.strictObject({
  version: z.literal(1),
  /** As the operator named it; for who looks into the folder. */
  target: z.string(),
  machineId: z.string(),
  hostKey: z.string(),
  kind: z.enum(['attest', 'waive']),
  control: z.string(),
  reason: z.string().min(1),
  by: z.string().min(1),
  at: z.iso.datetime(),
  until: z.iso.date(),
});

/** What was said about this host, by control id; and how many files are about its machine id with another host key. */
export async function loadStatements(
  stateDir: string,
  host: HostIdentity,
  now: number,
): Promise<{ readonly statements: readonly Statement[]; readonly others: number }> {
  const names = (await namesIn(statementFolder(stateDir))).filter(
    (name) => name.startsWith(`${host.machineId}.`) && name.endsWith('.json'),
  );
  if (names.length === 0) return { statements: [], others: 0 };
  const folder = await ownFolder(stateDir);
  const own = names.filter((name) => name.startsWith(`${prefixOf(host)}.`)).sort();
  const read = await Promise.all(own.map((name) => statementIn(join(folder, name), { host, now })));
  return { statements: read.filter((it) => it !== undefined), others: names.length - own.length };
}

/** A later statement about the same control takes the place of the earlier one. */
export async function saveStatement(
  stateDir: string,
  host: HostIdentity & { readonly target: string },
  { expired: _, ...said }: Statement,
): Promise<void> {
  const { target, machineId, hostKey } = host;
  const record: z.infer<typeof shape> = { version: 1, target, machineId, hostKey, ...said };
  const path = await pathOf(stateDir, host, said.control);
  await writePrivate(path, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** False when nothing was said. */
export async function removeStatement(
  stateDir: string,
  host: HostIdentity,
  control: string,
): Promise<boolean> {
  const path = await pathOf(stateDir, host, control);
  const there = (await readIfThere(path)) !== undefined;
  await removeIfThere(path);
  return there;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new UserError(`what was attested and waived cannot be read: ${code ?? 'error'}`, {
      where: folder,
      hints: ['make the folder yours and readable: mode 700'],
      cause: error,
    });
  }
}

async function ownFolder(stateDir: string): Promise<string> {
  return await privateFolder(stateDir, basename(statementFolder(stateDir)));
}

async function pathOf(stateDir: string, host: HostIdentity, control: string): Promise<string> {
  // Ids come from the steps of this version; this is a file name all the same.
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(control)) throw new Error(`no control has such an id: ${control}`);
  return join(await ownFolder(stateDir), `${prefixOf(host)}.${control}.json`);
}

/** Machine ids are 32 hexadecimal digits, or the fact that read them is unknown. */
function prefixOf({ machineId, hostKey }: HostIdentity): string {
  return `${machineId}.${createHash('sha256').update(hostKey).digest('hex').slice(0, 16)}`;
}

async function statementIn(
  path: string,
  { host, now }: { readonly host: HostIdentity; readonly now: number },
): Promise<Statement | undefined> {
  const text = await readIfThere(path);
  // Withdrawn by another run since the folder was listed.
  if (text === undefined) return undefined;
  const read = shape.safeParse(parsed(text));
  if (!read.success) throw broken(path, 'it is not what Portcullis wrote');
  const { version: _, target: __, machineId, hostKey, ...said } = read.data;
  if (machineId !== host.machineId || hostKey !== host.hostKey) throw broken(path, 'it is of another host');
  return { ...said, expired: said.until < dayOf(now) };
}

/** What JSON says; undefined for a file that was torn. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function broken(path: string, what: string): UserError {
  return new UserError(`a record of what was attested or waived cannot be used: ${what}`, {
    where: path,
    hints: [
      'look into it, then remove it; until then nothing about this host is judged',
      'and say it again: portcullis attest, or portcullis waive, TARGET CONTROL --reason TEXT',
    ],
  });
}

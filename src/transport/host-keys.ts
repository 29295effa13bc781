// Whose key it is. Rules: ssh itself decides against the known_hosts files with StrictHostKeyChecking=yes; a key nobody knows
// is shown, and pinned in a file of ours only after a yes (or an equal --accept-host-key); a changed or revoked key stops
// the run with no way on; no file of the operator is ever written; no credential is offered before the key is settled.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, TargetError } from '../model/errors.ts';
import type { Ask } from '../model/session.ts';
import { quote } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { appendKnown, type KnownKey, keyAt, readKnownLine } from './known-hosts.ts';
import type { SshLog } from './ssh-log.ts';

/** What ssh said about the key when it refused to go on. */
export type HostKeyVerdict =
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'changed'; readonly name: string; readonly file: string; readonly line: number }
  | { readonly kind: 'revoked' };

/** Read the verdict from the log of a failed ssh; undefined when the host key was not the reason. */
export function hostKeyVerdict(log: SshLog): HostKeyVerdict | undefined {
  const text = log.lines.join('\n');
  if (/REVOKED HOST KEY DETECTED|is marked as revoked/.test(text)) return { kind: 'revoked' };
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(text)) {
    const offending = /Offending \S+ key in (.+):(\d+)/.exec(text);
    const name = /Host key for (.+) has changed and you have requested strict checking/.exec(text);
    return {
      kind: 'changed',
      name: name?.[1] ?? '',
      file: offending?.[1] ?? '',
      line: Number(offending?.[2] ?? 0),
    };
  }
  const unknown = /No \S+ host key is known for (.+) and you have requested strict checking/.exec(text);
  return unknown?.[1] ? { kind: 'unknown', name: unknown[1] } : undefined;
}

type Settle = {
  readonly verdict: HostKeyVerdict;
  readonly log: Pick<SshLog, 'hostKey'>;
  readonly where: string;
  readonly ask: Ask;
  readonly acceptHostKey: string | undefined;
  /** Our own known_hosts file. */
  readonly store: string;
  /** Fetch the key without offering any credential; see learnHostKey. */
  readonly learn: () => Promise<KnownKey | undefined>;
};

/** Returns when the key is pinned and the login may be tried again; throws TargetError (exit 6) otherwise. */
export async function settleHostKey(it: Settle): Promise<void> {
  const seen = it.log.hostKey?.fingerprint ?? 'unknown';
  if (it.verdict.kind === 'revoked')
    throw stop(it, 'the host presents a key that is marked as revoked', [
      `revoked key: ${seen}`,
      'there is no way on: find out why it was revoked',
    ]);
  if (it.verdict.kind === 'changed') throw await changed(it, it.verdict, seen);
  const key = await it.learn();
  if (key === undefined || (it.log.hostKey !== undefined && key.fingerprint !== it.log.hostKey.fingerprint))
    throw stop(it, 'the host presented two different keys in two visits', [
      `first: ${seen}`,
      `then: ${key?.fingerprint ?? 'none'}`,
    ]);
  if (it.acceptHostKey !== undefined) {
    if (it.acceptHostKey !== key.fingerprint)
      throw stop(it, 'the host key is not the one named with --accept-host-key', [
        `expected: ${sanitizeLine(it.acceptHostKey)}`,
        `presented: ${key.fingerprint} (${key.type}); a fingerprint of another key type does not compare`,
      ]);
  } else {
    const question = {
      kind: 'host-key',
      host: it.where,
      type: key.type,
      fingerprint: key.fingerprint,
    } as const;
    const reply = await it.ask(question);
    if (reply.kind !== 'accept')
      throw stop(it, 'the host key is not known and was not accepted', [
        `the host presents ${key.type} ${key.fingerprint}`,
        `when that is what its console shows, add: --accept-host-key ${key.fingerprint}`,
      ]);
  }
  await appendKnown(it.store, `${it.verdict.name} ${key.type} ${key.blob}`);
}

async function changed(
  it: Settle,
  verdict: Extract<HostKeyVerdict, { kind: 'changed' }>,
  seen: string,
): Promise<TargetError> {
  const old = await keyAt(verdict.file, verdict.line);
  const name = verdict.name === '' ? it.where : verdict.name;
  return stop(it, 'the host key has changed: this may be another machine, or somebody in between', [
    `known: ${old?.fingerprint ?? 'unreadable'} in ${sanitizeLine(verdict.file)}:${verdict.line}`,
    `presented: ${seen}`,
    `only after checking by other means: ssh-keygen -f ${sanitizeLine(quote(verdict.file))} -R ${sanitizeLine(quote(name))}`,
  ]);
}

function stop(it: Settle, message: string, hints: readonly string[]): TargetError {
  return new TargetError(message, { where: it.where, hints, exitCode: EXIT.unreachable });
}

/** The key ssh wrote into a throw-away file during a visit without credentials. */
export async function takeLearned(file: string): Promise<KnownKey | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  await rm(file, { force: true });
  return text
    .split('\n')
    .map(readKnownLine)
    .find((key) => key !== undefined);
}

/** What every later connection of this session must present. */
export type Pin = {
  readonly file: string;
  /** Name to look it up under, whatever address and port are dialled. */
  readonly alias: string;
  readonly fingerprint: string;
  /** Type of the plain key; undefined for an authority, which may vouch for several. */
  readonly type: string | undefined;
};

/** Of the algorithms we would offer, those that make the host present its pinned key and no other. */
export function algorithmsOfPin(pin: Pin, offered: readonly string[]): readonly string[] {
  if (pin.type === undefined) return offered;
  const type = pin.type;
  return offered.filter((name) =>
    type === 'ssh-rsa' ? /^(rsa-sha2-\d+|ssh-rsa)$/.test(name) : name === type,
  );
}

/**
 * Pin the key (or the authority that vouches for it) that the first login accepted. `learn` is for keys that stand in no
 * file (KnownHostsCommand, DNS). Undefined when it cannot be told.
 */
export async function pinHostKey(
  log: SshLog,
  directory: string,
  learn: () => Promise<KnownKey | undefined>,
): Promise<Pin | undefined> {
  if (log.hostKey === undefined) return undefined;
  const written = log.knownIn === undefined ? undefined : await keyAt(log.knownIn.file, log.knownIn.line);
  const key = written ?? (log.hostKey.certificate ? undefined : await learn());
  if (key === undefined || (key.marker === undefined && key.fingerprint !== log.hostKey.fingerprint))
    return undefined;
  const alias = (log.knownAs ?? 'portcullis-pin').replace(/^\[(.*)\]:\d+$/, '$1');
  const file = join(directory, 'pin');
  await rm(file, { force: true });
  const marker = key.marker === undefined ? '' : `${key.marker} `;
  await appendKnown(file, `${marker}${alias} ${key.type} ${key.blob}`);
  const type = key.marker === undefined ? key.type : undefined;
  return { file, alias, fingerprint: log.hostKey.fingerprint, type };
}

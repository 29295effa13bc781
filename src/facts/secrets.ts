// The second look of a run that has secrets declared: which files, units and roles, only the answers tell. Rules: bytes of files come over
// the session, are measured here at once and kept as Secrets; what leaves this file otherwise is measures and keyed digests. What did not
// come whole is unknown.
import { known, type Reading, unknown } from '../model/outcome.ts';
import type { SecretEntry } from '../model/secret-entry.ts';
import { type Command, command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { Secret } from '../text/secret.ts';
import type { RawReply } from './fact.ts';
import links from './loose-links.sh?raw';
import { dockerSeen } from './secret-docker.ts';
import { fileOf, heldIn, type ReadFile, seenIn } from './secret-file.ts';
import type { SecretRole, SecretsSight, SecretUnit } from './secret-values.ts';
import body from './secrets.sh?raw';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader, type Sections, wordsOf } from './sections.ts';

/** What was seen, and what was seen by: values by name and texts by real path, for those who must write or prove. */
export type SecretsLook = {
  readonly sight: SecretsSight;
  readonly values: ReadonlyMap<string, Secret>;
  readonly texts: ReadonlyMap<string, Secret>;
};

const POSTGRES = ['read', 'down', 'several'] as const;

/** `nonce` frames the answer: fresh and random for each call. */
export function secretsCommand(entries: readonly SecretEntry[], nonce: string): Command {
  const words = [
    ...[...new Set(entries.map(({ path }) => path))].flatMap((path) => ['file', path]),
    ...[...new Set(entries.flatMap(({ units }) => units))].flatMap((name) => ['unit', name]),
    ...[...new Set(entries.flatMap(({ role }) => role?.name ?? []))].flatMap((name) => ['role', name]),
  ];
  return command(['/bin/sh', '-c', value(preamble + links + body), 'sh', ...words.map(value)], {
    stdin: [`${nonce}\n`],
    deadline: 30_000,
    outputLimit: 8 * 1024 * 1024,
  });
}

/** `key`: for digests, of this operator alone. */
export function parseSecrets(
  raw: RawReply,
  { entries, key }: { readonly entries: readonly SecretEntry[]; readonly key: Uint8Array },
): Reading<SecretsLook> {
  return reader((sections) => {
    sections.body('end');
    return known(readLook(sections, { entries, key }));
  })(raw);
}

export function secretsUnread(why: string): Reading<never> {
  return unknown(`the files of declared secrets could not be read: ${sanitizeLine(why, 160)}`);
}

function readLook(
  sections: Sections,
  { entries, key }: { readonly entries: readonly SecretEntry[]; readonly key: Uint8Array },
): SecretsLook {
  const read = new Map<string, ReadFile>();
  for (const group of sections.groups('file')) {
    const file = fileOf(group, key);
    read.set(file.path, file);
  }
  const bySystemd = new Set(
    sections.groups('unit').flatMap((group) => environmentFiles(decode(group.body('unit')))),
  );
  const found = entries.map((entry) => seenIn(read.get(entry.path), entry, { key, bySystemd }));
  const values = new Map(found.flatMap(({ seen, text }) => (text === '' ? [] : [[seen.entry.name, text]])));
  const units = sections.groups('unit').map((group) => unitOf(group, values, entries));
  const said = linesOf(sections.find('docker')?.body ?? '')[0];
  const postgres = linesOf(sections.find('postgres')?.body ?? '');
  return {
    sight: {
      secrets: found.map(({ seen }) => seen),
      files: [...read.values()].map(({ text: _, copied, ...file }) => ({
        ...file,
        copies: copied.map(({ text, ...copy }) => ({ ...copy, holds: heldIn(text, values) })),
      })),
      units,
      ...dockerSeen(sections, values, entries),
      docker: said === 'read' || said === 'unreadable' ? said : 'absent',
      postgres: POSTGRES.find((it) => it === postgres[0]) ?? 'absent',
      roles: postgres.slice(1).map(roleOf),
      now: Number(sections.line('now')) || 0,
    },
    values: new Map([...values].map(([name, text]) => [name, new Secret(text)])),
    texts: new Map(
      [...read.values()].flatMap(({ realPath, status, text }) =>
        status === 'file' ? [[realPath, new Secret(text)] as const] : [],
      ),
    ),
  };
}

/** What `systemctl show` says of EnvironmentFile=, a line each. */
function environmentFiles(shown: string): readonly string[] {
  return linesOf(shown).flatMap((line) => /^EnvironmentFiles=(\/\S*)/.exec(line)?.[1] ?? []);
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function unitOf(
  group: Sections,
  values: ReadonlyMap<string, string>,
  entries: readonly SecretEntry[],
): SecretUnit {
  const name = group.all[0]?.args[0] ?? '';
  const text = decode(group.body('unit'));
  const shown = pairsOf(text);
  const ids = linesOf(group.find('ids')?.body ?? '').map(Number);
  const environ = decode(group.find('environ')?.body ?? '').split('\0');
  const stale = entries.filter((entry) => {
    const now = values.get(entry.name);
    const pair = environ.find((one) => one.startsWith(`${entry.key}=`));
    return (
      entry.format === 'env' &&
      entry.units.includes(name) &&
      now !== undefined &&
      pair !== undefined &&
      pair.slice(entry.key.length + 1) !== now
    );
  });
  return {
    name,
    enabled: shown.get('LoadState') === 'loaded' ? shown.get('UnitFileState') || 'static' : 'not-found',
    active: shown.get('ActiveState') || 'inactive',
    user: shown.get('User') || 'root',
    uid: ids[0] ?? 0,
    gid: ids[1] ?? 0,
    environmentFiles: environmentFiles(text),
    holds: heldIn(shown.get('Environment') ?? '', values),
    stale: stale.map((entry) => entry.name),
  };
}

function roleOf(line: string): SecretRole {
  const [name = '', login, superuser, verifier, connections] = wordsOf(line);
  return {
    name,
    login: login === 't',
    superuser: superuser === 't',
    verifier: verifier === 'scram' || verifier === 'md5' ? verifier : 'none',
    connections: Number(connections) || 0,
  };
}

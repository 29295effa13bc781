// Rules: only adds a line; other lines, their order and their bytes are not ours. A file without a final newline gets one first,
// because two keys on one line lose the second. A key that stands there already is not added again. The folder and the file
// belong to the user and are closed to others; a wrong mode of the file is put right when the key is added.
import type { AccountFact, ConfigFile } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { AuthorizedKeyResource, Change } from '../model/resource.ts';
import { parsePublicKey } from './public-key.ts';
import {
  baseOf,
  fourDigits,
  isExact,
  mergeDiffs,
  NO_DIFF,
  type ResourceDiff,
  sha256,
  type Wanted,
} from './wanted.ts';

type WantedKey = Wanted<AuthorizedKeyResource>;

/** Keys of one account end in one change. Throws RangeError (message for a person) on text that is not one whole public key. */
export function diffAuthorizedKeys(wanted: readonly WantedKey[], context: Context): ResourceDiff {
  const users = [...new Set(wanted.map((one) => `${one.step} ${one.resource.user}`))];
  return mergeDiffs(
    users.map((user) => {
      const diffs = wanted
        .filter((one) => `${one.step} ${one.resource.user}` === user)
        .map((one) => diffOne(one, context));
      return joinKeys(diffs);
    }),
  );
}

/** Later additions to the same file go on where the earlier one ended. */
function joinKeys(diffs: readonly ResourceDiff[]): ResourceDiff {
  const all = mergeDiffs(diffs);
  const adding = all.changes.filter((change) => change.action !== 'none');
  const [first, ...others] = adding;
  if (first === undefined || others.length === 0) return all;
  const before = first.before ?? '';
  const tails = others.map((change) => (change.after ?? '').slice(before.length).replace(/^\r?\n/, ''));
  const after = `${first.after ?? ''}${tails.join('')}`;
  const hash = sha256(after);
  const joined: Change = {
    ...first,
    title: adding.map((change) => change.title).join('; '),
    controls: [...new Set(adding.flatMap((change) => change.controls))],
    after,
    primitives: first.primitives.map((primitive) =>
      primitive.kind === 'put-file' ? { ...primitive, sha256: hash } : primitive,
    ),
  };
  return {
    ...all,
    changes: [...all.changes.filter((change) => change.action === 'none'), joined],
    contents: { [hash]: Buffer.from(after).toString('base64') },
  };
}

function diffOne(wanted: WantedKey, context: Context): ResourceDiff {
  const { resource } = wanted;
  const key = parsePublicKey(resource.line);
  if ('problem' in key) throw new RangeError(`the key for ${resource.user}: ${key.problem}`);
  const { accounts } = context.readings;
  if (accounts.kind !== 'known') {
    return { ...NO_DIFF, unknown: ['the accounts of this host could not be read, so no key can be added'] };
  }
  const account = accounts.value.accounts.find((one) => one.name === resource.user);
  if (account === undefined) {
    throw new RangeError(
      `the key for ${resource.user}: there is no such account on the host; create it first`,
    );
  }
  const path = account.keyPath ?? `${account.home}/.ssh/authorized_keys`;
  const common = {
    step: wanted.step,
    controls: [wanted.control],
    why: wanted.why,
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
  } as const;
  const standing = account.keys.find((one) => one.blob === key.blob && plainEnough(one.options));
  if (standing !== undefined) {
    const change: Change = {
      ...common,
      address: `authorized-key:${resource.user}:${key.fingerprint}`,
      action: 'none',
      title: `nothing to do: the key stands in ${standing.file}, line ${standing.line}`,
      risk: 'none',
      primitives: [],
    };
    return { ...NO_DIFF, changes: [change] };
  }
  if (account.keyFiles === undefined) {
    return { ...NO_DIFF, unknown: [`the key files of ${resource.user} could not be read`] };
  }
  const file = account.keyFiles.find((one) => one.path === path);
  if (file !== undefined && !isExact(file)) {
    return { ...NO_DIFF, unknown: [`${path} is not plain UTF-8 text, so it cannot be edited without loss`] };
  }
  return addLine({ account, path, file, line: resource.line.trim(), fingerprint: key.fingerprint, common });
}

/** A standing key with options may be a way in for one command only: it does not count as the same key. */
function plainEnough(options: string): boolean {
  return options === '';
}

function addLine(it: {
  account: AccountFact;
  path: string;
  file: ConfigFile | undefined;
  line: string;
  fingerprint: string;
  common: Pick<Change, 'step' | 'controls' | 'why' | 'phase' | 'confidence' | 'effective'>;
}): ResourceDiff {
  const { account, file } = it;
  const before = file?.text ?? '';
  const ending = before.includes('\r\n') ? '\r\n' : '\n';
  const glue = before === '' || before.endsWith('\n') ? '' : ending;
  const text = `${before}${glue}${it.line}${ending}`;
  const hash = sha256(text);
  const path = file?.realPath ?? it.path;
  const folder = path.slice(0, path.lastIndexOf('/'));
  const inHome = folder.startsWith(`${account.home}/`);
  const owner = file !== undefined && !inHome ? file : account;
  const open = file !== undefined && (Number.parseInt(file.mode, 8) & 0o022) === 0;
  const change: Change = {
    ...it.common,
    address: `file:${path}`,
    action: file === undefined ? 'create' : 'update',
    title: `key ${it.fingerprint} added for ${account.name}`,
    risk: 'lockout',
    before: file?.text ?? null,
    after: text,
    base: baseOf(file),
    primitives: [
      {
        kind: 'put-file',
        path,
        sha256: hash,
        mode: open ? fourDigits(file.mode) : '0600',
        uid: owner.uid,
        gid: owner.gid,
        ...(file === undefined && inHome
          ? { parents: [{ path: folder, mode: '0700', uid: account.uid, gid: account.gid }] }
          : {}),
      },
    ],
  };
  return {
    ...NO_DIFF,
    changes: [change],
    contents: { [hash]: Buffer.from(text).toString('base64') },
    notes: [`adds an SSH key for ${account.name}: ${it.fingerprint}`],
  };
}

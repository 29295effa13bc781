// Rules: a file is narrowed, never widened but for the one who must read it; copies are shut, not deleted: they may be somebody's only one.
import type { SecretCopy, SecretFile, SecretsSight } from '../../src/facts/secret-values.ts';
import type { Control } from '../../src/model/control.ts';
import { fileFaults, ownerWanted } from './files.ts';
import { declared, eachSecret, sightOf, whileSeen } from './state.ts';

const READS = 'the files of declared secrets and what lies beside them: mode, owner, names';

export const repeated: Control = {
  id: 'secrets.repeated',
  title: 'A secret stands once in its file',
  severity: 'medium',
  why: 'Of several lines only the last counts: people change the first and nothing happens, and old secrets stay readable.',
  references: ['docker compose: env files', 'systemd.exec(5) EnvironmentFile'],
  reads: READS,
  mayBreak: 'Nothing: lines that have no effect go.',
  applies: declared,
  judge: (context) =>
    eachSecret(context, 'no key stands twice', ({ lines, entry }) => {
      if (lines <= 1) return undefined;
      const byHand = entry.format === 'env' ? '' : '; take the others out by hand';
      return `its key stands ${lines} times; the last one counts${byHand}`;
    }),
  remedy: (context) =>
    (sightOf(context)?.secrets ?? [])
      // Of other formats we know no dead lines.
      .filter(({ lines, entry }) => lines > 1 && entry.format === 'env')
      .map(({ entry }) => ({ kind: 'secret', path: entry.path, drop: entry })),
};

export const modes: Control = {
  id: 'secrets.modes',
  title: 'Only its user can read a file with secrets',
  severity: 'high',
  why: 'Every program on the host that breaks reads what everybody may read.',
  references: ['CIS Debian 12 v1.1.0 6.1', 'systemd.exec(5) EnvironmentFile'],
  reads: READS,
  mayBreak: 'Programs that read the file as another user, and that nobody declared.',
  applies: declared,
  judge: (context) =>
    whileSeen(context, (sight) => ({
      bad: sight.files.flatMap((file) => fileFaults(file, sight)),
      unknown: sight.files.flatMap(({ path, status, reason }) =>
        status === 'unreadable' ? [`${path}: ${reason}`] : [],
      ),
      good: 'every file is readable for its user only',
    })),
  remedy: (context) => {
    const sight = sightOf(context);
    if (sight === undefined) return [];
    return sight.files
      .filter((file) => fileFaults(file, sight).length > 0)
      .flatMap((file) => {
        const owner = ownerWanted(file, sight);
        return owner === undefined ? [] : [{ kind: 'secret' as const, path: file.path, owner }];
      });
  },
};

export const copies: Control = {
  id: 'secrets.copies',
  title: 'No copy of a file with secrets is open to others',
  severity: 'high',
  why: 'Editors, scripts and people leave copies behind, with the mode of the moment.',
  references: ['CWE-530'],
  reads: READS,
  mayBreak: 'Programs that read the copy as another user.',
  applies: declared,
  judge: (context) =>
    whileSeen(context, (sight) => ({
      bad: openCopies(sight).map(({ copy, file }) => {
        const what =
          copy.holds.length > 0
            ? `holds ${copy.holds.join(', ')} as they are now`
            : 'may hold earlier values';
        return `${copy.path}, a copy of ${file.path}, ${what} and is open to others (mode ${copy.mode})`;
      }),
      good: 'there is none',
    })),
  remedy: (context) => {
    const sight = sightOf(context);
    const open = sight === undefined ? [] : openCopies(sight);
    return open.map(({ copy }) => ({ kind: 'file', path: copy.path, mode: '0600' }));
  },
};

/** Copies that somebody besides their owner may read and that hold, or are likely to hold, secrets. */
function openCopies(
  sight: SecretsSight,
): readonly { readonly copy: SecretCopy; readonly file: SecretFile }[] {
  const declaredPaths = new Set(sight.files.flatMap(({ path, realPath }) => [path, realPath]));
  return sight.files.flatMap((file) =>
    file.copies
      .filter(({ path }) => !declaredPaths.has(path))
      .filter(({ mode }) => (Number.parseInt(mode, 8) & 0o077) !== 0)
      .filter(({ holds, path }) => holds.length > 0 || !/example|sample|template|dist|md$/i.test(path))
      .map((copy) => ({ copy, file })),
  );
}

// Who may read a file with secrets. Rules: its owner, who is root or the user whose service reads it by itself, and at most that
// service's own group; a file that the service manager reads (EnvironmentFile=) needs nobody but root.
import type { SecretFile, SecretsSight } from '../../src/facts/secret-values.ts';
import type { SecretEntry } from '../../src/model/secret-entry.ts';

type Owner = { readonly mode: string; readonly uid: number; readonly gid: number };

/** Services of this file that read it themselves, as a user other than root. */
function readersOf(file: SecretFile, sight: SecretsSight) {
  const entries = sight.secrets.map(({ entry }) => entry).filter(({ path }) => path === file.path);
  const names = new Set(entries.flatMap(({ units }: SecretEntry) => units));
  return sight.units.filter(
    ({ name, uid, environmentFiles }) =>
      names.has(name) &&
      uid !== 0 &&
      !environmentFiles.includes(file.path) &&
      !environmentFiles.includes(file.realPath),
  );
}

/** Whose it is was decided for that place, and not by whoever made the link. */
function isRootsBehindLink({ path, realPath, uid }: SecretFile): boolean {
  return uid === 0 && path !== realPath;
}

/** What is wrong with mode and owner, in words. */
export function fileFaults(file: SecretFile, sight: SecretsSight): readonly string[] {
  if (file.status !== 'file') return [];
  const mode = Number.parseInt(file.mode, 8);
  const readers = readersOf(file, sight);
  const units = sight.units.filter(({ uid }) => uid !== 0);
  const ofReader = (gid: number): boolean => units.some((it) => it.gid === gid);
  const faults: string[] = [];
  if ((mode & 0o007) !== 0) faults.push(`${file.path} is open to everyone (mode ${file.mode})`);
  else if ((mode & 0o070) !== 0 && !(file.gid === 0 || (ofReader(file.gid) && (mode & 0o030) === 0)))
    faults.push(`${file.path} is open to the group ${file.group} (mode ${file.mode})`);
  const isOwner = file.uid === 0 || units.some(({ uid }) => uid === file.uid);
  if (!isOwner) faults.push(`${file.path} belongs to ${file.owner}, who is not its consumer`);
  if (readers.length > 0 && file.uid === 0 && !ofReader(file.gid) && (mode & 0o004) === 0)
    faults.push(`${file.path} cannot be read by ${readers.map(({ user }) => user).join(', ')}`);
  if (faults.length > 0 && readers.length > 0 && isRootsBehindLink(file))
    faults.push(
      `${file.path} leads to ${file.realPath}, which is root's: change mode and owner there by hand`,
    );
  return faults;
}

/** Mode and owner that it should have; undefined when they cannot be told, because several users read it or a link leads to root's. */
export function ownerWanted(file: SecretFile, sight: SecretsSight): Owner | undefined {
  const readers = readersOf(file, sight);
  const [reader] = readers;
  if (reader === undefined) {
    const units = sight.units.filter(({ uid }) => uid === file.uid);
    const kept = file.uid === 0 || units.length > 0;
    return kept ? { mode: '0600', uid: file.uid, gid: file.gid } : { mode: '0600', uid: 0, gid: 0 };
  }
  if (readers.some(({ uid }) => uid !== reader.uid)) return undefined;
  if (file.uid === 0 && file.gid === reader.gid) return { mode: '0640', uid: 0, gid: reader.gid };
  if (isRootsBehindLink(file)) return undefined;
  return { mode: '0600', uid: reader.uid, gid: reader.gid };
}

// Keys as they stand. Rules: a key is one person; what sshd would not take, or should not, is named with its file and line; a private
// key is never repeated.
import type { AccountFact, KeyFact } from '../../src/facts/values.ts';
import type { Control } from '../../src/model/control.ts';
import { accountsOf, judged, shown } from './state.ts';

const LEAST_RSA = 2048;

/** Where each key stands, for keys that stand in more than one account. */
export function sharedKeys(accounts: readonly AccountFact[]): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, Set<string>>();
  for (const { name, keys } of accounts)
    for (const { fingerprint } of keys)
      owners.set(fingerprint, (owners.get(fingerprint) ?? new Set()).add(name));
  return new Map([...owners].filter(([, names]) => names.size > 1).map(([key, names]) => [key, [...names]]));
}

/** Why a key should not be there; undefined: it may. */
export function keyFault({ type, bits, problem }: KeyFact): string | undefined {
  if (problem !== undefined) return `sshd does not take it: ${problem}`;
  if (type === 'ssh-dss') return 'DSA is broken';
  if (type.includes('rsa') && bits !== null && bits < LEAST_RSA) return `RSA of ${bits} bits is too short`;
  return undefined;
}

const shared: Control = {
  id: 'rbac.shared-keys',
  title: 'A key is one person, in one account',
  severity: 'high',
  why: 'Where several people, or several accounts, have one key, the log cannot say who came, and nobody can be shut out alone.',
  references: ['NIST SP 800-53 IA-2', 'CIS Controls 5.3'],
  reads: 'authorized keys of every account',
  mayBreak: 'Nothing is changed: make a key for each person, prove it, then remove the common one.',
  judge: (context) =>
    judged(context, ({ accounts }) => {
      const administers = new Set(accounts.filter(({ uid }) => uid === 0).map(({ name }) => name));
      const wrong = [...sharedKeys(accounts)].map(
        ([key, names]) =>
          `${shown(key)} opens ${names.map(shown).join(', ')}${names.some((name) => administers.has(name)) ? ', root among them' : ''}`,
      );
      return { wrong, right: 'no key stands in two accounts' };
    }),
};

const problems: Control = {
  id: 'rbac.keys',
  title: 'Every key that stands there is whole, strong and in force',
  severity: 'medium',
  why: 'A key that does not work is found out when it is needed; a weak or private one opens the host to others.',
  references: ['NIST SP 800-57 part 1', 'OpenSSH sshd(8) AUTHORIZED_KEYS FILE FORMAT'],
  reads: 'authorized keys of every account, and the modes of their files',
  mayBreak:
    'Nothing is changed: remove or replace the named line. A private key that stood there is known to others: make a new one.',
  judge: (context) =>
    judged(context, ({ accounts }) => {
      const wrong = accounts.flatMap(({ name, keys, keyFiles = [] }) => [
        ...keyFiles
          .filter(({ text }) => /PRIVATE KEY/.test(text))
          .map(({ path }) => `${shown(path)} holds a PRIVATE key: whoever reads it is its owner`),
        ...keys.flatMap((key) => {
          const fault = keyFault(key);
          return fault === undefined
            ? []
            : [`${shown(name)}, line ${key.line} of ${shown(key.file)}: ${fault}`];
        }),
      ]);
      return { wrong, right: `${accountsOf(context).flatMap(({ keys }) => keys).length} keys, each usable` };
    }),
};

export const keyControls: readonly Control[] = [shared, problems];

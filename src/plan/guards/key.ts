// The way the operator proves who he is must survive: his key (file, algorithm, size, options, revocation), his certificate, or,
// when he came by password, either passwords or a key of his that stands on the host or is added by this plan.
import type { KeyFact } from '../../facts/values.ts';
import type { Refusal } from '../../model/plan.ts';
import { matchesHosts } from '../../resources/login-pattern.ts';
import { parsePublicKey } from '../../resources/public-key.ts';
import { listOf } from '../../resources/sshd.ts';
import type { Operator } from '../operator.ts';
import { allMine, type Guard, type GuardInput, mine, shown } from './guard.ts';

const ID = 'guard.key';
const DAY = 86_400;

export const keyGuard: Guard = {
  id: ID,
  refuse(input) {
    const { operator } = input;
    if (operator === undefined) return [];
    const byPassword = !operator.byKey;
    if (byPassword && passwordStays(input)) return [];
    if (mine(input, 'pubkeyauthentication') === 'no') {
      return [
        refusal(
          byPassword
            ? 'passwords and keys would both be refused for your login'
            : 'you log in with a key, and PubkeyAuthentication no refuses every key',
          'keep PubkeyAuthentication yes',
        ),
      ];
    }
    const problems = [...revocation(input), ...authority(input, operator)];
    if (operator.byCertificate) return problems;
    const keys = keysAfter(input, operator);
    const named = input.context.connection.keyFingerprint;
    const candidates = keys.filter((key) =>
      operator.key === undefined
        ? !operator.byKey || named === undefined || key.fingerprint === named
        : key.blob === operator.key.blob,
    );
    const reasons = candidates.map((key) => whyNot(key, input, operator));
    if (reasons.some((reason) => reason === undefined) && (byPassword ? knownKey(input) : true))
      return problems;
    if (candidates.length === 0 && foundByCommand(input, operator)) return problems;
    return [
      ...problems,
      ...reasons.filter((reason) => reason !== undefined).slice(0, 1),
      ...missing(input, operator, candidates.length),
    ];
  },
};

/** A key of the operator's that this plan adds would open the door, whatever is said about passwords. */
export function keyOpens(input: GuardInput, operator: Operator): boolean {
  if (added(input).length === 0 || mine(input, 'pubkeyauthentication') === 'no') return false;
  if (revocation(input).length > 0) return false;
  const mineNow = (key: KeyFact) => operator.key === undefined || key.blob === operator.key.blob;
  return keysAfter(input, operator).some((key) => mineNow(key) && whyNot(key, input, operator) === undefined);
}

function refusal(message: string, remedy: string): Refusal {
  return { guard: ID, message, remedy };
}

function passwordStays(input: GuardInput): boolean {
  return (
    mine(input, 'passwordauthentication') === 'yes' || mine(input, 'kbdinteractiveauthentication') === 'yes'
  );
}

/** By password today, by key tomorrow: only when the client can name the key, or the plan adds one. */
function knownKey(input: GuardInput): boolean {
  return input.operator?.key !== undefined || added(input).length > 0;
}

function revocation(input: GuardInput): readonly Refusal[] {
  const missing = input.stage.named.filter((file) => file.keyword === 'revokedkeys' && !file.exists);
  const refused = input.stage.revoked.filter((file) => file.state !== 'no');
  return [
    ...missing.map((file) =>
      refusal(
        `RevokedKeys names ${shown(file.path)}, which is not there: sshd then refuses every key`,
        'create the file (it may be empty), or take the RevokedKeys line out',
      ),
    ),
    ...refused.map((file) =>
      file.state === 'yes'
        ? refusal(`your key is revoked in ${shown(file.path)}`, 'log in with another key, and plan again')
        : refusal(
            `${shown(file.path)}, the list of revoked keys, cannot be read: sshd then refuses every key`,
            'put the file right',
          ),
    ),
  ];
}

function authority(input: GuardInput, operator: Operator): readonly Refusal[] {
  const gone = input.stage.named.filter((file) => file.keyword === 'trustedusercakeys' && !file.exists);
  if (operator.byCertificate && mine(input, 'trustedusercakeys') === 'none' && gone.length === 0) {
    return [
      refusal(
        'you log in with a certificate, and no TrustedUserCAKeys would be left',
        'keep the TrustedUserCAKeys line',
      ),
    ];
  }
  return operator.byCertificate
    ? gone.map((file) =>
        refusal(
          `you log in with a certificate, and TrustedUserCAKeys names ${shown(file.path)}, which is not there`,
          'put the authority’s public key there first',
        ),
      )
    : [];
}

/** Keys the account would have in the files that sshd would read: those on the host now, and those this plan adds. */
function keysAfter(input: GuardInput, operator: Operator): readonly KeyFact[] {
  const files = keyFiles(input, operator);
  const now = operator.account?.keys ?? [];
  return [...now, ...added(input)].filter((key) => files.includes(key.file));
}

function keyFiles(input: GuardInput, operator: Operator): readonly string[] {
  const home = operator.account?.home ?? `/home/${operator.user}`;
  return allMine(input, 'authorizedkeysfile')
    .flatMap((line) => line.split(/\s+/))
    .filter((pattern) => pattern !== '' && pattern.toLowerCase() !== 'none')
    .map((pattern) =>
      pattern.replace(/%([%huU])/g, (_, token: string) =>
        token === '%'
          ? '%'
          : token === 'h'
            ? home
            : token === 'u'
              ? operator.user
              : String(operator.account?.uid ?? ''),
      ),
    )
    .map((path) => (path.startsWith('/') ? path : `${home}/${path}`));
}

/** Keys in files of the operator's account that the plan writes. */
function added(input: GuardInput): readonly KeyFact[] {
  const { operator } = input;
  if (operator === undefined) return [];
  return input.changes
    .filter((change) => change.action !== 'none' && change.title.includes(` added for ${operator.user}`))
    .flatMap((change) => {
      const path = change.address.replace(/^file:/, '');
      const before = new Set((change.before ?? '').split(/\r?\n/));
      return (change.after ?? '').split(/\r?\n/).flatMap((line, index): KeyFact[] => {
        const key = parsePublicKey(line);
        if (before.has(line) || 'problem' in key) return [];
        return [{ ...key, file: path, line: index + 1, bits: null }];
      });
    });
}

function foundByCommand(input: GuardInput, operator: Operator): boolean {
  const command = mine(input, 'authorizedkeyscommand');
  return operator.key === undefined && operator.byKey && command !== '' && command !== 'none';
}

function missing(input: GuardInput, operator: Operator, candidates: number): readonly Refusal[] {
  if (candidates > 0 && (operator.byKey || knownKey(input))) return [];
  const files = keyFiles(input, operator).map(shown).join(', ') || 'none at all';
  if (!operator.byKey) {
    return [
      refusal(
        `you logged in with a password, passwords would be refused, and no key of yours is known on this host (files read: ${files})`,
        'no working public key for you; name yours with --identity FILE (or as the answer sshd.operator-key): it is added and proved first',
      ),
    ];
  }
  return [
    refusal(
      `the key you logged in with stands in none of the files that sshd would read (AuthorizedKeysFile: ${files})`,
      'leave AuthorizedKeysFile as it is, or copy the key there first',
    ),
  ];
}

/** Why a key on the host would not open the door for the operator; undefined = it would. */
function whyNot(key: KeyFact, input: GuardInput, operator: Operator): Refusal | undefined {
  const accepted = listOf(allMine(input, 'pubkeyacceptedalgorithms'));
  const names = key.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [key.type];
  if (accepted.length > 0 && !names.some((name) => accepted.includes(name))) {
    return refusal(
      `your key is of type ${shown(key.type)}, which PubkeyAcceptedAlgorithms would refuse`,
      `keep ${names[0]} among the accepted algorithms, or log in with a newer key`,
    );
  }
  const least = Number(mine(input, 'requiredrsasize'));
  if (key.type === 'ssh-rsa' && key.bits !== null && least > key.bits) {
    return refusal(
      `your RSA key has ${key.bits} bits, and RequiredRSASize ${least} would refuse it`,
      'make an ed25519 key and log in with it first',
    );
  }
  const from = /(?:^|,)from="((?:\\"|[^"])*)"/i.exec(key.options)?.[1];
  if (from !== undefined && !matchesHosts(operator.address, from)) {
    return refusal(
      `the key may only be used from ${shown(from)}, and you come from ${shown(operator.address)}`,
      'widen its from="…" option, or come from there',
    );
  }
  if (/(?:^|,)command="/i.test(key.options)) {
    return refusal(
      'the key is bound to one command, so a login with it gives no shell',
      'use a key without command="…"',
    );
  }
  const until = /(?:^|,)expiry-time="(\d{8,14})Z?"/i.exec(key.options)?.[1];
  const { boot } = input.context.readings;
  if (until !== undefined && boot.kind === 'known' && secondsOf(until) < boot.value.epochSeconds + DAY) {
    return refusal(
      `the key expires at ${shown(until)}, within a day`,
      'use a key that lasts, or extend expiry-time',
    );
  }
  const problem = operator.byKey ? undefined : operator.account?.keyProblems[0];
  if (problem !== undefined && mine(input, 'strictmodes') !== 'no') {
    return refusal(
      `the keys of "${shown(operator.user)}" cannot be used: ${shown(problem)}`,
      'put modes and owners right first',
    );
  }
  return undefined;
}

/** YYYYMMDD[HHMM[SS]] as seconds, read as UTC: a day of slack is in the comparison. */
function secondsOf(stamp: string): number {
  const part = (from: number, to: number): string => stamp.slice(from, to).padEnd(2, '0');
  const text = `${stamp.slice(0, 4)}-${part(4, 6)}-${part(6, 8)}T${part(8, 10)}:${part(10, 12)}:${part(12, 14)}Z`;
  return Date.parse(text) / 1000;
}

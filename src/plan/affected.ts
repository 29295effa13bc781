// Who came in lately and would not, or not in that way, after this plan. Rules: told for what the plan itself takes away; what decides
// is what sshd says of the candidate for that login, and the planned rules; the operator himself is the guards' business. People are named
// once for each reason, with what to do before.
import type { EffectiveSshd, SshdFact } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import { knownValue } from '../model/outcome.ts';
import type { Change } from '../model/resource.ts';
import { admits } from '../resources/firewall-policy.ts';
import { intentsIn } from '../resources/firewall-table.ts';
import { listOf, valuesIn } from '../resources/sshd.ts';
import type { CandidateStage } from './candidate.ts';
import { operatorOf } from './operator.ts';

type Login = SshdFact['recentLogins'][number];

/** Methods that ask for a password, and what switches each off. */
const BY_PASSWORD: Readonly<Record<string, string>> = {
  password: 'passwordauthentication',
  'keyboard-interactive': 'kbdinteractiveauthentication',
  'keyboard-interactive/pam': 'kbdinteractiveauthentication',
};
const MOST_ADDRESSES = 3;

/** Sentences about others; `last` is what sshd says once the whole plan is carried out. */
export function affected(it: {
  readonly context: Context;
  readonly last: CandidateStage | undefined;
  readonly changes: readonly Change[];
}): readonly string[] {
  const sshd = knownValue(it.context.readings.sshd);
  if (sshd === undefined) return [];
  const accounts = knownValue(it.context.readings.accounts)?.accounts ?? [];
  const logins = sshd.recentLogins.filter(({ user }) => accounts.some((one) => one.name === user));
  const { last } = it;
  return [
    ...(last === undefined ? [] : passwordsGone({ ...it, sshd, logins, last })),
    ...(last === undefined ? [] : keysGone({ ...it, sshd, logins, last })),
    ...placesGone(it.context, it.changes, logins),
  ];
}

type Asked = {
  readonly context: Context;
  readonly sshd: SshdFact;
  readonly logins: readonly Login[];
  readonly last: CandidateStage;
};

function passwordsGone({ context, sshd, logins, last }: Asked): readonly string[] {
  const accounts = knownValue(context.readings.accounts)?.accounts ?? [];
  const gone = logins.filter(({ user, method }) => {
    const keyword = BY_PASSWORD[method];
    if (keyword === undefined || user === context.connection.user) return false;
    return first(sshd.effective, keyword) !== 'no' && first(effectiveFor(last, user), keyword) === 'no';
  });
  return byUser(gone).map(([user, from]) => {
    const keys = accounts.find((one) => one.name === user)?.keys ?? [];
    const instead = keys.some((key) => key.problem === undefined)
      ? 'from then on only a key lets this account in; one is there'
      : 'no key lets this account in: put one there first';
    return `${user} came in with a password within 30 days (${from}); ${instead}`;
  });
}

function keysGone({ context, sshd, logins, last }: Asked): readonly string[] {
  const accounts = knownValue(context.readings.accounts)?.accounts ?? [];
  const gone = logins.flatMap((login) => {
    const key = accounts
      .find((one) => one.name === login.user)
      ?.keys.find((one) => one.fingerprint === login.fingerprint);
    if (key === undefined) return [];
    const why = refusedKey(key, effectiveFor(last, login.user));
    return why === undefined || refusedKey(key, sshd.effective) !== undefined ? [] : [{ ...login, why }];
  });
  return [...new Map(gone.map((login) => [`${login.user} ${login.fingerprint}`, login])).values()].map(
    ({ user, fingerprint, why }) =>
      `${user} came in with the key ${fingerprint} within 30 days, and it is taken no more: ${why}. Put a newer key there first`,
  );
}

/** Why sshd would not take a key of this type and length; undefined when it would. */
function refusedKey(
  key: { readonly type: string; readonly bits: number | null },
  effective: EffectiveSshd,
): string | undefined {
  const accepted = listOf(valuesIn(effective, 'pubkeyacceptedalgorithms'));
  const names = key.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [key.type];
  if (accepted.length > 0 && !names.some((name) => accepted.includes(name)))
    return `keys of type ${key.type} are refused`;
  const least = Number(first(effective, 'requiredrsasize'));
  if (key.type === 'ssh-rsa' && key.bits !== null && key.bits < least)
    return `an RSA key of ${key.bits} bits is too short (${least} at least)`;
  return undefined;
}

/** Addresses that the planned rules do not let reach SSH any more. */
function placesGone(
  context: Context,
  changes: readonly Change[],
  logins: readonly Login[],
): readonly string[] {
  const table = changes.findLast(
    ({ address, action }) => address === 'nft-table:inet portcullis' && action !== 'none',
  )?.after;
  const port = operatorOf(context)?.serverPort;
  if (typeof table !== 'string' || port === undefined) return [];
  const intents = intentsIn(table);
  const gone = logins.filter(({ address }) => !admits(intents, { address, port, protocol: 'tcp' }));
  return byUser(gone).map(
    ([user, from]) =>
      `${user} came in within 30 days from where these rules let nobody reach SSH (${from}); add the network to firewall.ssh-from if that should go on`,
  );
}

function first(effective: EffectiveSshd, keyword: string): string {
  return valuesIn(effective, keyword)?.[0] ?? '';
}

function effectiveFor(stage: CandidateStage, user: string): EffectiveSshd {
  return stage.logins.find(({ probe }) => probe.user === user)?.effective ?? stage.general;
}

/** Each account once, with the addresses it came from. */
function byUser(logins: readonly Login[]): readonly (readonly [string, string])[] {
  const users = [...new Set(logins.map(({ user }) => user))];
  return users.map((user) => {
    const all = [...new Set(logins.filter((one) => one.user === user).map(({ address }) => address))];
    const more = all.length > MOST_ADDRESSES ? ` and ${all.length - MOST_ADDRESSES} more` : '';
    return [user, `from ${all.slice(0, MOST_ADDRESSES).join(', ')}${more}`] as const;
  });
}

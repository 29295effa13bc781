// Rules: who may log in, and how root and passwords are treated, is risky: a headless run must be given these answers. No answer
// is taken that would leave the operator outside.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { AnswerValue, Question } from '../../src/model/control.ts';
import { namesUser } from '../../src/resources/login-pattern.ts';
import { effectiveOf, listOf, normalizeValue, sshdOf } from '../../src/resources/sshd.ts';
import { listed } from '../rbac/questions.ts';
import { hasUsableKey, operatorKey, operatorKeyResource } from './operator.ts';

export const rootLogin: Question = {
  id: 'sshd.root-login',
  prompt: 'How may root log in?',
  help: 'no: people log in as themselves and use sudo, so that the log names a person. prohibit-password: root with a key only.',
  type: 'choice',
  choices: (context) => [
    { value: 'no', label: 'not at all' },
    { value: 'prohibit-password', label: 'with a key only' },
    ...(effectiveOf(context, 'PermitRootLogin')?.[0] === 'forced-commands-only'
      ? [{ value: 'forced-commands-only', label: 'with a key that is bound to a command, as now' }]
      : []),
  ],
  risky: true,
  remembered: true,
  propose: (context) => {
    const { connection } = context;
    const now = normalizeValue('PermitRootLogin', effectiveOf(context, 'PermitRootLogin')?.[0] ?? '');
    if (now === 'no' || now === 'forced-commands-only') return { value: now, reason: 'as it is now' };
    if (connection.user === 'root') {
      return { value: 'prohibit-password', reason: 'you log in as root; no other way to root is proved' };
    }
    return connection.root === 'sudo' || connection.root === 'sudo-password'
      ? { value: 'no', reason: `${connection.user} reaches root with sudo, proved just now` }
      : { value: 'prohibit-password', reason: `${connection.user} has not reached root with sudo` };
  },
  check: (value, { connection }) =>
    value === 'no' && connection.user === 'root'
      ? 'you are logged in as root and would be locked out; log in as a user with sudo first, or choose prohibit-password'
      : undefined,
};

export const passwordLogin: Question = {
  id: 'sshd.password-login',
  prompt: 'May people log in with a password?',
  help: 'Passwords are guessed day and night. Turn them off as soon as a key of yours is known to work.',
  type: 'boolean',
  risky: true,
  remembered: true,
  propose: (context) => {
    if (operatorKey(context).kind === 'works') return { value: false, reason: operatorKey(context).evidence };
    return operatorKeyResource(context) === undefined
      ? { value: true, reason: `no key of yours is proved yet: ${operatorKey(context).evidence}` }
      : { value: false, reason: 'your key is added and proved first' };
  },
};

/** Names of a list answer, however it was given (list, or text with commas). */
export function namesOf(answer: AnswerValue): readonly string[] {
  const items = Array.isArray(answer) ? answer : [String(answer)];
  return [...new Set(items.flatMap((item) => String(item).split(/[\s,]+/)).filter((name) => name !== ''))];
}

/** The entries, and everybody whom none of them means. */
export function withPeople(entries: readonly string[], people: readonly string[]): readonly string[] {
  const more = people.filter((name) => !entries.some((entry) => namesUser(name, entry)));
  return [...entries, ...new Set(more)];
}

/** Whom the room of people lists, where it is walked too: whoever is made there must not be shut out here. */
function peopleOfWalk(context: Context): readonly string[] {
  return context.profile.steps.includes('rbac') ? listed(context).map(({ name }) => name) : [];
}

/** What AllowUsers shall be: who was named, and the people of this walk. */
export function allowedUsers(context: Context): readonly string[] {
  return withPeople(namesOf(answerOf(whoMayLogIn, context)), peopleOfWalk(context));
}

/** Accounts that could open a session, with what speaks for each. */
function loginAccounts(context: Context): readonly { readonly value: string; readonly label: string }[] {
  const { accounts } = context.readings;
  const recent = new Set((sshdOf(context)?.recentLogins ?? []).map((login) => login.user));
  const known = accounts.kind === 'known' ? accounts.value.accounts : [];
  return known
    .filter(({ shellUsable }) => shellUsable)
    .map((account) => ({
      value: account.name,
      label: [
        ...(account.name === context.connection.user ? ['you'] : []),
        hasUsableKey(account) ? 'has a usable key' : 'no usable key',
        ...(recent.has(account.name) ? ['logged in within 30 days'] : []),
      ].join(', '),
    }));
}

export const whoMayLogIn: Question = {
  id: 'sshd.allow-users',
  prompt: 'Who may log in?',
  help: 'Only these accounts can open a session over SSH. Do not forget accounts of backups, deployments and monitoring.',
  type: 'list',
  risky: true,
  when: (context) => listOf(effectiveOf(context, 'AllowGroups')).length === 0,
  choices: loginAccounts,
  propose: (context) => {
    const present = listOf(effectiveOf(context, 'AllowUsers'));
    if (present.length > 0) {
      const value = withPeople(present, peopleOfWalk(context));
      const more = value.length - present.length;
      return { value, reason: more === 0 ? 'as it is now' : `as it is now, and ${more} who work here` };
    }
    const { accounts } = context.readings;
    const known = accounts.kind === 'known' ? accounts.value.accounts : [];
    const recent = new Set((sshdOf(context)?.recentLogins ?? []).map((login) => login.user));
    const noRoot = answerOf(rootLogin, context) === 'no';
    const people = known
      .filter((account) => account.shellUsable && !(noRoot && account.name === 'root'))
      .filter((account) => recent.has(account.name) || hasUsableKey(account))
      .map((account) => account.name);
    const value = withPeople([...new Set([context.connection.user, ...people])], peopleOfWalk(context));
    const logged = value.filter((name) => recent.has(name)).length;
    return {
      value,
      reason: `you, and who has a usable key; ${logged} of ${value.length} logged in within 30 days`,
    };
  },
  check: (value, context) => {
    const { connection, readings } = context;
    const names = namesOf(value);
    if (names.length === 0) return 'at least one name is needed; list the accounts that may log in';
    if (!names.some((name) => namesUser(connection.user, name))) {
      return `login user "${connection.user}" is not in the list and would be locked out; add it`;
    }
    // What sshd takes today was written by whoever keeps this host: patterns too.
    const present = new Set(listOf(effectiveOf(context, 'AllowUsers')));
    const wrong = names.find(
      (name) => !present.has(name) && !/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,31}(@[0-9A-Fa-f.:/*?]+)?$/.test(name),
    );
    if (wrong !== undefined) return `"${wrong}" is not a user name; give plain account names`;
    if (readings.accounts.kind !== 'known') return undefined;
    const exists = new Set([
      ...readings.accounts.value.accounts.map((account) => account.name),
      ...peopleOfWalk(context),
    ]);
    const missing = names.filter((name) => !present.has(name) && !exists.has(name.split('@')[0] ?? ''));
    return missing.length === 0
      ? undefined
      : `no account on the host that can log in is called ${missing.join(', ')}; remove it from the list or create it first`;
  },
};

// Rules: who the operator is and whether a key of his is known to work. A key counts as his own only when it logged him in,
// or when its public half is known and stands in his account: some other key in authorized_keys proves nothing.
import type { AccountFact } from '../../src/facts/values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Proof, Question } from '../../src/model/control.ts';
import type { AuthorizedKeyResource } from '../../src/model/resource.ts';

/** The operator's account as the host describes it. */
function operatorAccount(context: Context): AccountFact | undefined {
  const { accounts } = context.readings;
  if (accounts.kind !== 'known') return undefined;
  return accounts.value.accounts.find((account) => account.name === context.connection.user);
}

/** An account that can log in with one of its keys. */
export function hasUsableKey(account: AccountFact): boolean {
  return (
    account.keys.length > 0 &&
    account.keyProblems.length === 0 &&
    account.shellUsable &&
    !account.accountExpired &&
    !account.passwordExpired
  );
}

export type OperatorKey =
  | { readonly kind: 'works'; readonly evidence: string }
  | { readonly kind: 'missing'; readonly evidence: string }
  | { readonly kind: 'unknown'; readonly evidence: string };

export function operatorKey(context: Context): OperatorKey {
  const { connection } = context;
  if (connection.method.startsWith('publickey')) {
    const name = connection.keyFingerprint ?? connection.keyName ?? 'a key';
    return { kind: 'works', evidence: `${connection.user} logged in with ${name} just now` };
  }
  const { accounts } = context.readings;
  if (accounts.kind === 'unknown') return { kind: 'unknown', evidence: accounts.reason };
  const account = operatorAccount(context);
  if (account === undefined || !hasUsableKey(account)) {
    const problems = account?.keyProblems.join('; ') ?? '';
    return {
      kind: 'missing',
      evidence: `${connection.user} has no usable key${problems && `: ${problems}`}`,
    };
  }
  // On the machine itself there is no login to compare with: a usable key of the account is all there is to see.
  if (connection.transport === 'local') {
    return { kind: 'works', evidence: `${connection.user} has ${account.keys.length} usable key(s)` };
  }
  const blob = (connection.publicKey ?? '').split(/\s+/)[1] ?? '';
  if (blob !== '' && account.keys.some((key) => key.blob === blob)) {
    return { kind: 'works', evidence: `your key stands in the account of ${connection.user}` };
  }
  return {
    kind: 'missing',
    evidence: `you logged in by ${connection.method || 'an unknown method'}; that a key of ${connection.user} is yours is not proved`,
  };
}

const KEY_TYPE =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/** undefined = a public key in authorized_keys form. */
function publicKeyProblem(text: string): string | undefined {
  if (/PRIVATE KEY/.test(text))
    return 'this is a PRIVATE key; it was not stored. Give the line of the .pub file';
  if (/[\r\n]/.test(text.trim())) return 'one line is allowed; give one public key';
  const words = text.trim().split(/\s+/);
  const at = words.findIndex((word) => KEY_TYPE.test(word));
  const blob = words[at + 1] ?? '';
  if (at === -1 || !/^AAAA[A-Za-z0-9+/]+={0,3}$/.test(blob)) {
    return 'not a public key; give one line such as "ssh-ed25519 AAAA… name" (the .pub file)';
  }
  if (at > 0) return 'options before the key are not allowed here; give the key alone';
  return undefined;
}

export const operatorKeyQuestion: Question = {
  id: 'sshd.operator-key',
  prompt: 'Which public key of yours shall be able to log in?',
  help: 'One line of a .pub file. It is added to your account before anything is taken away. Empty: no key is added.',
  type: 'text',
  risky: false,
  when: (context) => operatorKey(context).kind === 'missing',
  propose: ({ connection }) =>
    connection.publicKey === undefined
      ? { value: '', reason: 'your client did not tell which key is yours' }
      : { value: connection.publicKey, reason: 'the key your client offers' },
  check: (value) => (value === '' ? undefined : publicKeyProblem(String(value))),
};

/** The operator's key as desired state, when it is missing and its public half is known. */
export function operatorKeyResource(context: Context): AuthorizedKeyResource | undefined {
  if (operatorKey(context).kind !== 'missing') return undefined;
  const line = String(answerOf(operatorKeyQuestion, context)).trim();
  if (line === '' || publicKeyProblem(line) !== undefined) return undefined;
  return { kind: 'authorized-key', user: context.connection.user, line };
}

/** Root's account takes the operator's own key: only then does a refused root login say something about sshd's options. */
export function rootTakesOperatorKey(context: Context): boolean {
  const { accounts } = context.readings;
  const mine = context.connection.keyFingerprint;
  if (accounts.kind !== 'known' || mine === undefined) return false;
  const root = accounts.value.accounts.find((account) => account.name === 'root');
  return root !== undefined && hasUsableKey(root) && root.keys.some((key) => key.fingerprint === mine);
}

/** Ports asked for that differ from the one we came through: set by an answer or by the profile. */
export function movedPort(context: Context): number | undefined {
  const answer = context.answers.get('sshd.port') ?? context.profile.answers.get('sshd.port');
  const port = Number(answer);
  return answer === undefined || !Number.isInteger(port) || port === context.connection.port
    ? undefined
    : port;
}

/** He came by password, and a key of his is added or stands there: whether it opens the host is still to be proved. */
function keyIsNews(context: Context): boolean {
  if (context.connection.method.startsWith('publickey')) return false;
  return operatorKeyResource(context) !== undefined || operatorKey(context).kind === 'works';
}

/** The operator's own way in still works, on the port he came through; after a port move only until the old port closes. */
export function keyLogin(context: Context): readonly Proof[] {
  const { connection } = context;
  if (connection.transport === 'local') return [];
  return [
    {
      id: 'sshd.key-login',
      title: `${connection.user} logs in${keyIsNews(context) ? ' with the new key' : ''} on port ${connection.port}${connection.root === 'none' ? '' : ' and reaches root'}`,
      viewpoint: 'fresh-login',
      expect: 'works',
      ...(movedPort(context) === undefined ? {} : { phase: 'expand' as const }),
      check: {
        kind: 'login',
        user: connection.user,
        port: connection.port,
        root: connection.root !== 'none',
        ...(keyIsNews(context) ? { byKey: true } : {}),
      },
    },
  ];
}

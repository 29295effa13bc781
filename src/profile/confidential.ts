// Rules: a secret is never read from a file of settings. A value is taken for a secret by the last word of its key or by
// its own shape; the message names the key and the line, never the value. Private keys are refused wherever they stand;
// a public key is an answer of a person, so it may stand in an answers file but never in a profile.
import type { Problem } from '../model/errors.ts';
import { holdsPrivateKey, holdsPublicKey, shown } from '../text/grammar.ts';
import type { Located } from './parse-yaml.ts';

const SECRET_WORDS =
  /(^|[-_. ])(password|passwd|passphrase|secret|token|api-?key|private-?key|credentials?)$/i;
const CAMEL = /([a-z0-9])([A-Z])/g;
/** Shapes that vendors give their tokens. */
const TOKEN =
  /\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|sk_live_\w{16,})\b/;

/** Everything in the tree that must not be in such a file. */
export function confidentialProblems(
  root: Located,
  file: string,
  publicKeys: 'allowed' | 'refused',
): readonly Problem[] {
  const problems: Problem[] = [];
  const visit = (located: Located, key: string): void => {
    if (located.kind === 'map') {
      for (const [name, entry] of located.entries) visit(entry.value, name);
    } else if (located.kind === 'list') {
      for (const item of located.items) visit(item, key);
    } else {
      const fault = faultOf(located, key, publicKeys);
      if (fault !== undefined) problems.push({ file, line: located.line, column: located.column, ...fault });
    }
  };
  visit(root, '');
  return problems;
}

function faultOf(
  scalar: Extract<Located, { kind: 'scalar' }>,
  key: string,
  publicKeys: 'allowed' | 'refused',
): Pick<Problem, 'what' | 'allowed' | 'fix'> | undefined {
  const text = typeof scalar.value === 'string' ? scalar.value : scalar.source;
  const at = key === '' ? '' : `${shown(key)}: `;
  if (holdsPrivateKey(text)) {
    return {
      what: `${at}this is a PRIVATE key; it was not stored`,
      allowed: 'no key material in files of settings',
      fix: 'remove it, and replace the key if the file was ever shared',
    };
  }
  const secretKey = SECRET_WORDS.test(key.replaceAll(CAMEL, '$1-$2'));
  if ((secretKey && typeof scalar.value !== 'boolean' && text !== '') || TOKEN.test(text)) {
    return {
      what: `${at}secrets are not read from profiles or answers files`,
      allowed: 'a prompt or a secret reference',
      fix: 'remove the value, and replace the secret if the file was ever shared',
    };
  }
  if (publicKeys === 'refused' && holdsPublicKey(text)) {
    return {
      what: `${at}profiles may not carry keys`,
      allowed: 'settings of a kind of system',
      fix: 'give the key of a person as an answer instead',
    };
  }
  return undefined;
}

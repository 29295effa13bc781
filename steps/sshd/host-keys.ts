// Rules: a weak host key goes, but never the one the operator knows this host by, and never the last. Nothing is generated.
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { effectiveOf, sshdOf } from '../../src/resources/sshd.ts';
import { isEd25519, isRsa, needsEcdsaHostKey, policyOf } from './algorithms.ts';
import { keyLogin } from './operator.ts';
import { sshdMayBeThere, unreadable } from './option-control.ts';

function isDss(type: string): boolean {
  return /^(ssh-dss|dsa)\b/i.test(type);
}

type HostKey = { readonly path: string; readonly type: string; readonly bits: number };

/** Host keys that sshd loads, the good ones in the order ed25519, RSA, ECDSA. */
function hostKeys(context: Context): {
  readonly good: readonly HostKey[];
  readonly poor: readonly HostKey[];
} {
  const loaded = effectiveOf(context, 'HostKey') ?? [];
  const known = (sshdOf(context)?.hostKeys ?? []).filter((key) => loaded.includes(key.path));
  const least = policyOf(context) === 'compat' ? 2048 : 3072;
  const poor = known.filter((key) => isDss(key.type) || (isRsa(key.type) && key.bits < least));
  const rank = ({ type }: HostKey) => (isEd25519(type) ? 0 : isRsa(type) ? 1 : 2);
  const good = known.filter((key) => !poor.includes(key)).sort((a, b) => rank(a) - rank(b));
  return { good, poor };
}

export const hostKeyStrength: Control = {
  id: 'sshd.host-keys',
  title: 'Host keys are strong',
  severity: 'medium',
  why: 'Who can compute the host key can pose as this host.',
  references: ['ssh-audit hardening guides'],
  reads: 'sshd -T: HostKey; type and length of each key file',
  mayBreak: 'Clients that know this host only by a key that goes; they ask about another key once.',
  applies: sshdMayBeThere,
  judge: (context) => {
    const cannot = unreadable(context);
    if (cannot !== undefined) return cannot;
    const { good, poor } = hostKeys(context);
    const say = (key: HostKey) => `${key.path}: ${key.type}, ${key.bits} bits`;
    if (good.length + poor.length === 0)
      return { result: 'unknown', evidence: ['no host key could be read'] };
    if (poor.length === 0) return { result: 'pass', evidence: good.map(say) };
    const stuck = keptHostKeys(context).length === 0;
    const why =
      'you know this host by the weak key, or there is no other: create a strong one and let clients learn it first';
    return { result: 'fail', evidence: [...poor.map(say), ...(stuck ? [why] : [])] };
  },
  remedy: (context) => {
    const kept = keptHostKeys(context);
    return kept.length === 0 ? [] : [{ kind: 'sshd-option', keyword: 'HostKey', values: kept }];
  },
  proofs: keyLogin,
};

/** Nothing when a weak key is the one the operator knows this host by: his next login would look like an attack. */
function keptHostKeys(context: Context): readonly string[] {
  const { good } = hostKeys(context);
  const pinned = context.connection.hostKeyType;
  const family = [isRsa, isEd25519, (type: string) => /ecdsa/i.test(type)].find((test) => test(pinned));
  if (family !== undefined && !good.some((key) => family(key.type))) return [];
  return good.filter((key) => !/ecdsa/i.test(key.type) || needsEcdsaHostKey(context)).map((key) => key.path);
}

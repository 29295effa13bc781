// What makes a value weak, in words. The controls, the table and the command judge by these alone.
import type { SecretSeen, SecretsSight } from '../../src/facts/secret-values.ts';
import type { SecretClass } from '../../src/model/secret-entry.ts';

/** Why a service cannot have a value of its own from this, or undefined. */
export function lackOf({ status, measure, reason }: SecretSeen): string | undefined {
  if (status === 'missing') return reason;
  if (status === 'empty') return 'it is empty';
  if (status === 'template') return 'it holds variables that its reader fills in, or not';
  return measure?.isPlaceholder === true ? 'it is a placeholder that nobody filled in' : undefined;
}

export function isDefault({ measure }: SecretSeen): boolean {
  return measure?.isDefault === true;
}

/** Bits that a value of this class must have. Passwords and keys: 128, whatever they are declared to be; what is written in hex: all of it. */
function bitsWanted({ alphabet, length }: SecretClass): number {
  return alphabet === 'hex' ? 4 * length : 128;
}

export function weaknessOf(seen: SecretSeen): string | undefined {
  const { measure, entry } = seen;
  if (measure === null || lackOf(seen) !== undefined || measure.isDefault) return undefined;
  const { kind } = entry;
  if (kind.alphabet === 'base64' && measure.decoded !== kind.length)
    return `it is not base64 of exactly ${kind.length} bytes (${measure.length} characters)`;
  const wanted = bitsWanted(kind);
  // The estimate errs downwards: random values have rows of keys and short words in them too.
  return measure.bits >= wanted || (measure.most >= wanted && measure.bits >= 0.75 * wanted)
    ? undefined
    : `${measure.length} characters, at best ${measure.bits} bits; ${wanted} are wanted`;
}

/** Names of other secrets with the same value. Two names of one role are meant to have one value. */
export function sharedWith(seen: SecretSeen, sight: SecretsSight): readonly string[] {
  const role = seen.entry.role?.name;
  return sight.secrets
    .filter((it) => it.entry !== seen.entry && it.digest === seen.digest && seen.digest !== '')
    .filter((it) => role === undefined || it.entry.role?.name !== role)
    .map(({ entry }) => entry.name);
}

// Rules: one grammar a kind of value, used for profiles, answers and flags alike. A grammar looks at the value itself,
// never at what a converter made of it: "０２２" and "22 " are not ports. What is wrong is told with what is allowed
// and how to fix it; the value is shown on one line, escaped, at most 60 characters.
import ipaddr from 'ipaddr.js';
import { sanitizeLine } from './sanitize.ts';

export type Fault = { readonly what: string; readonly allowed: string; readonly fix: string };

/** undefined = fine. */
export type Grammar = (value: unknown) => Fault | undefined;

/** The value as an error may show it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  if (typeof value === 'function') return 'a function';
  return sanitizeLine(typeof value === 'string' ? JSON.stringify(value) : String(value), 60);
}

/** A TCP or UDP port as a number; text is refused, whatever it holds. */
export const portGrammar: Grammar = (value) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535) return undefined;
  return {
    what: `${shown(value)} is not a port`,
    allowed: 'port must be an integer 1–65535',
    fix: 'write it as plain ASCII digits without quotes, for example 2222',
  };
};

/** Four octal digits, as text. */
export const modeGrammar: Grammar = (value) => {
  if (typeof value === 'string' && /^[0-7]{4}$/.test(value)) return undefined;
  return {
    what: `${shown(value)} is not a file mode`,
    allowed: 'mode must be four octal digits in quotes',
    fix: 'write for example "0600"',
  };
};

/** What useradd accepts by default on Debian, and nothing that a shell or an option parser could take for something else. */
export const userGrammar: Grammar = (value) => {
  if (typeof value === 'string' && /^[a-z_][a-z0-9_-]{0,31}$/.test(value)) return undefined;
  return {
    what: `${shown(value)} is not a user name`,
    allowed: 'user name must match [a-z_][a-z0-9_-]* and have at most 32 characters',
    fix: 'give the name as `getent passwd` on the host prints it',
  };
};

/** Absolute and literal: no "..", no "~", no glob, no variable, no control character. */
export const pathGrammar: Grammar = (value) => {
  const fault = (why: string): Fault => ({
    what: `${shown(value)} ${why}`,
    allowed: 'path must be absolute and literal',
    fix: 'write the whole path from /, for example /etc/ssh/sshd_config',
  });
  if (typeof value !== 'string' || value === '') return fault('is not a path');
  if (!value.startsWith('/')) return fault('does not start with /');
  if (value.length > 4096) return fault('is longer than 4096 characters');
  if (sanitizeLine(value, 4096) !== value) return fault('holds a hidden or control character');
  if (/[*?[\]{}$`\\]/.test(value)) return fault('holds a glob or shell character');
  const names = value.split('/').slice(1);
  if (names.some((name) => name === '..' || name === '.')) return fault('holds a "." or ".." part');
  if (names.some((name) => name === '')) return fault('has an empty part');
  if (names.some((name) => name.startsWith('~'))) return fault('holds "~"');
  return undefined;
};

const SOURCE_ALLOWED = 'an IPv4 or IPv6 address or network, for example 192.0.2.7 or 2001:db8::/48';

/** An address or a CIDR network. A network that holds everybody is refused: it must be said in a word. */
export const sourceGrammar: Grammar = (value) => {
  const fault = (what: string, fix: string): Fault => ({ what, allowed: SOURCE_ALLOWED, fix });
  const name = shown(value);
  const notAddress = fault(`${name} is not an address`, 'check the digits; host names are not accepted here');
  if (typeof value !== 'string') return notAddress;
  const [address = '', prefix, ...rest] = value.split('/');
  const isV4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (rest.length > 0 || address.includes('%') || !(isV4 || ipaddr.IPv6.isValid(address))) return notAddress;
  if (prefix === undefined) return undefined;
  const bits = isV4 ? 32 : 128;
  if (!/^(0|[1-9][0-9]{0,2})$/.test(prefix)) {
    return fault(`${name}: "/${sanitizeLine(prefix, 20)}" is not a prefix length`, `use /0 to /${bits}`);
  }
  const length = Number(prefix);
  if (length > bits)
    return fault(`${name}: prefix too long`, `the longest prefix of this family is /${bits}`);
  if (length === 0) {
    return fault(
      `${name} opens to everyone: confirm explicitly`,
      'write the word "everyone" if that is meant',
    );
  }
  const network = isV4
    ? ipaddr.IPv4.networkAddressFromCIDR(value).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(value).toString();
  const same = ipaddr.parse(address).toNormalizedString() === ipaddr.parse(network).toNormalizedString();
  if (same) return undefined;
  return fault(
    `${name}: host bits set: did you mean ${network}/${length}?`,
    `write ${network}/${length}, or the address without a prefix`,
  );
};

/** True for text that holds private key material of a known armour. */
export function holdsPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File-|AGE-SECRET-KEY-1|BEGIN PGP PRIVATE KEY BLOCK/i.test(
    text,
  );
}

/** True for an authorized_keys line, with or without options in front. */
export function holdsPublicKey(text: string): boolean {
  return /(^|[\s"])(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp\d+|sk-[a-z0-9-]+@openssh\.com)\s+AAAA/.test(text);
}

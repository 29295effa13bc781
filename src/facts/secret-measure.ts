// What may be said of a value without saying it: length, classes of characters, a low estimate of its bits, and what makes it weak.
// Rules: an estimate errs downwards; names, known defaults, rows of keys and repetition count for nothing.
import { createHmac } from 'node:crypto';

export type SecretMeasure = {
  /** Characters. */
  readonly length: number;
  /** "lower", "upper", "digits", "symbols", in this order. */
  readonly classes: readonly string[];
  readonly bits: number;
  /** What a random value of this length and alphabet has. */
  readonly most: number;
  /** A value that comes with a product or stands in its documentation. */
  readonly isDefault: boolean;
  /** Somebody was to put a value here: ${…}, $(…), <…>, {{…}}, "changeme". */
  readonly isPlaceholder: boolean;
  /** Bytes that it decodes to, where it is base64; else null. */
  readonly decoded: number | null;
};

/** Exact values that products and their guides ship. */
const DEFAULTS: ReadonlySet<string> = new Set(
  `postgres-dev-password postgres hasura-admin-secret-dev hasura-admin-secret development-secret-key-minimum-32-characters-long
  jwt-secret-for-development-only development-password minioadmin storage-access-key-dev storage-secret-key-dev change-this-secret
  change-this-secret-in-production mlflow-admin-password meilisearch-master-key-minimum-16-chars zinc-admin-password
  opensearch-password abc123xyz admin administrator root toor password passwd pass secret changeme changeit default guest test demo
  example user welcome letmein qwerty qwertz azerty 123456 12345678 123456789 1234567890 111111 000000 abc123 password1 password123
  admin123 p@ssw0rd passw0rd postgres123 mysql redis rabbitmq elastic grafana prom-operator supersecret mysecretpassword
  mysecret s3cr3t topsecret insecure none null true false dev development prod production your-super-secret-jwt-token-with-at-least-32-characters-long
  this_password_is_insecure_and_should_be_updated your-tenant-id`.split(/\s+/),
);

const PLACEHOLDER =
  /\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|^<.*>$|^%\(?[A-Za-z_]+\)?s?%?$|^(x{3,}|\*{3,}|\.{3,}|todo|tbd|fixme|(please[-_ ]?)?(change|replace)[-_ ]?(me|this|it)?|(your|my|insert|enter)[-_ ].*)$/i;

/** Parts of words that everybody tries first; they add no bits. */
const WORDS =
  /password|passwort|passwd|secret|admin|postgres|default|welcome|letmein|change|token|development|production|minimum|characters|hasura|minio|grafana|master|storage|server|database|qwert[yz]|azerty|asdf|root|test|dev|prod|key|long|jwt|api|user|app|db/gi;
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
  'yxcvbnm',
];

/** `names`: what it may have been made of: its key, its role. */
export function measureSecret(value: string, names: readonly string[] = []): SecretMeasure {
  const isBase64 = /^[A-Za-z0-9+/]{2,}={0,2}$/.test(value) && value.length % 4 === 0;
  const bytes = isBase64 ? Buffer.from(value, 'base64') : null;
  const bits = bitsOf(value, names);
  return {
    length: [...value].length,
    classes: poolsOf(value).map(({ name }) => name),
    // Bytes that repeat say so better than the letters that stand for them.
    bits: bytes === null || !value.endsWith('=') ? bits : Math.min(bits, 8 * new Set(bytes).size),
    most:
      bytes !== null && value.endsWith('=')
        ? 8 * bytes.length
        : Math.floor(value.length * Math.log2(Math.max(1, sizeOf(value)))),
    isDefault: DEFAULTS.has(value.toLowerCase()),
    isPlaceholder: PLACEHOLDER.test(value),
    decoded: bytes === null ? null : bytes.length,
  };
}

const POOLS = [
  { name: 'lower', pattern: /[a-z]/, size: 26 },
  { name: 'upper', pattern: /[A-Z]/, size: 26 },
  { name: 'digits', pattern: /[0-9]/, size: 10 },
  { name: 'symbols', pattern: /[^A-Za-z0-9]/, size: 32 },
];

function poolsOf(value: string): typeof POOLS {
  return POOLS.filter(({ pattern }) => pattern.test(value));
}

const HEX = /^([0-9a-f]+|[0-9A-F]+)$/;

/** Characters of the smallest alphabet that holds the value. */
function sizeOf(value: string): number {
  return HEX.test(value) ? 16 : poolsOf(value).reduce((sum, pool) => sum + pool.size, 0);
}

/** Characters that count, times what one of the smallest alphabet that holds them is worth. */
function bitsOf(value: string, names: readonly string[]): number {
  const size = sizeOf(value);
  const isHex = HEX.test(value);
  if (size < 2) return 0;
  let left = periodOf(value);
  if (!isHex) {
    const known = names.flatMap((name) => name.split(/[^A-Za-z]+/)).filter((part) => part.length > 2);
    for (const part of known) left = left.replaceAll(new RegExp(part, 'gi'), '\u0000');
    left = left.replace(WORDS, '\u0000');
  }
  return Math.floor(withoutRuns(left) * Math.log2(size));
}

/** What is repeated, once. */
function periodOf(value: string): string {
  const period = (value + value).indexOf(value, 1);
  return period > 0 ? value.slice(0, period) : value;
}

/** Characters that do not follow from the two before them: equal, counting up or down, or the next on the keyboard. */
function withoutRuns(text: string): number {
  const lower = text.toLowerCase();
  let count = 0;
  for (let at = 0; at < lower.length; at += 1) {
    const character = lower.charAt(at);
    if (character === '\u0000') continue;
    const [one, two] = [lower.charAt(at - 2), lower.charAt(at - 1)];
    const run = one + two + character;
    const isRun =
      run.length === 3 &&
      ((one === two && two === character) ||
        ROWS.some((row) => row.includes(run) || [...row].reverse().join('').includes(run)));
    if (!isRun) count += 1;
  }
  return count;
}

/** The same for the same value and key, and of no use to who has not the key. */
export function keyedDigest(key: Uint8Array, value: string): string {
  return createHmac('sha256', key).update(value).digest('hex');
}

/** Of a file's whole text; never that of a value. */
export function digestOfText(key: Uint8Array, text: string): string {
  return keyedDigest(key, `file\0${text}`);
}

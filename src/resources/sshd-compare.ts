// Rules: "stricter" is only said of keywords whose order is known here; everything else is just different. A number below its
// floor is not stricter but harmful (MaxSessions 0, LoginGraceTime 1) and is replaced.
import { accumulates, canonicalKeyword } from '../facts/sshd-config.ts';

/** Keywords whose value is a comma-separated set where fewer names are stricter (lower case). */
const ALGORITHM_LISTS: ReadonlySet<string> = new Set([
  'kexalgorithms',
  'ciphers',
  'macs',
  'hostkeyalgorithms',
  'pubkeyacceptedalgorithms',
  'hostbasedacceptedalgorithms',
  'casignaturealgorithms',
]);

/** Fewer names are not stricter when the ones that hold against quantum computers are among the missing. */
function isPostQuantum(list: readonly string[]): boolean {
  return listOf(list).some((name) => /^(mlkem|sntrup)/.test(name));
}

/** Values from strictest to loosest. */
const ORDERED: Readonly<Record<string, readonly string[]>> = {
  permitrootlogin: ['no', 'forced-commands-only', 'prohibit-password', 'yes'],
  allowtcpforwarding: ['no', 'remote', 'local', 'yes'],
  allowstreamlocalforwarding: ['no', 'remote', 'local', 'yes'],
  permittunnel: ['no', 'point-to-point', 'ethernet', 'yes'],
  gatewayports: ['no', 'clientspecified', 'yes'],
  ignorerhosts: ['yes', 'shosts-only', 'no'],
  loglevel: ['debug3', 'debug2', 'debug1', 'debug', 'verbose', 'info', 'error', 'fatal', 'quiet'],
  compression: ['no', 'delayed', 'yes'],
  ...Object.fromEntries(
    [
      'passwordauthentication',
      'kbdinteractiveauthentication',
      'permitemptypasswords',
      'permituserenvironment',
      'hostbasedauthentication',
      'gssapiauthentication',
      'kerberosauthentication',
      'x11forwarding',
      'allowagentforwarding',
      'exposeauthinfo',
      'usedns',
    ].map((keyword) => [keyword, ['no', 'yes']]),
  ),
  ...Object.fromEntries(
    ['disableforwarding', 'strictmodes', 'usepam', 'ignoreuserknownhosts'].map((keyword) => [
      keyword,
      ['yes', 'no'],
    ]),
  ),
};

/** Numbers where less is stricter down to a floor below which it harms; [floor, ceiling where 0 means "no limit"]. */
const LOWER_IS_STRICTER: Readonly<
  Record<string, { readonly floor: number; readonly zeroIsUnlimited: boolean }>
> = {
  maxauthtries: { floor: 2, zeroIsUnlimited: false },
  maxsessions: { floor: 2, zeroIsUnlimited: false },
  logingracetime: { floor: 15, zeroIsUnlimited: true },
  clientaliveinterval: { floor: 15, zeroIsUnlimited: true },
  clientalivecountmax: { floor: 1, zeroIsUnlimited: true },
};

const HIGHER_IS_STRICTER: ReadonlySet<string> = new Set(['requiredrsasize']);

export function isAlgorithmList(keyword: string): boolean {
  return ALGORITHM_LISTS.has(canonicalKeyword(keyword));
}

/** Names of a comma-separated list as `sshd -T` prints it. */
export function listOf(values: readonly string[] | undefined): readonly string[] {
  return (values ?? []).flatMap((value) => value.split(/[\s,]+/)).filter((name) => name !== '');
}

export type Comparison = 'same' | 'stricter' | 'weaker' | 'different' | 'beyond-floor';

/**
 * How `existing` compares with `wanted` for a keyword: "stricter" must be kept, "beyond-floor" is stricter than is safe
 * (MaxSessions 0, LoginGraceTime 1) and is replaced.
 */
export function compareOption(
  keyword: string,
  existing: readonly string[],
  wanted: readonly string[],
): Comparison {
  const name = canonicalKeyword(keyword);
  if (name === 'kexalgorithms' && isPostQuantum(wanted) && !isPostQuantum(existing)) return 'weaker';
  if (isAlgorithmList(name)) return compareSets(listOf(existing), listOf(wanted));
  if (name === 'denyusers' || name === 'denygroups') return compareSets(listOf(wanted), listOf(existing));
  if (accumulates(name)) {
    const [have, want] = [listOf(existing), listOf(wanted)];
    return have.length === want.length && have.every((value) => want.includes(value)) ? 'same' : 'different';
  }
  const have = normalizeValue(name, existing[0] ?? '');
  const want = normalizeValue(name, wanted[0] ?? '');
  if (have === want) return 'same';
  if (name === 'maxstartups') return compareStartups(have, want);
  const order = ORDERED[name];
  if (order !== undefined) {
    const [at, goal] = [order.indexOf(have), order.indexOf(want)];
    if (at === -1 || goal === -1) return 'different';
    return at < goal ? 'stricter' : 'weaker';
  }
  return compareNumbers(name, have, want);
}

function compareNumbers(name: string, have: string, want: string): Comparison {
  const [a, b] = [Number(have), Number(want)];
  if (!Number.isInteger(a) || !Number.isInteger(b)) return 'different';
  if (HIGHER_IS_STRICTER.has(name)) return a > b ? 'stricter' : 'weaker';
  const rule = LOWER_IS_STRICTER[name];
  if (rule === undefined) return 'different';
  if (rule.zeroIsUnlimited && a === 0) return 'weaker';
  if (a > b) return 'weaker';
  return a < rule.floor ? 'beyond-floor' : 'stricter';
}

/** start:rate:full; stricter when no part is larger, beyond the floor below three unauthenticated connections. */
function compareStartups(have: string, want: string): Comparison {
  const parse = (text: string): readonly number[] => {
    const parts = text.split(':').map(Number);
    return parts.length === 1 ? [parts[0] ?? Number.NaN, 100, parts[0] ?? Number.NaN] : parts;
  };
  const [a, b] = [parse(have), parse(want)];
  if (a.length !== 3 || b.length !== 3 || [...a, ...b].some((part) => !Number.isInteger(part)))
    return 'different';
  const [start = 0, rate = 0, full = 0] = a;
  const [wantStart = 0, wantRate = 0, wantFull = 0] = b;
  if (start < 3 || full < 3) return 'beyond-floor';
  if (start === wantStart && rate === wantRate && full === wantFull) return 'same';
  return start <= wantStart && rate >= wantRate && full <= wantFull ? 'stricter' : 'weaker';
}

function compareSets(have: readonly string[], want: readonly string[]): Comparison {
  const extra = have.some((value) => !want.includes(value));
  const lacking = want.some((value) => !have.includes(value));
  if (!extra && !lacking) return 'same';
  if (extra) return 'weaker';
  return have.length === 0 ? 'different' : 'stricter';
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** One value in the spelling of `sshd -T`: times in seconds, old words replaced, known words in lower case. */
export function normalizeValue(keyword: string, value: string): string {
  const name = canonicalKeyword(keyword);
  const text = value.trim();
  const lower = text.toLowerCase();
  if (name === 'permitrootlogin' && lower === 'without-password') return 'prohibit-password';
  if (name === 'logingracetime' || name === 'clientaliveinterval') {
    const parts = [...lower.matchAll(/(\d+)([smhdw]?)/g)];
    if (parts.length > 0 && parts.map((part) => part[0]).join('') === lower) {
      return String(parts.reduce((sum, part) => sum + Number(part[1]) * (SECONDS[part[2] || 's'] ?? 1), 0));
    }
  }
  return ORDERED[name]?.includes(lower) ? lower : text;
}

// Where reading a rule stands, what ends a rule, and the statements in it that only look, count or limit.
import { both, type Packet, type Truth } from './nft-packet.ts';
import type { Rule, Word } from './nft-rules.ts';

export type Act =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** Another destination; what is absent stays. */
  | { readonly kind: 'rewrite'; readonly address?: string; readonly port?: number }
  | { readonly kind: 'untrack' }
  /** It ends the way of a packet in a manner that is not read. */
  | { readonly kind: 'unread' };

/** Where reading stands: the words, the next one, and what is known so far. */
export type Cursor = {
  readonly words: readonly Word[];
  readonly packet: Packet;
  readonly sets: Rule['sets'];
  at: number;
  truth: Truth;
  doubt: string;
};

export const word = (it: Cursor, ahead = 0): string => {
  const found = it.words[it.at + ahead];
  return found === undefined || found.quoted ? '' : found.text;
};

/** What stands at the cursor if it ends a rule; the cursor stays. */
export function actAt(it: Cursor): Act | undefined {
  const first = word(it);
  switch (first) {
    case 'accept':
    case 'drop':
    case 'return':
      return { kind: first };
    case 'reject':
      return { kind: 'drop' };
    case 'jump':
    case 'goto':
      return { kind: first, chain: it.words[it.at + 1]?.text ?? '' };
    case 'notrack':
      return { kind: 'untrack' };
    case 'dnat':
    case 'redirect':
      return rewriteAt(it);
    case 'queue':
    case 'tproxy':
    case 'synproxy':
    case 'fwd':
      return { kind: 'unread' };
    default:
      return undefined;
  }
}

/** "dnat to 172.17.0.2:80", "dnat ip6 to [fd00::9]:80", "redirect to :8080", "redirect". */
function rewriteAt(it: Cursor): Act {
  const rest = it.words.slice(it.at).map(({ text }) => text);
  const to = rest.indexOf('to');
  if (to < 0) return rest[0] === 'redirect' ? { kind: 'rewrite' } : { kind: 'unread' };
  const target = rest[to + 1] ?? '';
  const parts = /^(?:\[([0-9a-f:.]+)\]|(\d+(?:\.\d+){3})|)(?::(\d+))?$/.exec(target);
  const bare = parts === null && /^[0-9a-f:.]+$/.test(target) ? target : undefined;
  const address = parts?.[1] ?? parts?.[2] ?? bare;
  const port = parts?.[3];
  if (address === undefined && port === undefined) return { kind: 'unread' };
  return {
    kind: 'rewrite',
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

export function know(it: Cursor, truth: Truth, doubt: () => string): void {
  it.truth = both(it.truth, truth);
  if (truth === 'some' || truth === 'unread') it.doubt = it.doubt === '' ? doubt() : `${it.doubt} ${doubt()}`;
}

export function textOf(words: readonly Word[]): string {
  return words
    .map(({ text, quoted }) => (quoted ? `"${text}"` : text))
    .join(' ')
    .replaceAll(' ,', ',');
}

/** Statements that only look, and those that let through so many; false when none stands here. */
export function skipStatement(it: Cursor): boolean {
  const from = it.at;
  const rate = () => know(it, 'some', () => textOf(it.words.slice(from, it.at)));
  switch (word(it)) {
    case 'comment':
      it.at = it.words.length;
      return true;
    case 'continue':
    case 'last':
      it.at += 1;
      return true;
    case 'counter':
      it.at += word(it, 1) === 'packets' ? 5 : word(it, 1) === 'name' ? 3 : 1;
      return true;
    case 'log':
      it.at += 1;
      while (/^(prefix|level|group|snaplen|queue-threshold|flags)$/.test(word(it))) it.at += 2;
      return true;
    case 'limit':
    case 'quota':
      it.at += 1;
      while (
        /^(rate|over|burst|name|until|used|packets|[kmg]?bytes|[\d].*|[kmg]?bytes\/.*)$/.test(word(it)) ||
        it.words[it.at]?.quoted === true
      )
        it.at += 1;
      rate();
      return true;
    case 'add':
    case 'update':
    case 'delete':
    case 'meter': {
      const open = it.words.findIndex(({ text, quoted }, index) => index > it.at && text === '{' && !quoted);
      const close = it.words.findIndex(({ text, quoted }, index) => index > open && text === '}' && !quoted);
      if (open < 0 || close < 0) return false;
      it.at = close + 1;
      const inside = it.words.slice(open, close).map(({ text }) => text);
      if (inside.includes('limit') || inside.includes('count')) rate();
      return true;
    }
    case 'ct':
      if (word(it, 1) !== 'count') break;
      it.at += word(it, 2) === 'over' ? 4 : 3;
      rate();
      return true;
    case 'tcp':
      if (word(it, 1) !== 'flags') break;
      return flagsAt(it);
  }
  // "meta mark set 0x1", "ip dscp set cs1", "tcp option maxseg size set rt mtu"
  const set = [1, 2, 3, 4].find((ahead) => word(it, ahead) === 'set');
  if (set === undefined || word(it) === 'set') return false;
  it.at += set + 1;
  while (it.at < it.words.length && actAt(it) === undefined && word(it) !== 'comment') it.at += 1;
  return true;
}

const FLAG = /^(fin|syn|rst|psh|ack|urg|ecn|cwr)$/;

/** Flags of a packet that begins a connection: syn alone. */
function flagsAt(it: Cursor): boolean {
  const from = it.at;
  it.at += 2;
  const list = (): readonly string[] => {
    const flags: string[] = [];
    while (FLAG.test(word(it)) || /^[,|()]$/.test(word(it))) {
      if (FLAG.test(word(it))) flags.push(word(it));
      it.at += 1;
    }
    return flags;
  };
  const masked = word(it) === '&';
  if (masked) it.at += 1;
  const negatedFirst = !masked && word(it) === '!=';
  if (negatedFirst || word(it) === '==') it.at += 1;
  let [mask, value]: [readonly string[] | undefined, readonly string[]] = masked
    ? [list(), []]
    : [undefined, list()];
  let negated = negatedFirst;
  if (masked) {
    negated = word(it) === '!=';
    if (!negated && word(it) !== '==') {
      it.at = from;
      return false;
    }
    it.at += 1;
    value = word(it).startsWith('0x') ? [] : list();
    if (word(it) === '0x0') it.at += 1;
  } else if (word(it) === '/') {
    it.at += 1;
    mask = list();
  }
  if (it.packet.protocol !== 'tcp') it.truth = 'no';
  // Without a mask one of the flags is enough.
  const seen =
    mask === undefined
      ? value.includes('syn')
      : value.includes('syn') === mask.includes('syn') && value.every((flag) => flag === 'syn');
  if (seen === negated) it.truth = 'no';
  return true;
}

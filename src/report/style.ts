// Rules: a report is a pure string. Meaning is a word and a glyph, colour only repeats it. Everything that may come from a
// host passes safe(). Without UTF-8 the glyphs and the few typographic signs of our own texts become ASCII.
import { styleText } from 'node:util';
import type { FindingResult, Severity } from '../model/control.ts';
import type { Change, Confidence, Risk } from '../model/resource.ts';
import type { TransactionState } from '../model/transaction.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** How text is drawn; decided once by whoever owns the stream. */
export type Style = { readonly color: boolean; readonly unicode: boolean; readonly columns: number };

export type Paint = 'good' | 'bad' | 'warn' | 'quiet' | 'strong';

const FORMATS: Readonly<Record<Paint, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  quiet: 'dim',
  strong: 'bold',
};

const ASCII: Readonly<Record<string, string>> = {
  '→': '->',
  '−': '-',
  '…': '...',
  '—': '-',
  '–': '-',
  '·': '-',
  '•': '*',
  '○': 'o',
  '●': '*',
  '✓': '+',
  '✗': 'x',
  '≈': '~',
  '≥': '>=',
  '≤': '<=',
  '“': '"',
  '”': '"',
  '’': "'",
};

/** The text in colour where colour is on. */
export function paint(text: string, kind: Paint, style: Style): string {
  // No stream is asked here: the style is the decision.
  return style.color ? styleText(FORMATS[kind], text, { validateStream: false }) : text;
}

/** One safe line, drawn with what the terminal can show. */
export function safe(text: string, style: Style, limit = 500): string {
  return drawn(sanitizeLine(text, limit), style);
}

/** The safe lines of a message that may have several; blank ones are left out. */
export function safeLines(text: string, style: Style): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => safe(line, style));
}

/** Text of our own, drawn with what the terminal can show. */
export function drawn(text: string, style: Style): string {
  if (style.unicode) return text;
  return text.replace(
    /[^\u0000-\u007f]/gu,
    (sign) => ASCII[sign] ?? `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

const RESULTS: Readonly<Record<FindingResult, readonly [string, string, Paint]>> = {
  fail: ['✗', 'fail', 'bad'],
  unknown: ['?', 'unknown', 'warn'],
  waived: ['≈', 'waived', 'warn'],
  notchecked: ['○', 'to attest', 'quiet'],
  pass: ['✓', 'pass', 'good'],
  attested: ['●', 'attested', 'quiet'],
  notapplicable: ['–', 'not applicable', 'quiet'],
};

/** Order in which results are shown: what asks for an act first. */
export const RESULT_ORDER = Object.keys(RESULTS) as readonly FindingResult[];
export const SEVERITY_ORDER: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export function resultWord(result: FindingResult): string {
  return RESULTS[result][1];
}

/** "✗ fail", uncoloured. */
export function resultLabel(result: FindingResult, style: Style): string {
  return drawn(`${RESULTS[result][0]} ${RESULTS[result][1]}`, style);
}

export function resultPaint(result: FindingResult): Paint {
  return RESULTS[result][2];
}

const RISKS: Readonly<Record<Risk, string>> = {
  none: 'no risk',
  service: 'a service reloads',
  lockout: 'may lock out',
};

/** `guarded`: it is going to be applied, so what guards a lockout is said with it. */
export function riskWord(risk: Risk, guarded: boolean): string {
  return risk === 'lockout' && guarded ? `${RISKS.lockout}: armed and proved` : RISKS[risk];
}

const CONFIDENCE: Readonly<Record<Confidence, string>> = {
  rehearsed: 'rehearsed on the host',
  validated: "validated by the daemon's own checker",
  predicted: 'predicted',
};

/** Packages have no checker but apt itself. */
export function confidenceWord({ action, confidence }: Pick<Change, 'action' | 'confidence'>): string {
  if (action !== 'install') return CONFIDENCE[confidence];
  return confidence === 'predicted' ? 'apt was not asked yet' : 'apt on the host said what comes';
}

const STATES: Readonly<Record<TransactionState, readonly [string, string, Paint]>> = {
  PREPARED: ['·', 'prepared', 'quiet'],
  ARMED: ['!', 'armed', 'warn'],
  APPLYING: ['!', 'applying', 'warn'],
  APPLIED: ['!', 'applied, not confirmed', 'warn'],
  COMMITTED: ['✓', 'kept', 'good'],
  ROLLING_BACK: ['!', 'being taken back', 'warn'],
  ROLLED_BACK: ['✓', 'taken back', 'good'],
  ROLLBACK_PARTIAL: ['✗', 'taken back in part', 'bad'],
};

/** "✓ kept", uncoloured. */
export function stateLabel(state: TransactionState, style: Style): string {
  return drawn(`${STATES[state][0]} ${STATES[state][1]}`, style);
}

export function statePaint(state: TransactionState): Paint {
  return STATES[state][2];
}

/** Seconds in words: 75 → "1 min 15 s". */
export function seconds(count: number): string {
  const whole = Math.max(0, Math.round(count));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** "1 change", "2 changes". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The text with its first letter as a capital. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

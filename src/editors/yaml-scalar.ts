// Rules: how a value is written in YAML so that readers of 1.1 and of 1.2 read the same: plain only where both read text, never a
// word that one of them takes for a truth value, a number or a date. The quotes that were there stay if they can hold the value;
// a literal block stays one if the value ends as such blocks do.

export type YamlScalar = string | number | boolean | null;

/** How the value is written now, as the parser names it, and the column that lines of a block begin at. */
export type YamlStyle = { readonly type: string; readonly indent: string; readonly end: '\n' | '\r\n' };

const WORDS = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;
const PLAIN = /^[A-Za-z_/][\w./@+%-]*(?:[: ][\w./@+%-]+)*$/;

/** The value as YAML, or undefined when YAML has none (NaN). */
export function writeScalar(value: YamlScalar, style: YamlStyle): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? writeNumber(value) : undefined;
  if (typeof value !== 'string') return String(value);
  const hasControls =
    /[^\t\x20-\x7e\u00a0-\ud7ff\ue000-\ufeff\u{10000}-\u{10ffff}]|[\u2028\u2029\ufeff]/u.test(value);
  if (style.type === 'QUOTE_SINGLE' && !hasControls) return `'${value.replaceAll("'", "''")}'`;
  if (style.type === 'BLOCK_LITERAL' && isBlock(value)) {
    const lines = value.slice(0, -1).split('\n');
    return ['|', ...lines.map((line) => (line === '' ? '' : style.indent + line)), ''].join(style.end);
  }
  const isPlain = PLAIN.test(value) && !WORDS.test(value);
  return isPlain && style.type !== 'QUOTE_DOUBLE' ? value : doubleQuoted(value);
}

function writeNumber(value: number): string | undefined {
  const text = Object.is(value, -0) ? '-0.0' : String(value);
  // 1e21 is text to readers of 1.1, which want a dot and a sign.
  return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
}

/** Text that a literal block says as it is: lines that begin and end with something, and one line end. */
function isBlock(value: string): boolean {
  const lines = value.split('\n');
  const isText = (line: string): boolean => line === '' || /^[!-~][ -~]*$/.test(line);
  return (
    lines.length > 1 && lines.at(-1) === '' && lines[0] !== '' && lines.at(-2) !== '' && lines.every(isText)
  );
}

/** Double quotes can hold anything; what does not print is escaped. */
export function doubleQuoted(value: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '"': '\\"',
    '\\': '\\\\',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
  };
  const inside = value.replace(
    /["\\]|[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{1fffd}]|[\u200b-\u200f\u2028-\u202e\u2060-\u206f]/gu,
    (character) =>
      escapes[character] ?? `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
  return `"${inside}"`;
}

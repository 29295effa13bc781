// Rules: bytes from a host are hostile. What a person sees keeps printable characters, newline and tab; every other
// control (C0, C1, DEL), bidi control, zero-width and tag character is shown as a visible escape. Decoding never throws:
// invalid UTF-8 becomes U+FFFD. Applied at the transport boundary for text and again in every view.

const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** Text that is safe to print, with hidden characters escaped. Newlines and tabs stay. */
export function sanitize(text: string): string {
  return text.replace(HIDDEN, visible);
}

/** One safe line of at most `limit` characters: newlines and tabs are escaped too, the cut is marked. */
export function sanitizeLine(text: string, limit = 200): string {
  const line = sanitize(text.slice(0, limit * 4))
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t');
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

// Lines → bytes for a screen of fixed size. Rules: every line has its own place, so a resize, a lost line or a scroll
// leaves nothing behind; only lines that changed are sent, in one synchronized update; of what comes in, colours (SGR)
// pass and every other control is dropped here once more, whatever happened above.

const ESC = '\u001b';
const BEGIN_UPDATE = `${ESC}[?2026h`;
const END_UPDATE = `${ESC}[?2026l`;

export const CLEAR_SCREEN = `${ESC}[0m${ESC}[2J${ESC}[H`;

/** Text with SGR sequences only. */
export function onlyColours(text: string): string {
  return text
    .split(/(\u001b\[[0-9;]*m)/)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/[\u0000-\u001f\u007f-\u009f]/g, '')))
    .join('');
}

/** Bytes that turn the lines on the screen into the next ones; empty when nothing changed. `null`: nothing is known. */
export function paint(shown: readonly string[] | null, next: readonly string[]): string {
  const moves = next
    .map((text, row) => (shown?.[row] === text ? '' : `${ESC}[${row + 1};1H${text}${ESC}[0m${ESC}[K`))
    .join('');
  const left = shown !== null && shown.length > next.length ? `${ESC}[${next.length + 1};1H${ESC}[J` : '';
  const bytes = (shown === null ? CLEAR_SCREEN : '') + moves + left;
  return bytes === '' ? '' : BEGIN_UPDATE + bytes + END_UPDATE;
}

/** A frame as Ink writes it, as lines of a screen with `rows` rows. */
export function frameLines(frame: string, rows: number): readonly string[] {
  return frame
    .split('\n')
    .slice(0, Math.max(1, rows - 1))
    .map(onlyColours);
}

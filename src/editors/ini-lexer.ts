// Rules: INI files cut into sections and entries as systemd, Python's configparser and fail2ban cut them (the dialects of ini.ts).
// Python refuses a line before the first section and one that is neither key nor section; systemd passes over them.
import { checkText, done, endOfLine, type Result, refuse } from './editor.ts';

export type IniDialect = 'systemd' | 'python' | 'fail2ban';

export type IniEntry = {
  readonly section: string | null;
  readonly key: string;
  /** Lines of a value are joined by a newline (Python) or a blank (systemd). */
  readonly value: string;
  /** Offsets: whole lines, the key's end, and the value without blanks and comments around it. */
  readonly start: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
  /** Comments stand between its lines. */
  readonly holdsComment: boolean;
};

type Header = { readonly name: string; readonly start: number; readonly end: number };

export type IniDocument = {
  readonly text: string;
  readonly dialect: IniDialect;
  readonly entries: readonly IniEntry[];
  readonly headers: readonly Header[];
};

/** A line without its end, and without its comment where the dialect has them there. */
type Line = {
  readonly start: number;
  readonly end: number;
  readonly content: string;
  readonly isComment: boolean;
};

export function lexIni(text: string, dialect: IniDialect): Result<IniDocument> {
  const hostile = checkText(text, { loneReturn: true });
  if (hostile !== undefined) return hostile;
  const lines = linesOf(text, dialect);
  const entries: IniEntry[] = [];
  const headers: Header[] = [];
  let section: string | null = null;
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    index += 1;
    if (line === undefined || line.isComment || line.content.trim() === '') continue;
    const header = /^[ \t]*\[(.+)\][ \t]*$/.exec(line.content)?.[1];
    if (header !== undefined) {
      section = header;
      headers.push({ name: header, start: line.start, end: line.end });
      continue;
    }
    const key = /^[ \t]*([^=:]*)/.exec(line.content);
    const name = dialect === 'systemd' ? /^[ \t]*([^=]*)/.exec(line.content) : key;
    const sign = line.content.charAt(name?.[0].length ?? 0);
    const isOdd = sign === '' || (name?.[1] ?? '').trim() === '' || line.content.trimStart().startsWith('[');
    const isOutside = section === null && dialect !== 'systemd';
    if ((isOdd && dialect !== 'systemd') || isOutside) {
      const what = isOutside
        ? 'a line before the first section'
        : 'a line that is neither a key nor a section';
      return refuse({
        what,
        allowed: 'sections in brackets, and lines such as key = value',
        at: { text, offset: line.start },
      });
    }
    const more = dialect === 'systemd' ? joined(lines, index - 1) : deeper(lines, index - 1);
    index = more.next;
    if (isOdd) continue;
    entries.push(entryOf({ section, line, nameEnd: name?.[0].length ?? 0, more, dialect }));
  }
  return done({ text, dialect, entries, headers });
}

type More = { readonly lines: readonly Line[]; readonly next: number; readonly holdsComment: boolean };

function entryOf(it: {
  readonly section: string | null;
  readonly line: Line;
  readonly nameEnd: number;
  readonly more: More;
  readonly dialect: IniDialect;
}): IniEntry {
  const { line, more, nameEnd } = it;
  const isSystemd = it.dialect === 'systemd';
  const named = line.content.slice(0, nameEnd);
  const first = line.content.slice(nameEnd + 1);
  const all = [first, ...more.lines.map(({ content }) => content)];
  const cut = all.map((content) => (isSystemd ? content.replace(/\\$/, ' ') : content.trim()));
  const value = isSystemd ? cut.join('').trim() : cut.join('\n').trimEnd();
  const bodies = [{ start: line.start + nameEnd + 1, content: first }, ...more.lines];
  const filled = bodies.filter(({ content }) => content.trim() !== '');
  const [from, to] = [filled[0], filled.at(-1)];
  // A value that begins on a later line belongs to the sign, so that it can be set on the first one.
  const afterSign = line.start + nameEnd + 1;
  const isLater = from !== undefined && from !== bodies[0];
  const blanks = from === undefined ? 0 : from.content.length - from.content.trimStart().length;
  const valueStart = from === undefined || isLater ? afterSign : from.start + blanks;
  const valueEnd = to === undefined ? afterSign : to.start + to.content.trimEnd().length;
  const lead = named.length - named.trimStart().length;
  return {
    section: it.section,
    key: named.trim(),
    value,
    start: line.start,
    keyEnd: line.start + lead + named.trim().length,
    valueStart,
    valueEnd: Math.max(valueStart, valueEnd),
    end: (more.lines.at(-1) ?? line).end,
    holdsComment: more.holdsComment,
  };
}

function linesOf(text: string, dialect: IniDialect): readonly Line[] {
  const lines: Line[] = [];
  let start = text.startsWith('\ufeff') ? 1 : 0;
  while (start < text.length) {
    const end = endOfLine(text, start);
    const whole = text.slice(start, end).replace(/\r?\n$/, '');
    const inline = dialect === 'fail2ban' ? /(?:^|\s);/.exec(whole) : null;
    const content = inline === null ? whole : whole.slice(0, inline.index);
    lines.push({ start, end, content, isComment: /^\s*[#;]/.test(whole) });
    start = end;
  }
  return lines;
}

/** systemd: lines joined by a backslash, comments between them passed over. */
function joined(lines: readonly Line[], from: number): More {
  const found: Line[] = [];
  let holdsComment = false;
  let next = from + 1;
  let goesOn = lines[from]?.content.endsWith('\\') === true;
  for (; goesOn && next < lines.length; next += 1) {
    const line = lines[next];
    if (line === undefined) break;
    if (line.isComment) holdsComment = true;
    else {
      found.push(line);
      goesOn = line.content.endsWith('\\');
    }
  }
  return { lines: found, next, holdsComment };
}

/** Python: lines indented deeper than the key; empty ones between them belong to the value, comments are passed over. */
function deeper(lines: readonly Line[], from: number): More {
  const indent = indentOf(lines[from]);
  const found: Line[] = [];
  let holdsComment = false;
  let commented = false;
  let next = from + 1;
  let pending: Line[] = [];
  for (let at = from + 1; at < lines.length; at += 1) {
    const line = lines[at];
    if (line === undefined) break;
    if (line.isComment) {
      commented = true;
      continue;
    }
    if (line.content.trim() === '') {
      pending.push(line);
      continue;
    }
    if (indentOf(line) <= indent) break;
    found.push(...pending, line);
    pending = [];
    holdsComment ||= commented;
    next = at + 1;
  }
  return { lines: found, next, holdsComment };
}

function indentOf(line: Line | undefined): number {
  const content = line?.content ?? '';
  return content.length - content.trimStart().length;
}

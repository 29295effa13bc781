// Rules: three readers, three dialects. systemd: "#" and ";" begin comments, a backslash joins lines, letters count, a key may be a
// list of lines. Python (pip and others): lines that are indented deeper go on with the value, keys ignore case, "=" or ":".
// fail2ban: as Python, and ";" behind a blank begins a comment on any line. Sections of one name are one; the last line wins.
// Specifiers and interpolation (%) are the reader's: what is written is what stands in the file.
import { applyEdits, done, type Editor, lineEnd, type Result, refuse } from './editor.ts';
import { type IniDialect, type IniDocument, type IniEntry, lexIni } from './ini-lexer.ts';

/** The section is null for what stands before the first one. */
export type IniPath = { readonly section: string | null; readonly key: string };

export function iniEditor(dialect: IniDialect): Editor<IniDocument, IniPath, string> {
  return { parse: (text) => lexIni(text, dialect), get, set, remove };
}

/** Every line of a key, in the order of the file. */
export function iniEntries(document: IniDocument, { section, key }: IniPath): readonly IniEntry[] {
  const fold = (name: string) => (document.dialect === 'systemd' ? name : name.toLowerCase());
  return document.entries.filter((entry) => entry.section === section && fold(entry.key) === fold(key));
}

function get(document: IniDocument, path: IniPath): string | undefined {
  return iniEntries(document, path).at(-1)?.value;
}

function set(document: IniDocument, path: IniPath, value: string): Result<string> {
  const { text, dialect } = document;
  const found = iniEntries(document, path);
  const entry = found.at(-1);
  if (entry === undefined) return insert(document, path, value);
  if (entry.value === value) return done(text);
  if (dialect === 'systemd' && found.length > 1) {
    const what = `a key that stands ${found.length} times, which may be a list`;
    return refuse({ what, allowed: 'a key that stands once', fix: 'remove its lines first' });
  }
  if (entry.holdsComment) {
    const at = { text, offset: entry.start };
    return refuse({ what: 'a value with comments between its lines', allowed: 'a value without', at });
  }
  // A value that was empty, or began on a later line, gets the blank that stands behind the sign elsewhere.
  const isBehindSign = /^(?:\s|$)/.test(text.slice(entry.valueStart, entry.valueEnd));
  const isTight = isBehindSign && /^[^\n]/.test(value) && !/[ \t]/.test(text.charAt(entry.valueStart - 1));
  const gap = isTight ? (/[ \t]*$/.exec(separatorOf(document, path))?.[0] ?? '') : '';
  const written = gap + fold(value, document);
  const edits = [{ start: entry.valueStart, end: entry.valueEnd, text: written }];
  const wanted = document.entries.map((it) => (it === entry ? { ...it, value } : it));
  return verified(document, applyEdits(text, edits), wanted);
}

function insert(document: IniDocument, { section, key }: IniPath, value: string): Result<string> {
  const { text } = document;
  const end = lineEnd(text);
  const beside = document.entries.findLast((entry) => entry.section === section);
  const header = document.headers.findLast((it) => it.name === section);
  const indent = /^[ \t]*/.exec(beside === undefined ? '' : text.slice(beside.start))?.[0] ?? '';
  const line = `${indent}${key}${separatorOf(document, { section, key })}${fold(value, document)}`;
  const fresh = { section, key, value };
  if (section !== null && header === undefined) {
    const gap = text.trim() === '' ? '' : text.endsWith('\n') ? end : end + end;
    const added = { start: text.length, end: text.length, text: `${gap}[${section}]${end}${line}${end}` };
    return verified(document, applyEdits(text, [added]), [...document.entries, fresh]);
  }
  // Behind the last line of the last block of that name, so that it stands last of its section.
  const after = beside !== undefined && beside.start > (header?.start ?? -1) ? beside : undefined;
  const at = after?.end ?? header?.end ?? (text.startsWith('\ufeff') ? 1 : 0);
  const before = at > 1 && !text.slice(0, at).endsWith('\n') ? end : '';
  const index = document.entries.findLastIndex((entry) => entry.start < at) + 1;
  const edit = { start: at, end: at, text: `${before}${line}${end}` };
  const wanted = [...document.entries.slice(0, index), fresh, ...document.entries.slice(index)];
  return verified(document, applyEdits(text, [edit]), wanted);
}

/** Takes every line of the key away, so that no earlier one comes into force. */
function remove(document: IniDocument, path: IniPath): Result<string> {
  const found = iniEntries(document, path);
  const edits = found.map(({ start, end }) => ({ start, end, text: '' }));
  const wanted = document.entries.filter((entry) => !found.includes(entry));
  return verified(document, applyEdits(document.text, edits), wanted);
}

/** What stands between keys and values nearby. */
function separatorOf({ entries, text, dialect }: IniDocument, { section }: IniPath): string {
  const near = entries.filter(
    (entry) =>
      entry.valueStart < entry.valueEnd && !text.slice(entry.keyEnd, entry.valueStart).includes('\n'),
  );
  const entry = near.findLast((it) => it.section === section) ?? near.at(-1);
  if (entry === undefined) return dialect === 'systemd' ? '=' : ' = ';
  return text.slice(entry.keyEnd, entry.valueStart);
}

/** Lines of a value as Python goes on with them; systemd has one line. */
function fold(value: string, { text, dialect }: IniDocument): string {
  return dialect === 'systemd' ? value : value.replaceAll('\n', `${lineEnd(text)}    `);
}

/** The text if it says exactly these lines: no value may add a line, a section or a comment. */
function verified(
  { dialect }: IniDocument,
  text: string,
  wanted: readonly (IniPath & { readonly value: string })[],
): Result<string> {
  const again = lexIni(text, dialect);
  const meaning = (entries: typeof wanted) =>
    JSON.stringify(entries.map(({ section, key, value }) => [section, key, value]));
  if (again.ok && meaning(again.value.entries) === meaning(wanted)) return done(text);
  const allowed =
    'text that its reader does not cut: no blanks around it, no comment signs, lines only where they go on';
  return refuse({
    what: 'a change that would not read back as it was meant',
    allowed,
    fix: 'choose another value',
  });
}

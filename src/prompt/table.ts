// Rules: an answer that is a table, line by line: rows with numbers, changed by a word and a number, cell by cell; the text form of a row
// may be typed as well. Nothing is taken that the question would refuse; leaving a row leaves it as it was.
import type { Context } from '../model/context.ts';
import { type Style, safe } from '../report/style.ts';
import {
  type TableEdit,
  type TableLine,
  type TableQuestion,
  tableLines,
  withEntry,
  withoutRow,
  withRow,
} from '../report/table-form.ts';
import { wrap } from '../text/wrap.ts';
import { askLine, type Terminal } from './terminal.ts';

type Talk = {
  readonly question: TableQuestion;
  readonly context: Context;
  readonly terminal: Terminal;
  readonly style: Style;
};

const WORDS = 'Type a number to change that row, "add", "remove NUMBER", or Enter to take these rows:';

/** The rows that were taken; undefined when the person left. */
export async function askTable(talk: Talk, start: readonly string[]): Promise<readonly string[] | undefined> {
  const say = sayer(talk);
  let entries = start;
  for (;;) {
    const lines = tableLines(talk.question, talk.context, entries);
    list(talk, lines);
    const typed = await askLine({ message: WORDS }, talk.terminal);
    if (typed === undefined) return undefined;
    const word = typed.trim();
    if (word === '') {
      const problem = talk.question.check?.(entries, talk.context);
      if (problem === undefined) return entries;
      say(`That cannot be: ${problem}`);
      continue;
    }
    const edit = await edited(talk, { lines, entries, word });
    if (edit === undefined) say('Left as it was.');
    else if ('problem' in edit) say(`That cannot be: ${edit.problem}`);
    else entries = edit.entries;
  }
}

function sayer({ terminal, style }: Pick<Talk, 'terminal' | 'style'>) {
  return (text: string) =>
    void terminal.output.write(
      `${wrap(safe(text, style, 2000), { width: style.columns, indent: '  ' }).join('\n')}\n`,
    );
}

/** Every row is a sentence: "2. Port 443, Protocol tcp, From anyone". */
function list(talk: Talk, lines: readonly TableLine[]): void {
  const say = sayer(talk);
  const { table } = talk.question;
  if (!lines.some(({ kind }) => kind === 'entry')) say('Nothing is in the list.');
  for (const [index, line] of lines.entries()) {
    if (line.kind === 'offer') {
      if (lines[index - 1]?.kind !== 'offer') say(`${table.offered ?? 'Ready rows'}:`);
      say(`${index + 1}. ${line.offer.text}`);
      continue;
    }
    const told = table.columns.flatMap(({ title }, at) =>
      line.cells[at] ? [`${title} ${line.cells[at]}`] : [],
    );
    say(`${index + 1}. ${told.join(', ')}${line.kind === 'pinned' ? ' (fixed)' : ''}`);
  }
}

/** What a word does to the answer; undefined: the person thought better of it. */
async function edited(
  talk: Talk,
  {
    lines,
    entries,
    word,
  }: { readonly lines: readonly TableLine[]; readonly entries: readonly string[]; readonly word: string },
): Promise<TableEdit | undefined> {
  const { question, context } = talk;
  const now = { context, entries };
  if (word === 'add') return await typedRow(talk, { entries, cells: question.table.blank, index: null });
  const [, verb = '', number] = /^(?:(remove) +)?(\d{1,4})$/.exec(word) ?? [];
  if (number === undefined) return withEntry(question, now, { entry: word, index: null });
  const line = lines[Number(number) - 1];
  if (line === undefined) return { problem: `there is no row ${number}` };
  if (line.kind === 'pinned') return { problem: line.why };
  if (line.kind === 'entry') {
    if (verb === 'remove') return withoutRow(question, now, line.index);
    return await typedRow(talk, { entries, cells: line.cells, index: line.index });
  }
  if (verb === 'remove') return { problem: 'this row is not in the answer' };
  return await offerTaken(talk, line, entries);
}

/** A row asked cell by cell, each with what it is now; what is wrong is told, and that cell asked again, or all of them. */
async function typedRow(
  talk: Talk,
  row: {
    readonly entries: readonly string[];
    readonly cells: readonly string[];
    readonly index: number | null;
  },
): Promise<TableEdit | undefined> {
  const { question, context, terminal, style } = talk;
  const say = sayer(talk);
  const cells = [...row.cells];
  const ask = async (at: number): Promise<boolean> => {
    const column = question.table.columns[at];
    const now = safe(cells[at] ?? '', style);
    const empty = column?.choices === undefined && now !== '' ? '; "-" for nothing' : '';
    const message = `${column?.title ?? ''} (${column?.choices?.join(' or ') ?? column?.help ?? ''}${empty}):`;
    const typed = await askLine({ message, proposal: now }, terminal);
    if (typed === undefined) return false;
    cells[at] = typed.trim() === '-' ? '' : typed.trim();
    return true;
  };
  let asked: readonly number[] = [...question.table.columns.keys()];
  for (;;) {
    for (const at of asked) if (!(await ask(at))) return undefined;
    const edit = withRow(question, { context, entries: row.entries }, { cells, index: row.index });
    if (!('problem' in edit)) return edit;
    say(`That cannot be: ${edit.problem}`);
    // What is wrong with the row as a whole may be mended in any cell.
    asked = edit.column === undefined ? [...question.table.columns.keys()] : [edit.column];
  }
}

async function offerTaken(
  talk: Talk,
  { offer }: Extract<TableLine, { kind: 'offer' }>,
  entries: readonly string[],
): Promise<TableEdit | undefined> {
  const say = sayer(talk);
  for (const [index, { label }] of offer.choices.entries()) say(`${index + 1}. ${label}`);
  const message = `${safe(offer.text, talk.style)}: type a number, or Enter to ${offer.leave}:`;
  const typed = await askLine({ message }, talk.terminal);
  const entry = offer.choices[Number(typed?.trim()) - 1]?.entry;
  if (typed === undefined || typed.trim() === '') return undefined;
  if (entry === undefined) return { problem: 'that is none of the numbers' };
  return withEntry(talk.question, { context: talk.context, entries }, { entry, index: null });
}

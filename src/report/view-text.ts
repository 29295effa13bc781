// Rules: a table where its columns fit, else each row as a list of its cells; nothing is cut, cells go on below; the state is a
// word and a glyph before everything else of its row.
import { type RowState, type StepView, shownCells, type ViewRow } from '../model/view.ts';
import { columnWidths, GAP } from '../text/columns.ts';
import { pad, wrap } from '../text/wrap.ts';
import { drawn, type Paint, paint, type Style, safe } from './style.ts';

const STATES: Readonly<Record<RowState, readonly [string, string, Paint]>> = {
  good: ['✓', 'good', 'good'],
  bad: ['✗', 'bad', 'bad'],
  unknown: ['?', 'unknown', 'warn'],
  neutral: ['·', 'neutral', 'quiet'],
};
/** Cells of the longest label. */
const LABEL = 9;
/** An IPv4 address is never broken. */
const LEAST = 15;

/** A view for a terminal or a pipe: lines without a newline at the end. */
export function viewText(view: StepView, style: Style): readonly string[] {
  const say = (text: string, indent = '') => wrap(safe(text, style, 2000), { width: style.columns, indent });
  const head = [paint(safe(view.title, style), 'strong', style), ...say(view.about, '  ')];
  if (view.rows.length === 0) return [...head, ...say(view.empty, '  ')];
  const next = view.next === undefined ? [] : say(`Next: ${view.next}`, '  ');
  const states = (Object.keys(STATES) as RowState[]).filter((it) =>
    view.rows.some((row) => row.state === it),
  );
  const legend = states.flatMap((it) => {
    const means = view.legend[it];
    return means === undefined ? [] : [`${label(it, style)}: ${safe(means, style)}`];
  });
  return [
    ...head,
    ...(tableLines(view, style) ?? listLines(view, style)),
    ...legend.flatMap((it) => say(it, '  ')),
    ...next,
  ];
}

function label(state: RowState, style: Style): string {
  return drawn(`${STATES[state][0]} ${STATES[state][1]}`, style);
}

function noteLines(row: ViewRow, indent: number, style: Style): readonly string[] {
  return row.notes.flatMap((note) =>
    wrap(safe(note, style, 2000), {
      width: style.columns,
      first: `${' '.repeat(indent)}- `,
      indent: ' '.repeat(indent + 2),
    }),
  );
}

function tableLines(view: StepView, style: Style): readonly string[] | undefined {
  const left = 2 + LABEL + GAP;
  const cells = view.rows.map((row) => shownCells(row).map((it) => safe(it, style)));
  const widths = columnWidths([view.columns, ...cells], { width: style.columns - left, least: LEAST });
  if (widths === undefined) return undefined;
  const drawRow = (head: string, texts: readonly string[]): readonly string[] => {
    const columns = widths.map((width, index) => wrap(texts[index] ?? '', { width: Math.max(width, 10) }));
    const height = Math.max(...columns.map((it) => it.length));
    return Array.from({ length: height }, (_, line) => {
      const parts = columns.map((it, index) => pad(it[line] ?? '', widths[index] ?? 0));
      return `${line === 0 ? head : ' '.repeat(left)}${parts.join(' '.repeat(GAP))}`.trimEnd();
    });
  };
  return [
    ...drawRow(' '.repeat(left), view.columns).map((line) => paint(line, 'quiet', style)),
    ...view.rows.flatMap((row, index) => {
      const mark = paint(pad(label(row.state, style), LABEL), STATES[row.state][2], style);
      return [...drawRow(`  ${mark}${' '.repeat(GAP)}`, cells[index] ?? []), ...noteLines(row, left, style)];
    }),
  ];
}

function listLines(view: StepView, style: Style): readonly string[] {
  return view.rows.flatMap((row) => [
    ...wrap(`${label(row.state, style)}  ${safe(row.cells[0] ?? '', style)}`, {
      width: style.columns,
      first: '  ',
      indent: '      ',
    }).map((line) => paint(line, STATES[row.state][2], style)),
    ...view.columns.slice(1).flatMap((column, index) =>
      wrap(safe(shownCells(row)[index + 1] ?? '', style, 2000), {
        width: style.columns,
        first: `      ${safe(column, style)}: `,
        indent: '        ',
      }),
    ),
    ...noteLines(row, 6, style),
  ]);
}

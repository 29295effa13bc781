// A terminal screen as SVG. Rules: what the emulator holds, cell by cell, and nothing added; runs of one look are one
// piece of text with a fixed length, so that any monospace font keeps the columns; no fonts or scripts from elsewhere.

const CELL = { width: 8.4, height: 18, baseline: 13.5, font: 14 };
const EDGE = 14;
const FAMILY = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace";

/** Colours of a terminal: default text, ground, and the first sixteen of the palette. */
export const THEMES = {
  light: {
    text: '#24292f',
    ground: '#ffffff',
    edge: '#d0d7de',
    palette: ['#24292f', '#c21f2c', '#1a7f37', '#8a5a00', '#0550ae', '#8250df', '#0b6e7f', '#6e7781'],
  },
  dark: {
    text: '#d7dde4',
    ground: '#12161c',
    edge: '#30363d',
    palette: ['#484f58', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#5fd0dc', '#d7dde4'],
  },
};

/**
 * Takes what is on the screen of an @xterm/headless terminal, as rows of runs { column, text, look }.
 * @param {import('@xterm/headless').Terminal} terminal
 */
export function takeScreen(terminal) {
  const { active } = terminal.buffer;
  const rows = [];
  for (let y = 0; y < terminal.rows; y += 1) {
    const line = active.getLine(active.baseY + y);
    const runs = [];
    for (let x = 0; x < terminal.cols; x += 1) {
      const cell = line?.getCell(x);
      // The right half of a wide character is a cell of width 0 and has nothing of its own.
      if (cell === undefined || cell.getWidth() === 0) continue;
      const look = {
        ink: cell.isFgDefault() ? -1 : cell.getFgColor() % 8,
        paper: cell.isBgDefault() ? -1 : cell.getBgColor() % 8,
        bold: cell.isBold() !== 0,
        dim: cell.isDim() !== 0,
        inverse: cell.isInverse() !== 0,
      };
      const last = runs.at(-1);
      const text = cell.getChars() || ' ';
      if (last !== undefined && sameLook(last.look, look)) {
        last.text += text;
        last.cells += cell.getWidth();
      } else runs.push({ column: x, cells: cell.getWidth(), text, look });
    }
    rows.push(runs);
  }
  return { columns: terminal.cols, rows };
}

/** The SVG text of a screen taken before. */
export function screenSvg(screen, theme, title) {
  const width = round(screen.columns * CELL.width + 2 * EDGE);
  const height = screen.rows.length * CELL.height + 2 * EDGE;
  const body = screen.rows.flatMap((runs, row) => runs.flatMap((run) => drawRun(run, row, theme)));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>text{font:${CELL.font}px ${FAMILY};white-space:pre;fill:${theme.text}}.b{font-weight:700}.d{opacity:.62}${theme.palette
      .map((colour, index) => `.c${index}{fill:${colour}}`)
      .join('')}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="${theme.ground}" stroke="${theme.edge}"/>`,
    ...body,
    '</svg>',
  ].join('\n')}\n`;
}

function drawRun(run, row, theme) {
  const { look } = run;
  const paper = look.inverse
    ? look.ink < 0
      ? theme.text
      : theme.palette[look.ink]
    : theme.palette[look.paper];
  const top = EDGE + row * CELL.height;
  const drawn = [];
  if (paper !== undefined) {
    const box = `x="${left(run.column)}" y="${top}" width="${round(run.cells * CELL.width)}" height="${CELL.height}"`;
    drawn.push(`<rect ${box} fill="${paper}"/>`);
  }
  const classes = [look.bold && 'b', look.dim && 'd', !look.inverse && look.ink >= 0 && `c${look.ink}`];
  const named = classes.filter(Boolean).join(' ');
  // A class would win over an attribute, a style wins over the class.
  const dress = `${named === '' ? '' : ` class="${named}"`}${look.inverse ? ` style="fill:${theme.ground}"` : ''}`;
  // Gaps are not drawn: each word group stands at its own column, whatever a viewer makes of spaces.
  for (const { 0: text, index } of run.text.matchAll(/\S+(?: \S+)*/g)) {
    const place = `x="${left(run.column + index)}" y="${top + CELL.baseline}"`;
    const length = `textLength="${round(text.length * CELL.width)}" lengthAdjust="spacingAndGlyphs"`;
    drawn.push(`<text ${place} ${length}${dress}>${escapeXml(text)}</text>`);
  }
  return drawn;
}

function sameLook(one, other) {
  return Object.keys(one).every((key) => one[key] === other[key]);
}

function left(column) {
  return round(EDGE + column * CELL.width);
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

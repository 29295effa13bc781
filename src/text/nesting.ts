// Rules: this runs on raw text, before any parser sees it, because a parser may die on deep nesting. It counts too
// much rather than too little: quotes and comments do not hide brackets, since what is quoted depends on parsing.

export const DEPTH_LIMIT = 32;

/** 1-based line where the text may nest deeper than 32 levels, or undefined. */
export function tooDeepLine(text: string): number | undefined {
  let brackets = 0;
  const columns: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    for (const character of line) {
      if (character === '[' || character === '{') brackets++;
      if (character === ']' || character === '}') brackets = Math.max(0, brackets - 1);
      if (brackets > DEPTH_LIMIT) return index + 1;
    }
    if (line.trim() === '') continue;
    for (const column of startColumns(line)) {
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
    }
    if (columns.length + brackets > DEPTH_LIMIT) return index + 1;
  }
  return undefined;
}

/** Columns where a block collection may begin on this line: its indent, and after each "- " or "? " in front. */
function startColumns(line: string): readonly number[] {
  const columns: number[] = [];
  let column = line.length - line.trimStart().length;
  columns.push(column);
  let rest = line.slice(column);
  for (let match = /^[-?:]\s+/.exec(rest); match !== null; match = /^[-?:]\s+/.exec(rest)) {
    if (columns.length > DEPTH_LIMIT) break;
    column += match[0].length;
    rest = rest.slice(match[0].length);
    columns.push(column);
  }
  return columns;
}

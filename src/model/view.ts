/** How a row stands. Every picture of it says a word and a glyph, so that colour only repeats them. */
export type RowState = 'good' | 'bad' | 'unknown' | 'neutral';

export type ViewRow = {
  readonly state: RowState;
  /** One text a column, in their order; what a host said may be in it. */
  readonly cells: readonly string[];
  /** What makes it bad or unknown, or what a person should know about it: whole sentences, shown in full where there is room. */
  readonly notes: readonly string[];
  /** Columns (from 0) whose cells contradict each other or the policy: marked with "!". */
  readonly differ?: readonly number[];
};

/** The cells of a row as they are shown: one that contradicts another has its mark, so that colour only repeats it. */
export function shownCells({ cells, differ }: ViewRow): readonly string[] {
  return cells.map((cell, index) => (differ?.includes(index) ? `! ${cell}` : cell));
}

/**
 * What a step sees on the host, as a table. Plain data: the wizard, lines and reports draw it, and none of them knows the step.
 * A view informs; what must be mended is a finding of a control, and a row that is bad should have one.
 */
export type StepView = {
  /** "step.topic", e.g. "fail2ban.jails". */
  readonly id: string;
  readonly title: string;
  /** A sentence or two: what is shown, and who said so. */
  readonly about: string;
  /** The first names the row; the others by weight, because the last give way first where there is little room. */
  readonly columns: readonly string[];
  readonly rows: readonly ViewRow[];
  /** Said when there is no row: why, and whether that is good. */
  readonly empty: string;
  /** What the states mean here, for those that can occur. */
  readonly legend: Readonly<Partial<Record<RowState, string>>>;
  /** A sentence or two: what to do about it now. */
  readonly next?: string;
};

import type { Context } from './context.ts';

export type TableColumn = {
  readonly title: string;
  /** What may be typed, in a few words; stands beside the field. */
  readonly help: string;
  /** Nothing else can be in such a cell, and it is chosen instead of typed. */
  readonly choices?: readonly string[];
};

/** A row that is not in the answer and could be: what it is about, and what to do with it. */
export type Offer = {
  /** "nginx listens on 443/tcp". */
  readonly text: string;
  /** Each with the entry that it adds. */
  readonly choices: readonly { readonly label: string; readonly entry: string }[];
  /** How doing nothing is called: "leave it shut". */
  readonly leave: string;
};

/** One row read back as an entry; otherwise the column that is wrong, what is wrong, and what is allowed. */
export type WrittenRow = { readonly entry: string } | { readonly column: number; readonly problem: string };

/**
 * How a question of type "list" is edited row by row. Pure functions of one entry; the list of texts stays the answer, in flags,
 * files and plans as well. What several rows may not be together, the question's own `check` says.
 */
export type AnswerTable = {
  readonly columns: readonly TableColumn[];
  /** Cells of an entry in the order of the columns; undefined when it cannot be read: then it is shown as it is. */
  readonly read: (entry: string, context: Context) => readonly string[] | undefined;
  /** `cells`: as typed. */
  readonly write: (cells: readonly string[], context: Context) => WrittenRow;
  /** What a new row begins with. */
  readonly blank: readonly string[];
  /** Rows that hold whatever is answered here, and why they are neither changed nor removed here. */
  readonly pinned?: (
    context: Context,
  ) => readonly { readonly cells: readonly string[]; readonly why: string }[];
  /** Ready rows for what these entries leave out. */
  readonly offers?: (context: Context, entries: readonly string[]) => readonly Offer[];
  /** Heading over the ready rows. */
  readonly offered?: string;
};

import type { Line } from '../lines.ts';
import type { State } from '../machine/state.ts';

/** Room of a screen, in cells. */
export type Area = { readonly width: number; readonly height: number };

/** A screen is a function of state and room; it returns at most `height` lines of at most `width` cells. */
export type View = (state: State, area: Area) => readonly Line[];

/** A screen whose text may be longer than its room: all of its lines, windowed by the caller. */
export type Document = (state: State, width: number) => readonly Line[];

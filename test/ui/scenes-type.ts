import type { Size } from '../../src/ui/machine/state.ts';
import type { Walk } from './drive.ts';

/** Each brings a fresh walk of that size to a screen. */
export type Scenes = Readonly<Record<string, (size: Size) => Walk>>;

// Lines as Ink elements. No hooks, no arithmetic: the lines already have their final width. Children are passed as
// arguments, not as lists: a row has no identity but its place on the screen.
import { Box, Text } from 'ink';
import { createElement, type ReactNode } from 'react';
import type { Line } from '../lines.ts';
import { LOOKS, toAscii } from '../theme.ts';

export type ScreenProps = {
  readonly lines: readonly Line[];
  readonly columns: number;
  /** The terminal shows UTF-8; otherwise one ASCII character for each of ours. */
  readonly unicode: boolean;
};

function row(line: Line, unicode: boolean): ReactNode {
  const spans = line.map((span) => {
    const text = unicode ? span.text : toAscii(span.text);
    return span.tone === 'plain' ? text : createElement(Text, LOOKS[span.tone], text);
  });
  return createElement(Text, { wrap: 'truncate' }, ...spans);
}

export function Screen({ lines, columns, unicode }: ScreenProps): ReactNode {
  const rows = lines.map((line) => row(line, unicode));
  return createElement(
    Box,
    { flexDirection: 'column', width: columns, height: lines.length, overflow: 'hidden' },
    ...rows,
  );
}

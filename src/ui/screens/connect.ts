// Connecting and reading the host: what is being done, and for how long.
import { hanging, type Line, line, span, windowed } from '../lines.ts';
import type { View } from './area.ts';
import { count, seconds } from './words.ts';

const ROOTS = {
  root: 'logged in as root',
  sudo: 'root by sudo, no password',
  'sudo-password': 'root by sudo with a password',
  none: 'no way to root: Portcullis can look, not change',
} as const;

/** Text of a field with its cursor drawn as a bar, so that it shows without colour too. */
export function withCursor(text: string, cursor: number): string {
  const points = Array.from(text);
  return `${points.slice(0, cursor).join('')}▏${points.slice(cursor).join('')}`;
}

function connectionLines(state: Parameters<View>[0], width: number): Line[] {
  const { connection } = state;
  if (connection === null) return [];
  return [
    ...hanging(line(span(' ✓ ', 'good')), `Logged in as ${connection.user} by ${connection.method}`, width),
    ...hanging(line(span(' ✓ ', 'good')), `Host key ${connection.hostKeyType} ${connection.hostKey}`, width),
    ...hanging(line(span(connection.root === 'none' ? ' ✗ ' : ' ✓ ')), ROOTS[connection.root], width),
  ];
}

function touchLines(state: Parameters<View>[0], width: number): Line[] {
  if (state.touch === null) return [];
  return [
    [],
    ...hanging(line(span(' ● ', 'warn')), `Touch your security key now. ${state.touch}`, width, 'strong'),
  ];
}

export const connectView: View = (state, { width, height }) => {
  const elapsed = seconds(state.now - state.startedAt);
  const last = state.stages.length - 1;
  const lines: Line[] = [
    [],
    line(' ', span(`Connecting to ${state.target}`, 'strong'), span(`  ${elapsed}`, 'muted')),
    [],
    ...state.stages.map((stage, index) =>
      index === last ? line(span(' ● ', 'info'), stage) : line(span(' ✓ ', 'good'), stage),
    ),
    ...connectionLines(state, width),
    ...touchLines(state, width),
  ];
  return windowed(lines, Math.max(0, lines.length - height), height);
};

export const discoverView: View = (state, { width, height }) => {
  const { done, total, fact } = state.discovering;
  const elapsed = seconds(state.now - state.startedAt);
  const head: Line[] = [
    [],
    line(
      ' ',
      span('Reading the host', 'strong'),
      span(`  ${total === 0 ? '' : `${done} of ${count(total, 'fact')}, `}${elapsed}`, 'muted'),
    ),
    line(span(' Nothing is changed by looking.', 'muted')),
    [],
    ...connectionLines(state, width),
    ...touchLines(state, width),
    [],
  ];
  const room = Math.max(1, height - head.length);
  const facts = state.discovered.slice(-room).map((name) => {
    const current = name === fact && done < total;
    return current ? line(span(' ● ', 'info'), name) : line(span(' ✓ ', 'good'), name);
  });
  return windowed([...head, ...facts], 0, height);
};

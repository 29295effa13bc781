// New values on the screen. Rules: only from the report, which they were asked for at; what nobody looks at any more is wiped.
import type { NewSecret } from '../../model/session.ts';
import type { Effect } from './effect.ts';
import type { Screen, State } from './state.ts';

type Reveal = Screen & { name: 'reveal' };

export function openReveal(state: State, secrets: readonly NewSecret[]): readonly [State, readonly Effect[]] {
  const { summary, screen } = state;
  if (summary === null || screen.name !== 'report') return [state, [{ type: 'wipe', secrets }]];
  const shown: Reveal = { name: 'reveal', secrets, top: 0 };
  return [
    { ...state, summary: { ...summary, newSecrets: [] }, screen: shown, entered: state.now, help: null },
    [],
  ];
}

export function closeReveal(state: State, { secrets }: Reveal): readonly [State, readonly Effect[]] {
  const report: Screen = { name: 'report', top: 0 };
  return [{ ...state, screen: report, entered: state.now, notice: null }, [{ type: 'wipe', secrets }]];
}

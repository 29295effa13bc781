// Lockdown, before it begins: who stays, who goes, for how long, why, and the word; or, while it stands, what holds and the
// word that ends it.

import { guardedText, lockedUntil } from '../../model/lockdown.ts';
import { consoleUnlock, LOCKDOWN_WORD, lockdownSight, UNLOCK_WORD } from '../../report/lockdown-form.ts';
import { utc } from '../../text/utc.ts';
import { hanging, type Line, line, span } from '../lines.ts';
import { type LockdownField, type LockdownScreen, lockdownTyped } from '../machine/lockdown.ts';
import type { Locked, State } from '../machine/state.ts';
import type { View } from './area.ts';
import { type Block, fitting } from './blocks.ts';
import { withCursor } from './connect.ts';
import { inputLine } from './input-line.ts';
import { count } from './words.ts';

const LABELS: Record<LockdownField, readonly [label: string, help: string]> = {
  others: ['Others who stay', 'addresses or networks, commas between them'],
  ttl: ['Opens by itself', 'after 30m, 2h, 7d; empty: when you unlock'],
  reason: ['Reason', 'needed; kept on the host'],
  word: [`Type ${LOCKDOWN_WORD}`, 'then press Enter to begin'],
};

const FIELD_ORDER: readonly LockdownField[] = ['others', 'ttl', 'reason', 'word'];

/** "stays     192.0.2.7 …" */
function told(label: string, text: string, width: number): Line[] {
  return hanging(line(span(`   ${label.padEnd(9)}`, 'muted')), text, width - 1);
}

function fieldLine(screen: LockdownScreen, name: LockdownField, width: number): Line {
  const [label, help] = LABELS[name];
  return inputLine({ label, help, here: screen.at === name, field: screen[name] }, width);
}

function before(state: State, screen: LockdownScreen, width: number): Block[] {
  if (state.survey === null) return [];
  const sight = lockdownSight(state.survey.context);
  const read = lockdownTyped(screen);
  const strangers = [...new Set(sight.strangers(read.ok ? read.allow : []))];
  const own = sight.own ?? 'unknown';
  const gone =
    strangers.length === 0
      ? 'nobody else was logged in when the host was read; whoever comes is'
      : `${count(strangers.length, 'session')}: ${strangers.slice(0, 4).join(', ')}${strangers.length > 4 ? ', …' : ''}`;
  const stays = sight.jump
    ? `${own}, which is your jump host: whoever comes through it`
    : `${own}, your own address, always`;
  const level = 'restrict: administration from these addresses only; public services stay up';
  const safety = `a new login from your address is made under it first; without it the host opens again by itself within ${state.lease} s`;
  return [
    { lines: [line(span(` Lock down ${state.target}?`, 'bad'))] },
    { lines: told('level', level, width), shortens: true },
    { lines: told('stays', stays, width), shortens: true },
    { lines: told('cut', gone, width), shortens: true },
    { lines: told('safety', safety, width), shortens: true, goes: true },
    ...(sight.cannot === undefined
      ? []
      : [{ lines: hanging(line(span(' ✗ ', 'bad')), sight.cannot, width - 1, 'bad') }]),
    { lines: [[]] },
    { lines: FIELD_ORDER.map((name) => fieldLine(screen, name, width)) },
  ];
}

function standing({ record, loaded }: Locked, screen: LockdownScreen, width: number): Block[] {
  const notLoaded = 'NOT in force: the kernel does not have its rules. Unlock, and lock again.';
  return [
    { lines: [line(span(' This host is locked down.', 'bad'))] },
    ...(loaded ? [] : [{ lines: hanging(line(span(' ! ', 'warn')), notLoaded, width - 1, 'warn') }]),
    { lines: [[]] },
    { lines: told('level', record.level, width) },
    {
      lines: told('since', `${utc(record.since)} UTC by ${record.operator}`, width),
      shortens: true,
      goes: true,
    },
    { lines: told('until', lockedUntil(record).replace(/^until /, ''), width), shortens: true, goes: true },
    { lines: told('reason', record.reason, width), shortens: true },
    { lines: told('open to', guardedText(record), width), shortens: true },
    // Not shortened: it is to be copied.
    { lines: told('console', consoleUnlock(record), width) },
    { lines: [[]] },
    {
      lines: hanging(
        line(' '),
        'Unlocking gives back exactly what was before, proved like any change.',
        width - 1,
      ),
      shortens: true,
    },
    {
      lines: [
        line(' Type ', span(UNLOCK_WORD, 'strong'), ' and press Enter to unlock. Esc goes back.'),
        line(span(' > ', 'cursor'), withCursor(screen.word.text, screen.word.cursor)),
      ],
    },
  ];
}

export const lockdownView: View = (state, { width, height }) => {
  if (state.screen.name !== 'lockdown') return [];
  const { screen } = state;
  const blocks =
    state.lockdown === null ? before(state, screen, width) : standing(state.lockdown, screen, width);
  return fitting(blocks, height);
};

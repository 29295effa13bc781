// A host that was read: its room, what lies over it, and what is opened from it.
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { begunIn, gateWalk, SIGHT } from './sample-gates.ts';
import { lockdownWalk, RECORD } from './sample-lockdown.ts';
import { pickWalk } from './sample-pick.ts';
import { onFinding, statementWalk } from './sample-statement.ts';
import { tableWalk } from './sample-table.ts';
import type { Scenes } from './scenes-type.ts';

function arrived(size: Size, ...keys: string[]): Walk {
  const walk = new Walk({ size }).arrive();
  walk.press(...keys);
  return walk;
}

/** What these keys bring in the room of the sample host. */
const opened =
  (...keys: string[]) =>
  (size: Size): Walk =>
    arrived(size, ...keys);

function knocking(size: Size): Walk {
  const walk = gateWalk(size);
  walk.press('v', 'down');
  walk.session({ type: 'knocking', done: 1, total: 2 });
  return walk;
}

const down = (times: number): string[] => Array.from({ length: times }, () => 'down');

export const ROOM_SCENES: Scenes = {
  room: opened(),
  'dry-run': (size) => new Walk({ mode: 'dry-run', size }).arrive(),
  question: opened(...down(2), 'enter'),
  wrong: (size) => {
    const walk = arrived(size, 'down', 'enter', 'ctrl-u');
    walk.types('70000');
    walk.press('enter');
    return walk;
  },
  pick: (size) => {
    const walk = pickWalk(size);
    walk.press('down', 'space');
    return walk;
  },
  choose: opened(...down(4), 'enter', 'down'),
  refused: (size) => {
    const walk = arrived(size, ...down(2), 'enter', 'ctrl-u');
    walk.types('ana, nobody');
    walk.press('enter');
    walk.planned().press('up', 'up');
    return walk;
  },
  finding: opened(...down(5), 'space'),
  said: (size) => onFinding(statementWalk({ size }), 'sshd.console-tried'),
  attest: (size) => {
    const walk = onFinding(statementWalk({ size }), 'sshd.console-tried');
    walk.press('t');
    return walk;
  },
  waive: (size) => {
    const walk = onFinding(statementWalk({ size }), 'sshd.password-login');
    walk.press('w');
    return walk;
  },
  explain: opened(...down(5), 'x'),
  view: opened('v', 'down'),
  knocking,
  reality: (size) => {
    const walk = knocking(size);
    walk.happens({ type: 'looked-outside', begun: begunIn(walk), sight: SIGHT });
    return walk;
  },
  table: (size) => {
    const walk = tableWalk(size);
    walk.press('down');
    return walk;
  },
  'table-row': (size) => {
    const walk = tableWalk(size);
    walk.press('a', 'tab', 'space', 'tab', 'ctrl-u');
    walk.types('10.0.0.0/8 2001:db8::/48');
    return walk;
  },
  'table-offer': (size) => {
    const walk = tableWalk(size);
    walk.press('end', 'enter', 'down');
    return walk;
  },
  diff: opened('d'),
  search: opened('d', '/', ...'root'),
  found: opened('d', '/', ...'ssh', 'enter', 'f', 'n'),
  help: opened('?'),
  notice: (size) => {
    const walk = new Walk({ mode: 'dry-run', size }).arrive();
    walk.press('L');
    return walk;
  },
  lockdown: (size) => {
    const walk = lockdownWalk({ size, record: null });
    walk.press('L', 'down', 'down');
    walk.types('key stolen');
    return walk;
  },
  locked: (size) => lockdownWalk({ size, record: RECORD }),
  unlock: (size) => {
    const walk = lockdownWalk({ size, record: RECORD });
    walk.press('L');
    return walk;
  },
  'not-in-force': (size) => {
    const walk = lockdownWalk({ size, record: RECORD, loaded: false });
    walk.press('L');
    return walk;
  },
  small: (size) => arrived(size).resize(59, size.rows),
};

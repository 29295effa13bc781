// Rules: who is banned now as the running server tells it, by the host's own clock; the operator among them is bad, everybody else is what
// the server is for.
import type { JailFact } from '../../src/facts/network-values.ts';
import type { Context } from '../../src/model/context.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { holdsAddress } from '../../src/text/network.ts';
import { fail2banOf } from './state.ts';

/** A person reads no longer table. */
const MOST_ROWS = 200;
/** What the server tells of a ban without an end. */
const FOR_EVER = /^9999-/;

export function bans(context: Context): StepView {
  const own = knownValue(context.readings.who)?.clientAddress;
  const all = (fail2banOf(context)?.jails ?? []).flatMap((jail) =>
    jail.banned.map((address) => rowOf(address, jail, own)),
  );
  const rows = [...all].sort((a, b) => Number(b.state === 'bad') - Number(a.state === 'bad'));
  const more = rows.length - MOST_ROWS;
  return {
    id: 'fail2ban.bans',
    title: 'Bans',
    about: `Who is shut out now, by which jail, and until when by the clock of the host.${more > 0 ? ` The first ${MOST_ROWS} of ${rows.length}.` : ''}`,
    columns: ['Address', 'Jail', 'Until', 'Since'],
    rows: rows.slice(0, MOST_ROWS),
    empty: 'Nobody is banned now.',
    legend: { bad: 'this is you', neutral: 'shut out, as it should be' },
    ...(rows.some(({ state }) => state === 'bad')
      ? { next: `Let yourself in again, on the host: fail2ban-client unban ${own}` }
      : {}),
  };
}

function rowOf(address: string, jail: JailFact, own: string | undefined): ViewRow {
  const times = jail.bans?.find((one) => one.address === address);
  const mine = own !== undefined && holdsAddress(address, own);
  const until = times === undefined ? 'not told' : FOR_EVER.test(times.until) ? 'for ever' : times.until;
  return {
    state: mine ? 'bad' : 'neutral',
    cells: [address, jail.name, until, times?.since ?? 'not told'],
    notes: mine ? ['Your own address: whatever you open next from it is refused.'] : [],
  };
}

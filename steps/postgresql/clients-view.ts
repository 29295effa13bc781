// Rules: a row for everybody who is connected, with the line he met and the one he would meet after this plan; what shuts him out is said here before
// it is refused.
import type { Context } from '../../src/model/context.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { clientWords, type Fate, fatesOf, rowsAfter } from '../../src/resources/hba-after.ts';
import { isByWord, rowWords } from '../../src/resources/hba-match.ts';
import { authenticationControls } from './authentication.ts';
import { reachControls } from './reach.ts';
import { factOf, runningOf } from './state.ts';

export function clientsView(context: Context): StepView {
  const { postgresql } = context.readings;
  const edits = [...authenticationControls, ...reachControls]
    .filter((one) => one.judge(context).result === 'fail')
    .flatMap((one) => one.remedy?.(context) ?? [])
    .flatMap((one) => (one.kind === 'hba-rule' ? [one] : []));
  const rows = runningOf(context).flatMap(({ server, cluster }) => {
    const mine = edits.filter(({ file }) => file === server.settings.hba_file?.value);
    const several = (factOf(context)?.clusters.length ?? 0) > 1;
    return fatesOf(server, rowsAfter(server, mine)).map((fate) => rowOf(fate, several ? cluster.name : ''));
  });
  return {
    id: 'postgresql.clients',
    title: 'Who is connected',
    about:
      'Every connection to PostgreSQL, the line of pg_hba.conf that lets it in now, and the one that would once everything here is put right.',
    columns: ['Client', 'Comes by', 'Then by'],
    rows,
    empty:
      postgresql.kind === 'unknown'
        ? `PostgreSQL could not be asked: ${postgresql.reason}.`
        : postgresql.kind === 'absent'
          ? 'There is no PostgreSQL on this host.'
          : 'Nobody is connected now, or no server runs.',
    legend: {
      good: 'proves who it is',
      bad: 'comes by its word alone, or would not come again',
      unknown: 'cannot be told from here',
    },
  };
}

function rowOf({ client, before, after, lost, open }: Fate, cluster: string): ViewRow {
  const line = (rows: Fate['before']) =>
    rows.map((row) => `line ${row.line}: ${rowWords(row)}`).join(', or ') || 'no line';
  const then =
    JSON.stringify(before) === JSON.stringify(after)
      ? 'the same'
      : after.map(rowWords).join(', or ') || 'no line';
  const trusted = before.some(isByWord);
  const why = lost ?? open;
  return {
    state:
      lost !== undefined || (trusted && then === 'the same')
        ? 'bad'
        : open !== undefined
          ? 'unknown'
          : 'good',
    cells: [`${cluster === '' ? '' : `${cluster}: `}${clientWords(client)}`, line(before), then],
    notes: [
      ...(why === undefined ? [] : [`When it comes again: ${why}.`]),
      ...(trusted && then === 'the same' ? ['It gave nothing but its word.'] : []),
    ],
  };
}

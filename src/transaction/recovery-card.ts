// The recovery card: what a person needs when this program is not there. Rules: plain lines that survive a
// printout; exact commands; says first what happens by itself, so that nobody acts in a hurry.
import type { Change } from '../model/resource.ts';
import { sanitizeLine } from '../text/sanitize.ts';

export type CardRequest = {
  /** As the operator named it. */
  readonly host: string;
  readonly id: string;
  readonly step: string;
  readonly changes: readonly Change[];
  /** Seconds. */
  readonly lease: number;
};

const ENGINE = 'sh /var/lib/portcullis/engine';

/** The lines of the card. Pure. */
export function recoveryCard(card: CardRequest): string[] {
  const changed = card.changes.filter((change) => change.action !== 'none');
  return [
    `Recovery card: ${sanitizeLine(card.host)}, ${sanitizeLine(card.step)}`,
    `Transaction ${card.id}`,
    '',
    ...(changed.length === 0 ? [] : ['What is being changed:']),
    ...changed.map(
      (change) => `  ${change.action} ${sanitizeLine(change.address)}: ${sanitizeLine(change.title)}`,
    ),
    ...(changed.length === 0 ? [] : ['']),
    'If you lose the connection, do nothing: unless the change was kept, the host',
    `takes it back by itself within ${card.lease + 15} seconds after the last sign of life`,
    'from here, and at the latest when it boots.',
    '',
    'To take it back by hand, as root on the host (console or any login):',
    `  ${ENGINE} status`,
    `  ${ENGINE} rollback ${card.id}     (not kept yet)`,
    `  ${ENGINE} undo ${card.id}         (kept already)`,
    '',
    'Nothing but a shell is needed for that. The originals are in',
    `  /var/lib/portcullis/tx/${card.id}/keep (listed in "objects" beside it)`,
    `  /var/lib/portcullis/tx/${card.id}/snapshot.tar (a second copy)`,
  ];
}

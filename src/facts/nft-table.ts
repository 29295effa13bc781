// What of a table is its state, as the host engine sees it too (engine/ops/nft-table.sh).
import { createHash } from 'node:crypto';

/** `nft -s list table F N` without the elements of sets that fill or empty themselves (flags dynamic or timeout). */
export function settledTable(listing: string): string {
  const kept: string[] = [];
  let moving = false;
  let skipping = false;
  for (const line of listing.split('\n')) {
    if (/^\t(set|map|meter) .* \{$/.test(line)) moving = false;
    if (/^\t\}$/.test(line)) {
      moving = false;
      skipping = false;
    }
    if (/^\t\t(flags .*(dynamic|timeout)|timeout )/.test(line)) moving = true;
    if (moving && /^\t\telements = \{/.test(line)) skipping = true;
    if (!skipping) kept.push(line);
  }
  return kept.join('\n');
}

/** What BaseState of kind "nft-table" holds, from the bytes that `nft -s list table` printed. */
export function tableHash(listing: string): string {
  return createHash('sha256').update(settledTable(listing)).digest('hex');
}

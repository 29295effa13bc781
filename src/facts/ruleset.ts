// The ruleset as firewall.sh lists it. Rules: half a ruleset is none, because it would show an open host where the other half closes it,
// or nobody's firewall where there is one; so what is cut, or what this nft cannot decode, is "could not tell".
import { sanitizeLine } from '../text/sanitize.ts';
import type { SetHolds } from './network-values.ts';
import { type Sections, Unreadable } from './sections.ts';

/** Bytes at which firewall.sh cuts it. */
const LONGEST = 400_000;

/** Throws Unreadable, with the reason, where it is not whole. */
export function rulesetOf(sections: Sections): {
  readonly ruleset: string;
  readonly held: readonly SetHolds[];
} {
  const ruleset = sections.all.findLast(({ name }) => name === 'ruleset')?.body ?? '';
  if (Buffer.byteLength(ruleset) >= LONGEST)
    throw new Unreadable(`the ruleset of this host is longer than ${LONGEST / 1000} kB`);
  const unread = sections.find('unread')?.body.trim();
  if (unread !== undefined)
    throw new Unreadable(`nft of this host cannot list all of its rules: ${sanitizeLine(unread, 160)}`);
  return { ruleset, held: heldOf(sections) };
}

/** "asked inet t blocked 192.0.2.1 yes": what the kernel said of sets that are too long to be listed. */
function heldOf(sections: Sections): readonly SetHolds[] {
  return sections.all
    .filter(({ name }) => name === 'asked')
    .map(({ args: [family = '', table = '', set = '', address = '', held = ''] }) => ({
      set: `${family} ${table} ${set}`,
      address,
      held: held === 'yes',
    }));
}

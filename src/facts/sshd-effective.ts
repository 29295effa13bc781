// What `sshd -T` says, in general and for one login after the other.
import { linesOf, type Sections, Unreadable, wordsOf } from './sections.ts';
import type { EffectiveSshd, SshdFact } from './values.ts';

/** `sshd -T` text: keyword in lower case → one value for each line that names it. */
export function readEffective(text: string): EffectiveSshd {
  const values = new Map<string, string[]>();
  for (const line of linesOf(text)) {
    const at = line.indexOf(' ');
    const keyword = (at === -1 ? line : line.slice(0, at)).toLowerCase();
    const list = values.get(keyword) ?? [];
    list.push(at === -1 ? '' : line.slice(at + 1));
    values.set(keyword, list);
  }
  return Object.fromEntries(values);
}

/** One view for each login that was asked about; where no Match block can make a difference, the general one for all. */
export function perConnection(sections: Sections, effective: EffectiveSshd): SshdFact['perConnection'] {
  const asked = sections.all.filter(({ name }) => name === 'connection');
  const users = wordsOf(sections.body('users'));
  const addresses = wordsOf(sections.body('addresses'));
  if (asked.length === 0) {
    return users.flatMap((user) => addresses.map((address) => ({ user, address, effective })));
  }
  let last = effective;
  return asked.map(({ args: [how, user = '', address = ''], body: text }) => {
    if (how === '2') last = readEffective(text);
    const it = how === '0' ? effective : last;
    if (Object.keys(it).length === 0) throw new Unreadable(`sshd does not tell what holds for ${user}`);
    return { user, address, effective: it };
  });
}

const STRANGERS: ReadonlySet<string> = new Set(['192.0.2.1', '2001:db8::1']);

/** Without the address the operator happens to come from. */
export function fromAnywhere(views: SshdFact['perConnection']): SshdFact['perConnection'] {
  return views.filter(({ address }) => STRANGERS.has(address));
}

import { known, type Reading } from '../model/outcome.ts';
import { configFile, statOf } from './config-file.ts';
import type { Fact } from './fact.ts';
import body from './firewall.sh?raw';
import { closedFamilies, firewallOwners } from './firewall-owner.ts';
import type { FirewallFact } from './network-values.ts';
import { settledTable } from './nft-table.ts';
import { rulesetOf } from './ruleset.ts';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader, type Sections, wordsOf } from './sections.ts';
import { ufwOf } from './ufw.ts';

/** What filters packets: tables and chains of the kernel, the managers that write them, and our own part. */
export const firewall: Fact<FirewallFact> = {
  name: 'firewall',
  title: 'Firewall',
  stability: 'stable',
  script: preamble + body,
  deadline: 25,
  outputLimit: 1_000_000,
  parse: reader(read),
  // Bans and containers move the rules of others all the time; a plan rests on who owns the firewall and on what is ours.
  digested: ({ nft, owners, units, looked, own, ipv6, ufw }) => ({
    ...{ nft, owners, units, looked, own, ipv6 },
    ...(ufw === undefined ? {} : { ufw: ufw.active }),
  }),
};

/** What a resource of ours may want to write; named in firewall.sh too. */
const OURS = ['/etc/portcullis/firewall.nft', '/etc/systemd/system/portcullis-firewall.service'];
const UFW = ['/etc/ufw/ufw.conf', '/etc/default/ufw', '/etc/ufw/user.rules', '/etc/ufw/user6.rules'];

function read(sections: Sections): Reading<FirewallFact> {
  const version = /v(\d+(\.\d+)*)/.exec(sections.find('nft')?.body ?? '')?.[1] ?? '';
  const units = Object.fromEntries(
    (sections.find('units')?.body ?? '')
      .trim()
      .split('\n\n')
      .map((block) => pairsOf(block))
      .filter((pairs) => pairs.get('LoadState') === 'loaded')
      .map((pairs) => [
        pairs.get('Id') ?? '',
        { active: pairs.get('ActiveState') ?? '', enabled: pairs.get('UnitFileState') ?? '' },
      ]),
  );
  const files = sections.groups('file').map((group) =>
    configFile({
      path: group.all[0]?.args.join(' ') ?? '',
      realPath: group.line('real'),
      base64: group.body('file'),
      stat: statOf(linesOf(group.body('stat'))[0]),
    }),
  );
  const own = sections.find('own')?.body;
  const seen = {
    nft: version === '' ? null : version,
    tables: linesOf(sections.find('tables')?.body ?? '').map((line) => line.replace(/^table /, '')),
    ...rulesetOf(sections),
    legacy: [...new Set(wordsOf(sections.body('legacy')))],
    tools: sections.all.filter(({ name }) => name === 'tool').map(({ args }) => args[0] ?? ''),
    units,
    looked: { files, places: [...OURS, ...UFW] },
    own: own === undefined ? null : settledTable(own),
    ipv6: sections.body('ipv6').trim() === '0',
  };
  const ufw = seen.tools.includes('ufw') ? ufwOf(sections, files) : undefined;
  return known({
    ...seen,
    ...(ufw === undefined ? {} : { ufw }),
    owners: firewallOwners(seen),
    closed: closedFamilies(seen.ruleset),
  });
}

// Rules: what is in force is what the running server says over its own socket; files are carried along to be compared and
// edited. A server that does not answer has no jails, whatever its files promise.
import { known, type Reading } from '../model/outcome.ts';
import { configFiles } from './config-file.ts';
import contents from './contents.sh?raw';
import type { Fact } from './fact.ts';
import body from './fail2ban.sh?raw';
import ask from './fail2ban-ask.py?raw';
import { jailOf } from './fail2ban-jail.ts';
import type { Fail2banFact } from './network-values.ts';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader, type Sections } from './sections.ts';

const UNIT = 'fail2ban.service';
const PLACES = ['/etc/fail2ban/jail.d/', '/etc/fail2ban/jail.local', '/etc/fail2ban/fail2ban.local'];
const GONE = { enabled: 'not-found', active: 'inactive' };
const MISSING: Fail2banFact = {
  installed: false,
  version: '',
  unit: GONE,
  journal: false,
  answers: false,
  jails: [],
  looked: { files: [], places: PLACES, units: { [UNIT]: GONE } },
};

export const fail2ban: Fact<Fail2banFact> = {
  name: 'fail2ban',
  title: 'Bans (fail2ban)',
  stability: 'stable',
  script: `${preamble + contents}ASK='${ask}'\n${body}`,
  deadline: 15,
  outputLimit: 500_000,
  // Bans come and go, and a restart is no change of configuration.
  digested: ({ jails, unit, ...stable }) => ({
    ...stable,
    unit: unit.enabled,
    looked: { ...stable.looked, units: {} },
    jails: jails.map(({ banned: _, bans: _times, ...jail }) => jail),
  }),
  parse: reader(read),
};

function read(sections: Sections): Reading<Fail2banFact> {
  if (sections.find('missing')) return known(MISSING);
  sections.body('installed');
  const shown = pairsOf(sections.body('unit'));
  const unit = {
    enabled: shown.get('UnitFileState') || 'not-found',
    active: shown.get('ActiveState') || 'inactive',
  };
  const said = linesOf(sections.find('server')?.body ?? '');
  const answers = said.at(-1) === 'end';
  return known({
    installed: true,
    version: sections.line('version').trim(),
    unit,
    journal: sections.body('journal').trim() === 'yes',
    answers,
    jails: answers ? said.slice(0, -1).map(jailOf) : [],
    looked: { files: configFiles(sections, 'file'), places: PLACES, units: { [UNIT]: unit } },
  });
}

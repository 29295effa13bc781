// Rules: Caddy itself says what its files come to ("caddy adapt" reads and does nothing else), and it keeps a note of the configuration that it took
// last: where the two differ, it serves something else. What cannot be read for certain is a problem that is told, never left out.
import { known, absent as notThere, type Reading, unknown } from '../model/outcome.ts';
import asked from '../text/caddy.sh?raw';
import body from './caddy.sh?raw';
import { adminNow, adminSaid, configuredIn, loadedIn, namesIn, unreadIn, unservedIn } from './caddy-parts.ts';
import type { CaddyFact } from './caddy-values.ts';
import { certificateOf, keyOf } from './certificate-files.ts';
import { configFiles } from './config-file.ts';
import contents from './contents.sh?raw';
import type { Fact } from './fact.ts';
import { parsedJson } from './json.ts';
import pem from './pem-files.sh?raw';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader, type Sections, whole, wordsOf } from './sections.ts';

const UNIT = 'caddy.service';

export const caddy: Fact<CaddyFact> = {
  name: 'caddy',
  title: 'Web server (Caddy)',
  stability: 'stable',
  script: preamble + contents + pem + asked + body,
  deadline: 20,
  outputLimit: 1_000_000,
  // Whether it runs, and what it took when, moves by itself.
  digested: ({ unserved: _, foreign: __, loaded: ___, adminNow: ____, unit, looked, ...stable }) => ({
    ...stable,
    unit: unit.enabled,
    looked: { ...looked, units: {} },
  }),
  parse: reader(read),
};

function read(sections: Sections): Reading<CaddyFact> {
  sections.body('uid');
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may read what Caddy serves');
  if (sections.find('missing')) return notThere;
  const shown = pairsOf(sections.body('unit'));
  const unit = {
    enabled: shown.get('UnitFileState') || 'not-found',
    active: shown.get('ActiveState') || 'inactive',
  };
  const [uid, groups = ''] = linesOf(sections.body('user'));
  const files = configFiles(sections, 'file');
  const main = sections.line('main');
  const config = parsedJson(sections.find('adapted')?.body ?? '');
  const { problems, ...configured } = configuredIn(config, files, adminSaid(sections));
  const named = namesIn(config);
  const keys = sections.groups('key').map(keyOf).map(named);
  const loaded = unit.active === 'active' ? loadedIn(sections) : undefined;
  return known({
    version: /(\d+\.\d+\.\d+)/.exec(sections.body('version'))?.[1] ?? '',
    unit,
    user: {
      name: sections.find('user')?.args[0] ?? '',
      uid: whole(uid ?? ''),
      groups: wordsOf(groups).map(whole),
    },
    main,
    ...configured,
    problems: [...unreadIn(sections, { config, files, main }), ...problems],
    ...unservedIn(sections, { config: problems.length > 0 ? undefined : config, loaded }),
    ...(loaded === undefined ? {} : { loaded }),
    ...adminNow(sections, loaded),
    certificates: sections.groups('certificate').map((group) => {
      const one = named(certificateOf(group));
      return group.find('fetched') ? { ...one, named: true } : one;
    }),
    keys,
    looked: {
      files,
      units: { [UNIT]: unit },
      unread: keys.filter(({ exists }) => exists),
    },
  });
}

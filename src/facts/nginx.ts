// Rules: the files are read as text and put together by nginx's own rules, because asking nginx itself would write logs and open sockets; what
// cannot be read for certain is a problem that is told, never left out. Of keys only mode, owner and public half come here.
import { known, absent as notThere, type Reading, unknown } from '../model/outcome.ts';
import workers from '../text/nginx-workers.sh?raw';
import { certificateOf, keyOf } from './certificate-files.ts';
import { configFiles } from './config-file.ts';
import contents from './contents.sh?raw';
import type { Fact } from './fact.ts';
import body from './nginx.sh?raw';
import { namesIn, unservedOf } from './nginx-named.ts';
import { sitesOf } from './nginx-sites.ts';
import { expandNginx } from './nginx-tree.ts';
import type { NginxFact } from './nginx-values.ts';
import pem from './pem-files.sh?raw';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader, type Sections } from './sections.ts';

const UNIT = 'nginx.service';
const PLACES = ['/etc/nginx/conf.d/'];

export const nginx: Fact<NginxFact> = {
  name: 'nginx',
  title: 'Web server (nginx)',
  stability: 'stable',
  script: preamble + contents + pem + workers + body,
  deadline: 15,
  outputLimit: 1_000_000,
  // Whether it runs, and since when, moves by itself.
  digested: ({ unserved: _, unit, looked, ...stable }) => ({
    ...stable,
    unit: unit.enabled,
    looked: { ...looked, units: {} },
  }),
  parse: reader(read),
};

function read(sections: Sections): Reading<NginxFact> {
  sections.body('uid');
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may read what nginx serves');
  if (sections.find('missing')) return notThere;
  const said = sections.body('version');
  const shown = pairsOf(sections.body('unit'));
  const unit = {
    enabled: shown.get('UnitFileState') || 'not-found',
    active: shown.get('ActiveState') || 'inactive',
  };
  const files = configFiles(sections, 'file');
  const main = sections.line('main');
  const tree = expandNginx({ files, main, patterns: linesOf(sections.body('includes')) });
  // What a comment names was told too.
  const named = namesIn(tree, main);
  const keys = sections.groups('key').map(keyOf).map(named);
  const certificates = sections.groups('certificate').map(certificateOf).map(named);
  return known({
    version: /nginx version: \S*\/([0-9.]+)/.exec(said)?.[1] ?? '',
    openssl:
      (/running with OpenSSL ([0-9.]+)/.exec(said) ?? /built with OpenSSL ([0-9.]+)/.exec(said))?.[1] ?? '',
    unit,
    main,
    ...sitesOf(tree, main),
    unserved: unservedOf(sections).filter(
      (path) => tree.read.includes(path) || certificates.some((one) => one.named && one.path === path),
    ),
    certificates,
    keys,
    looked: {
      files,
      places: PLACES,
      units: { [UNIT]: unit },
      unread: keys.filter(({ exists }) => exists),
    },
  });
}

import { known, absent as notThere, type Reading, unknown } from '../model/outcome.ts';
import body from './certbot.sh?raw';
import type { CertbotFact, Lineage } from './certbot-values.ts';
import { configFiles } from './config-file.ts';
import contents from './contents.sh?raw';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader, type Sections } from './sections.ts';

const TIMER = 'certbot.timer';
/** Authority that certbot knows by itself, with another one to rehearse with. */
const OWN = /^https:\/\/acme-v0[0-9]\.api\.letsencrypt\.org\//;

/** What certbot renews, how, and who is told. */
export const certbot: Fact<CertbotFact> = {
  name: 'certbot',
  title: 'Renewal (certbot)',
  stability: 'stable',
  script: preamble + contents + body,
  deadline: 10,
  outputLimit: 262_144,
  parse: reader(read),
};

function read(sections: Sections): Reading<CertbotFact> {
  sections.body('uid');
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may read what certbot renews');
  const installed = sections.find('missing') === undefined;
  if (!installed && sections.find('timer') === undefined) return notThere;
  const timer = unitOf(sections, 'timer');
  return known({
    installed,
    timer,
    snapTimer: unitOf(sections, 'snap-timer'),
    lineages: sections.groups('lineage').map(lineageOf),
    hooks: linesOf(sections.body('hooks')),
    looked: {
      files: configFiles(sections, 'file'),
      places: ['/etc/letsencrypt/renewal-hooks/deploy/'],
      units: { [TIMER]: timer },
    },
  });
}

function unitOf(sections: Sections, name: string): CertbotFact['timer'] {
  const shown = pairsOf(sections.body(name));
  return {
    enabled: shown.get('UnitFileState') || 'not-found',
    active: shown.get('ActiveState') || 'inactive',
  };
}

function lineageOf(group: Sections): Lineage {
  const said = (key: string) =>
    new RegExp(`^\\s*${key}\\s*=\\s*(.*?)\\s*$`, 'm').exec(group.find('says')?.body ?? '')?.[1] ?? '';
  const installer = said('installer');
  const server = said('server');
  return {
    name: group
      .body('lineage')
      .replace(/^.*\//, '')
      .replace(/\.conf$/, ''),
    authenticator: said('authenticator'),
    installer: installer === 'None' ? '' : installer,
    hook: said('renew_hook') || said('deploy_hook'),
    ...(server === '' || OWN.test(server) ? {} : { server }),
  };
}

import { absent, known, unknown } from '../model/outcome.ts';
import body from './docker.sh?raw';
import type { Fact } from './fact.ts';
import { publishedPorts } from './published-ports.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, type Sections } from './sections.ts';
import type { DockerFact } from './values.ts';

/** Docker's daemon, what it publishes, and what its chains say. Asked without starting anything. */
export const docker: Fact<DockerFact> = {
  name: 'docker',
  title: 'Docker',
  stability: 'stable',
  script: preamble + body,
  deadline: 15,
  outputLimit: 524_288,
  parse: reader((sections) => {
    if (sections.find('uid')?.args[0] !== '0') {
      sections.body('uid');
      return unknown('only root may ask Docker');
    }
    if (sections.find('absent') !== undefined) return absent;
    if (sections.find('stopped') !== undefined) return known(STOPPED);
    const says = settingsOf(sections);
    return known({
      running: true,
      version: sections.line('version').trim(),
      rules: says('iptables', true) ? modeOf(sections.line('mode')) : 'none',
      ipv6Rules: linesOf(sections.body('chains6')).some((line) => line.startsWith(':DOCKER ')),
      userlandProxy: says('userland-proxy', true),
      liveRestore: says('live-restore', false),
      published: linesOf(sections.body('containers')).flatMap(publishedPorts),
      bridges: linesOf(sections.body('bridges')),
      userChain: { ipv4: userRules(sections.body('chains4')), ipv6: userRules(sections.body('chains6')) },
    });
  }),
  // Containers come and go; what of them could be reached, and how, is what a plan rests on.
  digested: ({ published, ...rest }) => ({
    ...rest,
    published: published.map(({ container: _container, image: _image, ...port }) => port),
  }),
};

const STOPPED: DockerFact = {
  running: false,
  version: '',
  rules: 'none',
  ipv6Rules: false,
  userlandProxy: true,
  liveRestore: false,
  published: [],
  bridges: [],
  userChain: { ipv4: [], ipv6: [] },
};

/** The command line decides over the file; Docker refuses to start with both, but it may have been edited since. */
function settingsOf(sections: Sections): (name: string, preset: boolean) => boolean {
  const options = linesOf(sections.body('command'));
  const file = linesOf(sections.body('settings'));
  return (name, preset) => {
    const option = options.findLast((it) => it === `--${name}` || it.startsWith(`--${name}=`));
    const setting = file.findLast((it) => it.startsWith(`"${name}"`));
    const word = option?.split('=')[1] ?? (option === undefined ? setting?.split(':')[1]?.trim() : 'true');
    return word === undefined ? preset : word === 'true';
  };
}

function modeOf(version: string): DockerFact['rules'] {
  if (version.includes('nf_tables')) return 'nft';
  return version.includes('legacy') ? 'legacy' : 'unknown';
}

/** Rules of DOCKER-USER without the RETURN that Docker puts at its end. */
function userRules(chains: string): readonly string[] {
  const rules = linesOf(chains).filter((line) => line.startsWith('-A DOCKER-USER '));
  return rules.map((line) => line.slice('-A DOCKER-USER '.length)).filter((rule) => rule !== '-j RETURN');
}

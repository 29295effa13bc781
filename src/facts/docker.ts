import { absent, known, unknown } from '../model/outcome.ts';
import { configFile, statOf } from './config-file.ts';
import body from './docker.sh?raw';
import { modeOf, settingsOf } from './docker-settings.ts';
import type { Fact } from './fact.ts';
import type { DockerFact } from './network-values.ts';
import { publishedPorts } from './published-ports.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, type Sections } from './sections.ts';
import type { ConfigFile } from './values.ts';

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
    const own = {
      outside: linesOf(sections.body('outside')),
      guard: sections.find('guard')?.body ?? null,
      files: sections.groups('file').map(fileOf),
    };
    if (sections.find('stopped') !== undefined) return known({ ...STOPPED, ...own });
    const says = settingsOf(sections);
    return known({
      ...own,
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

const STOPPED: Omit<DockerFact, 'outside' | 'guard' | 'files'> = {
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

function fileOf(group: Sections): ConfigFile {
  return configFile({
    path: group.all[0]?.args.join(' ') ?? '',
    realPath: group.line('real'),
    base64: group.body('file'),
    stat: statOf(linesOf(group.body('stat'))[0]),
  });
}

/** Rules of DOCKER-USER without the RETURN that Docker puts at its end. */
function userRules(chains: string): readonly string[] {
  const rules = linesOf(chains).filter((line) => line.startsWith('-A DOCKER-USER '));
  return rules.map((line) => line.slice('-A DOCKER-USER '.length)).filter((rule) => rule !== '-j RETURN');
}

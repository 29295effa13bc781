// Rules: the account tables are read as the files that an edit would meet, not as a directory service completes them; password
// hashes are not among them. What sudo's Defaults come to is what sudo prints, never what a file says.
import { known, type Reading, unknown } from '../model/outcome.ts';
import { configFiles } from './config-file.ts';
import contents from './contents.sh?raw';
import type { Fact } from './fact.ts';
import body from './people.sh?raw';
import type { PeopleFact } from './people-values.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, type Sections, whole } from './sections.ts';
import { sudoDefaults } from './sudo-rights.ts';

export const people: Fact<PeopleFact> = {
  name: 'people',
  title: 'People, groups and sudo rules',
  stability: 'stable',
  script: preamble + contents + body,
  deadline: 20,
  outputLimit: 1_000_000,
  parse: reader(read),
};

const PLACES = ['/etc/sudoers', '/etc/sudoers.d/'];

function read(sections: Sections): Reading<PeopleFact> {
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may read the rules of sudo');
  const named = (name: string): readonly string[] =>
    sections.all.filter((section) => section.name === name).map(({ args }) => args[0] ?? '');
  const numbers = new Map(
    linesOf(sections.body('numbers')).map((line) => {
      const [name = '', value] = line.trim().split(/\s+/);
      return [name, Number(value)] as const;
    }),
  );
  const limit = (name: string, usual: number): number => {
    const value = numbers.get(name);
    return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : usual;
  };
  const visudo = sections.find('visudo');
  const gshadow = sections.find('gshadow');
  const tools = named('tool');
  return known({
    passwd: linesOf(sections.body('passwd')).flatMap((line) => {
      const [name = '', , uid = '', gid = '', comment = '', home = '', shell = ''] = line.split(':');
      const numeric = /^\d{1,10}$/.test(uid) && /^\d{1,10}$/.test(gid);
      return numeric ? [{ name, uid: Number(uid), gid: Number(gid), comment, home, shell }] : [];
    }),
    groups: linesOf(sections.body('group')).flatMap((line) => {
      const [name = '', , gid = '', list = ''] = line.split(':');
      return /^\d{1,10}$/.test(gid) ? [{ name, gid: Number(gid), members: listOf(list) }] : [];
    }),
    uids: { min: limit('UID_MIN', 1000), max: limit('UID_MAX', 60_000) },
    gids: { min: limit('GID_MIN', 1000), max: limit('GID_MAX', 60_000) },
    taken: linesOf(sections.body('taken')).flatMap((line) => (/^\d{1,10}$/.test(line) ? [Number(line)] : [])),
    gshadow:
      gshadow === undefined
        ? null
        : Object.fromEntries(
            linesOf(gshadow.body).map((line) => [line.split(':')[0] ?? '', listOf(line.split(':')[1])]),
          ),
    canAdd: named('table').includes('shadow') && tools.includes('useradd') && tools.includes('pwck'),
    sudo:
      sections.find('sudo') === undefined
        ? null
        : {
            visudo:
              visudo === undefined ? null : { code: whole(visudo.args[0]), message: visudo.body.trim() },
            defaults: sudoDefaults(sections.body('root')),
          },
    looked: { files: configFiles(sections, 'file'), places: PLACES },
  });
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((one) => one !== '');
}

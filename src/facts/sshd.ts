// Rules: what is in force comes from sshd itself (`sshd -T`, per login with -C where a Match block can make a difference);
// the files are carried along, byte for byte, only to show where a value comes from and to edit them. Without root sshd
// cannot be asked: then everything is unknown, never absent.
import { absent, known, type Reading, unknown } from '../model/outcome.ts';
import { configFiles } from './config-file.ts';
import contents from './contents.sh?raw';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { reader, type Sections, Unreadable, whole } from './sections.ts';
import body from './sshd.sh?raw';
import { hostKey, supports, versionOf } from './sshd-binary.ts';
import { includesDropIns, MAIN_FILE, readSshdFiles } from './sshd-config.ts';
import { fromAnywhere, perConnection, readEffective } from './sshd-effective.ts';
import { readLogins } from './sshd-logins.ts';
import run from './sshd-run.sh?raw';
import { commandLine, socketOf, unitOf } from './sshd-service.ts';
import type { SshdFact } from './values.ts';

export const sshd: Fact<SshdFact> = {
  name: 'sshd',
  title: 'OpenSSH server',
  stability: 'stable',
  script: preamble + contents + run + body,
  deadline: 30,
  outputLimit: 1_000_000,
  digested: ({ recentLogins: _, unit: { name, enabled }, perConnection: views, ...stable }) => ({
    ...stable,
    perConnection: fromAnywhere(views),
    unit: { name, enabled },
  }),
  parse: reader(read),
};

function read(sections: Sections): Reading<SshdFact> {
  if (sections.find('absent')) return absent;
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may ask sshd for its configuration');
  const version = versionOf(sections.body('version'));
  if (version === undefined) throw new Unreadable('sshd does not tell its version');
  const files = configFiles(sections, 'file');
  const { lines, whole: readable } = readSshdFiles(files[0]?.path === MAIN_FILE ? files : []);
  if (!readable) return unknown("sshd's files open each other too often, or are too long, to be followed");
  const code = whole(sections.find('test')?.args[0]);
  // What sshd takes and still complains about (words of older versions) it says while it tells what is in force.
  const message = (code === 0 ? (sections.find('warnings')?.body ?? '') : sections.body('test')).trim();
  const test = { code, message };
  const effective = test.code === 0 ? readEffective(sections.body('effective')) : {};
  const now = whole(sections.find('now')?.args[0]);
  return known({
    version,
    binary: sections.body('binary'),
    files,
    include: includesDropIns(lines),
    test,
    effective,
    perConnection: test.code === 0 ? perConnection(sections, effective) : [],
    socket: socketOf(sections),
    unit: unitOf(sections),
    commandLine: commandLine(sections),
    supports: supports(sections, effective),
    hostKeys: sections.groups('hostkey').map(hostKey),
    banners: configFiles(sections, 'banner'),
    named: sections.all
      .filter(({ name }) => name === 'named')
      .map(({ args, body: path }) => ({ keyword: args[0] ?? '', path, exists: args[1] === '1' })),
    recentLogins: readLogins(sections.body('journal') + (sections.find('authlog')?.body ?? ''), now),
  });
}

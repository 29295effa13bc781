// Rules: what is in force comes from sshd itself (`sshd -T`, per login with -C where a Match block can make a difference);
// the files are carried along, byte for byte, only to show where a value comes from and to edit them. Without root sshd
// cannot be asked: then everything is unknown, never absent.
import { absent, known, type Reading, unknown } from '../model/outcome.ts';
import { configFiles, statOf } from './config-file.ts';
import type { Fact } from './fact.ts';
import { readPublicKey } from './public-key.ts';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader, type Sections, Unreadable, whole } from './sections.ts';
import body from './sshd.sh?raw';
import { includesDropIns, MAIN_FILE, parseSshdFiles } from './sshd-config.ts';
import { readLogins } from './sshd-logins.ts';
import run from './sshd-run.sh?raw';
import type { EffectiveSshd, SshdFact } from './values.ts';

export const sshd: Fact<SshdFact> = {
  name: 'sshd',
  title: 'OpenSSH server',
  stability: 'stable',
  script: preamble + run + body,
  deadline: 30,
  outputLimit: 1_000_000,
  digested: ({ recentLogins: _, unit: { name, enabled }, ...stable }) => ({
    ...stable,
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
  const lines = files[0]?.path === MAIN_FILE ? parseSshdFiles(files) : [];
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

/** "9.2p1": what sshd says, with the patch level of the client where sshd leaves it out. */
function versionOf(text: string): string | undefined {
  const [own, ...others] = [...text.matchAll(/OpenSSH_([^\s,]+)/g)].map((found) => found[1] ?? '');
  if (own === undefined || own.includes('p')) return own;
  return others.find((other) => other.startsWith(`${own}p`)) ?? own;
}

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

function perConnection(sections: Sections, effective: EffectiveSshd): SshdFact['perConnection'] {
  const asked = sections.all.filter(({ name }) => name === 'connection');
  const users = words(sections.body('users'));
  const addresses = words(sections.body('addresses'));
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

/** The blocks of `systemctl show`, loaded units only. */
function units(sections: Sections, suffix: string): readonly string[] {
  const blocks = (sections.find('units')?.body ?? '').trim().split('\n\n');
  return blocks.filter((block) => {
    const pairs = pairsOf(block);
    return pairs.get('LoadState') === 'loaded' && (pairs.get('Id') ?? '').endsWith(suffix);
  });
}

function unitOf(sections: Sections): SshdFact['unit'] {
  const all = units(sections, '.service').map(pairsOf);
  const pairs = all.find((it) => it.get('ActiveState') === 'active') ?? all[0];
  return {
    name: pairs?.get('Id') ?? '',
    active: pairs?.get('ActiveState') ?? '',
    enabled: pairs?.get('UnitFileState') ?? '',
  };
}

function socketOf(sections: Sections): SshdFact['socket'] {
  const all = units(sections, '.socket');
  const block = all.find((it) => pairsOf(it).get('ActiveState') === 'active') ?? all[0] ?? '';
  const pairs = pairsOf(block);
  return {
    active: pairs.get('ActiveState') === 'active',
    enabled: pairs.get('UnitFileState') === 'enabled',
    unit: pairs.get('Id') ?? '',
    listen: linesOf(block).flatMap((line) => /^Listen=(.*) \(Stream\)$/.exec(line)?.[1] ?? []),
    dropIns: configFiles(sections, 'drop-in'),
  };
}

/** Flags that say nothing about the configuration. */
const IDLE_FLAGS: ReadonlySet<string> = new Set(['-D', '-e', '-q', '-d', '-r', '-R', '-i']);

function commandLine(sections: Sections): readonly string[] {
  const running = linesOf(sections.find('running')?.body ?? '');
  // sshd writes its arguments into its title: "sshd: /usr/sbin/sshd -D -p 22 [listener] 0 of 10-100 startups".
  const title = /^sshd: (.*?) \[listener\]/.exec(running[0] ?? '')?.[1];
  const live = title === undefined ? running.slice(1) : words(title).slice(1);
  const defaults = linesOf(sections.body('defaults')).flatMap((line) =>
    words(line.replace(/^[^=]*=/, '').replace(/["']/g, '')),
  );
  const told = live.length > 0 ? live : defaults;
  return told.filter((word) => !IDLE_FLAGS.has(word));
}

function supports(sections: Sections, effective: EffectiveSshd): SshdFact['supports'] {
  const list = (name: string, keyword: string): readonly string[] => {
    const section = sections.all.find((it) => it.name === 'speaks' && it.args[0] === name);
    const told = linesOf(section?.body ?? '');
    return told.length > 0 ? told : (effective[keyword]?.[0] ?? '').split(',').filter((it) => it !== '');
  };
  return {
    kex: list('kex', 'kexalgorithms'),
    ciphers: list('cipher', 'ciphers'),
    macs: list('mac', 'macs'),
    hostKeys: list('key-sig', 'hostkeyalgorithms'),
    publicKeys: list('key-sig', 'pubkeyacceptedalgorithms'),
    caSignatures: list('key-ca-sign', 'casignaturealgorithms'),
  };
}

function hostKey(group: Sections): SshdFact['hostKeys'][number] {
  const key = readPublicKey(group.body('public').split(' ')[1] ?? '');
  const { mode, uid, gid } = statOf(`${group.line('hostkey-stat')} 1`);
  const { type = '', bits = null, fingerprint = '' } = key ?? {};
  const publicMode = group.find('hostkey-public-mode')?.body.trim().padStart(4, '0');
  const found = { path: group.body('hostkey'), type, bits: bits ?? 0, fingerprint, mode, uid, gid };
  return publicMode === undefined ? found : { ...found, publicMode };
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

// Rules: an account is listed when somebody could log in as it: root, a usable shell, or keys. What sshd would not take is
// said in words and never counted as usable. Password hashes never leave the host, only their class.
import { known, type Reading, unknown } from '../model/outcome.ts';
import body from './accounts.sh?raw';
import type { Fact } from './fact.ts';
import { keyFiles } from './key-files.ts';
import { agingOf, groupsOf, isAlone, lastLogin, shadowOf } from './passwd.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, Sections, whole } from './sections.ts';
import run from './sshd-run.sh?raw';
import { listedDefaults, sudoRights } from './sudo-rights.ts';
import type { AccountFact, AccountsFact } from './values.ts';

export const accounts: Fact<AccountsFact> = {
  name: 'accounts',
  title: 'Accounts and keys',
  stability: 'stable',
  script: preamble + run + body,
  deadline: 30,
  outputLimit: 1_000_000,
  digested: ({ accounts: list, ...rest }) => ({
    ...rest,
    accounts: list.map(({ lastLogin: _, lastKeyUse: __, ...stable }) => stable),
  }),
  parse: reader(read),
};

function read(sections: Sections): Reading<AccountsFact> {
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may read the state of accounts');
  const today = Math.floor(whole(sections.find('now')?.args[0]) / 86_400);
  const primary = linesOf(sections.body('primary')).map((line) => line.split(':'));
  const groups = groupsOf(sections, primary);
  const shadows = new Map(linesOf(sections.body('shadow')).map((line) => shadowOf(line, today)));
  const isStrict = (settings: string): boolean => !/^strictmodes no$/m.test(settings);
  const debian = sections.find('debian') !== undefined;
  const list = sections.groups('account').map((group): AccountFact => {
    const details = new Sections(group.all.filter(({ name }) => name !== 'malformed'));
    const [name = '', uidText, gidText, home = '', ...shell] = group.line('account').split(':');
    const [hash, usable] = group.find('account')?.args ?? [];
    const uid = whole(uidText);
    const shadow = shadows.get(name);
    const strict = isStrict(details.find('settings')?.body ?? sections.body('effective'));
    const aloneIn = (gid: number): boolean => debian && isAlone({ name, uid }, { gid, groups, primary });
    const files = keyFiles(details, { name, uid, aloneIn }, strict);
    const keys = files.flatMap((file) => file.keys);
    const sudo = details.find('sudo')?.body;
    return {
      name,
      uid,
      gid: whole(gidText),
      home,
      shell: shell.join(':'),
      groups: groups.filter((it) => it.members.includes(name)).map((it) => it.name),
      password: hash === 'empty' ? 'empty' : (shadow?.password ?? 'none'),
      accountExpired: shadow?.accountExpired ?? false,
      passwordExpired: shadow?.passwordExpired ?? false,
      shellUsable: usable === '1',
      keys,
      keyProblems: keys.some((key) => key.problem === undefined)
        ? []
        : files.flatMap((file) => file.problems),
      keyFiles: files.flatMap((file) => file.file ?? []),
      ...(files[0] === undefined ? {} : { keyPath: files[0].path }),
      sudo: uid === 0 ? 'all-nopasswd' : sudo === undefined ? 'none' : sudoRights(sudo),
      ...(sudo === undefined ? {} : listedDefaults(sudo)),
      lastLogin: lastLogin(details.find('last')),
      lastKeyUse: {},
    };
  });
  const malformed = sections.all.filter(({ name }) => name === 'malformed').map(({ body: line }) => line);
  return known({
    accounts: list,
    nologin: sections.find('nologin') !== undefined,
    groups: Object.fromEntries(
      groups.filter((it) => it.members.length > 0).map((it) => [it.name, it.members]),
    ),
    aging: agingOf(shadows),
    ...(malformed.length === 0 ? {} : { malformed }),
  });
}

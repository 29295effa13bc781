// Rules: an account is listed when somebody could log in as it: root, a usable shell, or keys. What sshd would not take is
// said in words and never counted as usable. Password hashes never leave the host, only their class.
import { known, type Reading, unknown } from '../model/outcome.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import body from './accounts.sh?raw';
import { readAuthorizedKeys } from './authorized-keys.ts';
import { configFile } from './config-file.ts';
import type { Fact } from './fact.ts';
import { chainOf, type KeyOwner, strictProblems } from './key-problems.ts';
import preamble from './sections.sh?raw';
import { linesOf, octal, reader, type Section, Sections, whole } from './sections.ts';
import run from './sshd-run.sh?raw';
import { sudoRights } from './sudo-rights.ts';
import type { AccountFact, AccountsFact, ConfigFile, KeyFact } from './values.ts';

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

type Shadow = {
  readonly password: AccountFact['password'];
  readonly accountExpired: boolean;
  readonly passwordExpired: boolean;
};

function read(sections: Sections): Reading<AccountsFact> {
  if (sections.find('uid')?.args[0] !== '0') return unknown('only root may read the state of accounts');
  const today = Math.floor(whole(sections.find('now')?.args[0]) / 86_400);
  const primary = linesOf(sections.body('primary')).map((line) => line.split(':'));
  const groups = groupsOf(sections, primary);
  const shadows = new Map(linesOf(sections.body('shadow')).map((line) => shadowOf(line, today)));
  const strict = !/^strictmodes no$/m.test(sections.body('effective'));
  const aloneIn = (account: { name: string; uid: number }, gid: number): boolean => {
    if (!sections.find('debian')) return false;
    const group = groups.find((it) => it.gid === gid);
    const others = primary.filter(([, uid, own]) => own === String(gid) && uid !== String(account.uid));
    const named = group?.named.filter((member) => member !== account.name) ?? [];
    return group !== undefined && others.length === 0 && named.length === 0 && group.members.length > 0;
  };
  const list = sections.groups('account').map((group): AccountFact => {
    const details = new Sections(group.all.filter(({ name }) => name !== 'malformed'));
    const [name = '', uidText, gidText, home = '', ...shell] = group.line('account').split(':');
    const [hash, usable] = group.find('account')?.args ?? [];
    const uid = whole(uidText);
    const shadow = shadows.get(name);
    const own = details.find('settings')?.body;
    const strictHere = own === undefined ? strict : !/^strictmodes no$/m.test(own);
    const files = keyFiles(details, { name, uid, aloneIn: (gid) => aloneIn({ name, uid }, gid) }, strictHere);
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
    ...(malformed.length === 0 ? {} : { malformed }),
  });
}

function groupsOf(sections: Sections, primary: readonly string[][]) {
  return linesOf(sections.body('group')).flatMap((line) => {
    const [name = '', , gid = '', list = ''] = line.split(':');
    if (!/^\d{1,10}$/.test(gid)) return [];
    const named = list.split(',').filter((member) => member !== '');
    const first = primary.filter(([, , own]) => own === gid).map(([member = '']) => member);
    return [{ name, gid: Number(gid), named, members: [...new Set([...first, ...named])] }];
  });
}

/** "name:class:changed:max:inactive:expires", days since 1970; as pam_unix decides on them. */
function shadowOf(line: string, today: number): readonly [string, Shadow] {
  const [name = '', kind, changed = '', max = '', , expires = ''] = line.split(':');
  const password = kind === 'set' || kind === 'locked' || kind === 'empty' ? kind : 'none';
  const aged =
    changed !== '' && max !== '' && Number(changed) <= today && today - Number(changed) > Number(max);
  return [
    name,
    {
      password,
      accountExpired: expires !== '' && today >= Number(expires),
      passwordExpired: Number(changed || '1') === 0 || aged,
    },
  ];
}

type KeyFile = {
  readonly path: string;
  readonly file: ConfigFile | undefined;
  readonly keys: readonly KeyFact[];
  readonly problems: readonly string[];
};

function keyFiles(details: Sections, owner: KeyOwner, strict: boolean): readonly KeyFile[] {
  return details.groups('key').map((group): KeyFile => {
    const path = group.body('key');
    const real = group.find('real')?.body;
    const shown = sanitizeLine(path);
    const nothing = { path, file: undefined, keys: [] };
    if (real === undefined) return { ...nothing, problems: [] };
    if (real === '') return { ...nothing, problems: [`${shown} leads nowhere`] };
    const chain = chainOf(real, group.body('chain'));
    const [own] = chain;
    if (own === undefined || !own.kind.startsWith('regular'))
      return { ...nothing, problems: [`${shown} is not a file`] };
    const base64 = group.body('content').replace(/\s/g, '');
    const unread = base64 === '' && own.size > 0;
    const stat = { mode: octal(own.mode.toString(8)), uid: own.uid, gid: own.gid, nlink: own.nlink };
    const file = configFile({ path, realPath: real, base64, stat });
    const problems = [
      ...(unread ? [`${shown} cannot be read by ${sanitizeLine(owner.name)}`] : []),
      ...(strict ? strictProblems(chain, owner) : []),
    ];
    const [problem] = problems;
    const keys = readAuthorizedKeys(path, file.text).map((key) =>
      problem === undefined ? key : { ...key, problem },
    );
    // A cut or unread file is not the whole text, so it is not offered for editing.
    const whole = !unread && Buffer.byteLength(base64, 'base64') === own.size;
    return { path, file: whole ? file : undefined, keys, problems };
  });
}

function lastLogin(section: Section | undefined): number | null {
  const seconds = Number(section?.body.trim() ?? '');
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : null;
}

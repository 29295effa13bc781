import type { AccountFact } from './values.ts';

/** What `sudo -n -l -U user` grants as root. A grant of everything but some commands counts as "some". */
export function sudoRights(text: string): AccountFact['sudo'] {
  if (/is not allowed to run sudo/.test(text)) return 'none';
  const at = text.search(/may run the following commands/);
  if (at === -1) return 'unknown';
  const withoutPassword = /^\s+.*!authenticate\b/m.test(text.slice(0, at));
  let best: AccountFact['sudo'] = 'none';
  for (const line of text.slice(at).split('\n').slice(1)) {
    const [, runas = '', commands = ''] = /^\s+\(([^)]*)\)\s*(.*)$/.exec(line) ?? [];
    if (commands === '') continue;
    const users = (runas.split(':')[0] ?? '').split(',').map((it) => it.trim());
    const right =
      users.includes('ALL') || users.includes('root') ? grantOf(commands, withoutPassword) : 'some';
    if (RANK[right] > RANK[best]) best = right;
  }
  return best;
}

const RANK = { unknown: 0, none: 0, some: 1, 'all-password': 2, 'all-nopasswd': 3 } as const;

function grantOf(commands: string, withoutPassword: boolean): AccountFact['sudo'] {
  if (commands.includes('!')) return 'some';
  let free = withoutPassword;
  let right: AccountFact['sudo'] = 'some';
  for (const word of commands.split(/[\s,]+/)) {
    if (word === 'NOPASSWD:') free = true;
    else if (word === 'PASSWD:') free = false;
    else if (word === 'ALL' && right !== 'all-nopasswd') right = free ? 'all-nopasswd' : 'all-password';
  }
  return right;
}

/** Defaults entries of a listing in their order, later ones win: "use_pty", "!authenticate", "timestamp_timeout=5"; null when there is no listing. */
export function sudoDefaults(text: string): readonly string[] | null {
  const end = text.search(/may run the following commands/);
  if (end === -1) return null;
  const start = text.search(/Matching Defaults entries/);
  if (start === -1 || start > end) return [];
  return text
    .slice(start, end)
    .split('\n')
    .filter((line) => /^\s/.test(line))
    .join(' ')
    .split(/(?<!\\),/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** The same as a part of an account: absent where sudo grants nothing. */
export function listedDefaults(text: string): Pick<AccountFact, 'sudoDefaults'> {
  const defaults = sudoDefaults(text);
  return defaults === null ? {} : { sudoDefaults: defaults };
}

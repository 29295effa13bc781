// sudo's own rules. Rules: what holds is what sudo lists for an account; our drop-in comes last, because there the last line wins,
// and has no dot in its name, because sudo passes such files over; it holds what was at fault and no more, so that nothing stricter is
// weakened; never requiretty, which breaks what has no terminal. What sudo passes over is never put in force by us.

import type { ConfigFile } from '../../src/facts/values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import type { FileResource } from '../../src/model/resource.ts';
import { keepsSudo } from './proofs.ts';
import { accountsOf, judged, peopleOf, shown, sudoMayBeThere } from './state.ts';
import { SUDOERS_HEADER } from './sudoers.ts';

const POLICY = '/etc/sudoers.d/zz-portcullis-policy';
const LONGEST = 15;

/** What Defaults come to, by name; "" for a flag that is set, undefined for one that is not or was unset. */
function settled(defaults: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (const one of defaults) {
    const [, not, word, , text] = /^(!?)([a-z_]+)(=(.*))?$/s.exec(one) ?? [];
    if (word === name) value = not === '!' ? undefined : (text ?? '');
  }
  return value;
}

/** What is wrong, and the setting that mends it. */
type Fault = { readonly words: string; readonly mend: string };

function policyFaults(defaults: readonly string[]): readonly Fault[] {
  const timeout = Number(settled(defaults, 'timestamp_timeout') ?? LONGEST);
  return [
    ...(settled(defaults, 'use_pty') === undefined
      ? [
          {
            words: 'a command may live on, and type into the terminal, after sudo ended (use_pty is not set)',
            mend: 'use_pty',
          },
        ]
      : []),
    ...(settled(defaults, 'logfile') === undefined
      ? [
          {
            words: 'sudo keeps no log of its own (logfile is not set)',
            mend: 'logfile="/var/log/sudo.log"',
          },
        ]
      : []),
    ...(timeout < 0 || timeout > LONGEST
      ? [
          {
            words: `a password is remembered ${timeout < 0 ? 'for ever' : `for ${timeout} minutes`}`,
            mend: `timestamp_timeout=${LONGEST}`,
          },
        ]
      : []),
    ...(settled(defaults, 'requiretty') === undefined
      ? []
      : [{ words: 'requiretty shuts out what has no terminal', mend: '!requiretty' }]),
  ];
}

/** Who sudo lists Defaults for. */
function listings(
  context: Context,
): readonly { readonly who: string; readonly defaults: readonly string[] }[] {
  const root = peopleOf(context)?.sudo?.defaults;
  return [
    ...(root == null ? [] : [{ who: 'root', defaults: root }]),
    ...accountsOf(context).flatMap(({ name, sudoDefaults: defaults }) =>
      defaults === undefined ? [] : [{ who: name, defaults }],
    ),
  ];
}

const policy: Control = {
  id: 'rbac.sudo-policy',
  title: 'sudo keeps its own log, its own terminal, and forgets passwords',
  severity: 'medium',
  why: 'What was done as root must be found again, and a forgotten terminal must not be root for hours.',
  references: ['CIS Debian 13 5.2.2', 'CIS Debian 13 5.2.3', 'CIS Debian 13 5.2.6'],
  reads: 'sudo -l for every account: Matching Defaults entries',
  mayBreak: `Programs that sudo starts in the background end with it. /var/log/sudo.log grows: rotate it.`,
  applies: sudoMayBeThere,
  judge: (context) =>
    judged(context, () => {
      const all = listings(context);
      if (all.length === 0) return { wrong: ['sudo could not list its rules'], right: '' };
      const wrong = all.flatMap(({ who, defaults }) =>
        policyFaults(defaults).map(({ words }) => `for ${shown(who)}: ${words}`),
      );
      return { wrong, right: `use_pty, a log, and at most ${LONGEST} minutes, for ${all.length} accounts` };
    }),
  remedy: (context): readonly FileResource[] => {
    const mends = listings(context).flatMap(({ defaults }) => policyFaults(defaults));
    if (mends.length === 0) return [];
    const found = [...new Set(mends.map(({ mend }) => `Defaults ${mend}`))];
    const own = filesOf(context).find(({ path }) => path === POLICY)?.text ?? '';
    // What our file holds already stays, and before what is new: the last line wins.
    const held = own.split('\n').filter((line) => !/^(#|\s*$)/.test(line) && !found.includes(line));
    const content = `${SUDOERS_HEADER}${[...held, ...found].join('\n')}\n`;
    return [{ kind: 'file', path: POLICY, content, mode: '0440', uid: 0, gid: 0 }];
  },
  proofs: keepsSudo,
};

const filesOf = (context: Context): readonly ConfigFile[] => peopleOf(context)?.looked.files ?? [];

const isPassedOver = ({ path }: ConfigFile): boolean => /^\/etc\/sudoers\.d\/[^/]*(\.|~$)/.test(path);

/** sudo does not read it on purpose: somebody besides root could have written it. */
const isDistrusted = ({ mode, uid, gid }: ConfigFile): boolean =>
  uid !== 0 || gid !== 0 || (Number.parseInt(mode, 8) & 0o022) !== 0;

/** Files that are not as sudo wants them: those of root alone get another mode from us, the rest is read by a person first. */
function unlike(context: Context): {
  readonly ours: readonly ConfigFile[];
  readonly rest: readonly ConfigFile[];
} {
  const said = (peopleOf(context)?.sudo?.visudo?.message ?? '').split('\n');
  const faulty = filesOf(context).filter(
    (file) =>
      !isPassedOver(file) &&
      (isDistrusted(file) ||
        (file.mode !== '0440' && said.some((line) => line.startsWith(`${file.path}: `)))),
  );
  const isOurs = (file: ConfigFile) =>
    !isDistrusted(file) && file.realPath === file.path && /^\/etc\/sudoers(\.d\/[^/]+)?$/.test(file.path);
  return { ours: faulty.filter(isOurs), rest: faulty.filter((file) => !isOurs(file)) };
}

const parse: Control = {
  id: 'rbac.sudo-rules',
  title: 'sudo can read all of its rules',
  severity: 'high',
  why: 'One broken file can take sudo from everybody, and a file that is passed over does not do what it says.',
  references: ['sudoers(5)', 'visudo(8) -c'],
  reads: 'visudo -c; names, modes and owners in /etc/sudoers.d',
  mayBreak:
    'Nothing: modes of files that are root’s alone are put right. What does not parse, is passed over, or could be written by others is named for you to mend.',
  applies: sudoMayBeThere,
  judge: (context) =>
    judged(context, (_accounts, people) => {
      const said = people.sudo?.visudo;
      const passedOver = filesOf(context).filter(isPassedOver);
      const lines = (said?.message ?? '')
        .split('\n')
        .filter((line) => line !== '' && !line.endsWith('parsed OK'));
      return {
        wrong: [
          ...(said == null || said.code === 0 ? [] : lines.map(shownLine)),
          ...(said != null && said.code !== 0 && lines.length === 0
            ? [`visudo -c ends with ${said.code}`]
            : []),
          ...unlike(context).rest.map(
            ({ path, mode, uid, gid }) =>
              `${shown(path)} (mode ${mode}, owner ${uid}:${gid}) is left to you: read it before you give it to root with mode 0440, which puts it in force`,
          ),
          ...passedOver.map(({ path }) => `${shown(path)} is passed over: its name has a dot or ends in "~"`),
        ],
        right:
          said == null ? 'there is no visudo; names are as sudo wants them' : 'visudo -c has nothing to say',
      };
    }),
  remedy: (context) =>
    unlike(context).ours.map(
      ({ path }): FileResource => ({ kind: 'file', path, mode: '0440', uid: 0, gid: 0 }),
    ),
  proofs: keepsSudo,
};

const shownLine = (line: string): string => shown(line.replace(/\s+/g, ' ')).slice(0, 200);

const authenticate: Control = {
  id: 'rbac.sudo-authenticate',
  title: 'No rule switches passwords of sudo off for everybody',
  severity: 'high',
  why: 'With !authenticate whoever gets hold of a session is root at once, whatever the rules of single people say.',
  references: ['CIS Debian 13 5.2.5'],
  reads: 'sudo -l for every account: Matching Defaults entries',
  mayBreak:
    'Nothing is changed: take !authenticate out with "visudo", once everybody who needs sudo has a password.',
  applies: sudoMayBeThere,
  judge: (context) =>
    judged(context, () => {
      const off = listings(context).filter(
        ({ defaults }) => defaults.lastIndexOf('!authenticate') > defaults.lastIndexOf('authenticate'),
      );
      return {
        wrong: off.map(({ who }) => `for ${shown(who)}: !authenticate`),
        right: 'sudo asks unless a rule of its own says otherwise',
      };
    }),
};

const withoutPassword: Control = {
  id: 'rbac.sudo-nopasswd',
  title: 'Nobody becomes root without a password',
  severity: 'medium',
  why: 'Whoever takes over a session of such an account, or a job that runs as it, is root.',
  references: ['CIS Debian 13 5.2.4'],
  reads: 'sudo -l for every account',
  mayBreak:
    'Nothing is changed: name the commands that may run without a password, and ask for one for the rest.',
  applies: sudoMayBeThere,
  judge: (context) =>
    judged(context, ({ accounts }) => ({
      wrong: accounts
        .filter(({ uid, sudo }) => uid !== 0 && sudo === 'all-nopasswd')
        .map(({ name }) => `${shown(name)} becomes root without a password`),
      right: 'everybody who may do all is asked for a password',
    })),
};

export const policies: readonly Control[] = [parse, policy, authenticate, withoutPassword];

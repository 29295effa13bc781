// Rules: what is wrong around the options: files others can read or write, a drop-in folder that is not read, names without a
// file behind them, words this version does not know, options on the command line that win over every file.
import type { Context } from '../../src/model/context.ts';
import type { Control, Verdict } from '../../src/model/control.ts';
import type { Resource } from '../../src/model/resource.ts';
import { sshdOf } from '../../src/resources/sshd.ts';
import { banner } from './banner.ts';
import { keyLogin } from './operator.ts';
import { cis, sshdMayBeThere, unreadable } from './option-control.ts';

type Owned = { readonly mode: string; readonly uid: number; readonly gid: number };

function tooOpen(file: Owned, mask: number): boolean {
  return (Number.parseInt(file.mode, 8) & mask) !== 0 || file.uid !== 0;
}

/** `look` gives what is wrong and what is right, in words; it is not asked when sshd could not be read. */
function judged(look: (context: Context) => { wrong: readonly string[]; right: string }) {
  return (context: Context): Verdict => {
    if (sshdOf(context) === undefined) return unreadable(context) ?? { result: 'unknown', evidence: [] };
    const { wrong, right } = look(context);
    return wrong.length > 0 ? { result: 'fail', evidence: wrong } : { result: 'pass', evidence: [right] };
  };
}

const say = (file: Owned & { path: string }): string =>
  `${file.path} is ${file.mode}, owner ${file.uid}:${file.gid}`;

const configModes: Control = {
  id: 'sshd.config-modes',
  title: 'The configuration is for root only',
  severity: 'medium',
  why: 'Who can write it owns the host; who can read it learns which doors are open.',
  references: cis('5.1.1', '5.1.1'),
  reads: 'mode and owner of sshd_config and of every file it includes',
  mayBreak: 'Tools that read sshd_config without being root.',
  applies: sshdMayBeThere,
  judge: judged((context) => {
    const files = sshdOf(context)?.files ?? [];
    return {
      wrong: files.filter((file) => tooOpen(file, 0o077)).map(say),
      right: `${files.length} file(s), for root only`,
    };
  }),
  remedy: (context): readonly Resource[] =>
    (sshdOf(context)?.files ?? [])
      .filter((file) => tooOpen(file, 0o077))
      .map((file) => ({ kind: 'file', path: file.path, mode: '0600', uid: 0, gid: 0 })),
  proofs: keyLogin,
};

/** Host keys, and public halves, with the mode and owner they should have; empty when all is well. */
function openHostKeys(
  context: Context,
): readonly (Owned & { readonly path: string; readonly wanted: string })[] {
  const keys = sshdOf(context)?.hostKeys ?? [];
  // 0640 with a group of its own is how some distributions let a helper sign with the key.
  const open = keys.filter((key) => tooOpen(key, key.gid === 0 ? 0o077 : 0o037));
  const halves = keys.flatMap(({ path, publicHalf }) =>
    publicHalf !== undefined && tooOpen(publicHalf, 0o022) ? [{ path: `${path}.pub`, ...publicHalf }] : [],
  );
  return [
    ...open.map((key) => ({ ...key, wanted: '0600' })),
    ...halves.map((half) => ({ ...half, wanted: '0644' })),
  ];
}

const hostKeyModes: Control = {
  id: 'sshd.host-key-modes',
  title: 'Host keys are for sshd only',
  severity: 'high',
  why: 'Who can read a host key can pose as this host.',
  references: [...cis('5.1.2', '5.1.2'), ...cis('5.1.3', '5.1.3')],
  reads: 'mode and owner of every host key file; never the key',
  mayBreak:
    'A program other than sshd that uses the key. A key that others could read may be known to them: replace it.',
  applies: sshdMayBeThere,
  judge: judged((context) => ({
    wrong: openHostKeys(context).map(say),
    right: `${sshdOf(context)?.hostKeys.length ?? 0} key(s), readable by root only`,
  })),
  remedy: (context): readonly Resource[] =>
    openHostKeys(context).map(({ path, wanted }) => ({ kind: 'file', path, mode: wanted, uid: 0, gid: 0 })),
  proofs: keyLogin,
};

const include: Control = {
  id: 'sshd.include',
  title: 'Drop-in files are read',
  severity: 'medium',
  why: 'Without the Include line files in sshd_config.d do nothing, and nobody notices.',
  references: ['OpenSSH sshd_config(5) Include'],
  reads: 'whether sshd_config includes sshd_config.d before any Match block',
  mayBreak: 'Files that lie in sshd_config.d and were never read take effect: see the effective changes.',
  applies: sshdMayBeThere,
  judge: judged((context) =>
    sshdOf(context)?.include === true
      ? { wrong: [], right: 'sshd_config includes /etc/ssh/sshd_config.d/*.conf' }
      : { wrong: ['sshd_config does not include /etc/ssh/sshd_config.d/*.conf for every login'], right: '' },
  ),
  remedy: () => [{ kind: 'sshd-option', keyword: 'Include', values: ['/etc/ssh/sshd_config.d/*.conf'] }],
  proofs: keyLogin,
};

const namedFiles: Control = {
  id: 'sshd.named-files',
  title: 'Every file that the configuration names is there',
  severity: 'high',
  why: 'sshd starts without them and then refuses every key (RevokedKeys), every certificate or every command.',
  references: ['OpenSSH sshd_config(5) RevokedKeys, TrustedUserCAKeys, AuthorizedKeysCommand'],
  reads: 'the files that RevokedKeys, TrustedUserCAKeys, Banner and the like name',
  mayBreak: 'Nothing is changed: only you know what the missing file should hold.',
  applies: sshdMayBeThere,
  judge: judged((context) => ({
    wrong: (sshdOf(context)?.named ?? [])
      .filter((file) => !file.exists)
      .map((file) => `${file.keyword} names ${file.path}, which is not there`),
    right: 'nothing is missing',
  })),
};

const leftovers: Control = {
  id: 'sshd.leftovers',
  title: 'No words that this sshd does not know',
  severity: 'low',
  why: 'A keyword that is unknown to a newer version stops sshd at its next start.',
  references: ['OpenSSH sshd(8) -t'],
  reads: 'sshd -t',
  mayBreak: 'Nothing is changed: remove the named line, or the newer word for it stands in sshd_config(5).',
  applies: sshdMayBeThere,
  judge: judged((context) => {
    const test = sshdOf(context)?.test ?? { code: 0, message: '' };
    const lines = test.message.split('\n').filter((line) => line.trim() !== '');
    const wrong = test.code !== 0 && lines.length === 0 ? [`sshd -t ends with ${test.code}`] : lines;
    return { wrong, right: 'sshd -t has nothing to say' };
  }),
};

const commandLine: Control = {
  id: 'sshd.command-line',
  title: 'No options on the command line override the files',
  severity: 'low',
  why: 'They win over every file, so what the files say is not what holds.',
  references: ['OpenSSH sshd(8) -o'],
  reads: 'the command line of the running sshd and /etc/default/ssh',
  mayBreak: 'Nothing is changed: move the options into a file yourself.',
  applies: sshdMayBeThere,
  judge: judged((context) => {
    const options = sshdOf(context)?.commandLine ?? [];
    return { wrong: options.length === 0 ? [] : [`sshd runs with ${options.join(' ')}`], right: 'none' };
  }),
};

export const files: readonly Control[] = [
  include,
  configModes,
  hostKeyModes,
  namedFiles,
  leftovers,
  commandLine,
  banner,
];

// What the operator's own client would do for a host. Rules: `ssh -G` is the only authority (Match, Include, canonical
// names, first value wins); it runs the operator's own configuration and never one that came with a profile.
import { TargetError, UserError } from '../model/errors.ts';
import type { ClientAlgorithms } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { type ChildResult, runChild } from './child.ts';

/** The resolved configuration, keyword (lower case) → values in order of appearance. */
export type SshConfig = {
  /** The lines of `ssh -G` as they came. */
  readonly lines: readonly string[];
  readonly host: string;
  readonly user: string;
  readonly port: number;
  /** Name under which the host key is looked up, without port. */
  readonly hostKeyAlias: string | undefined;
  readonly userKnownHosts: readonly string[];
  readonly viaProxy: boolean;
  readonly identityAgent: string | undefined;
  readonly algorithms: Omit<ClientAlgorithms, 'version'>;
};

/** A question to `ssh -G` that is under way. */
export type AskedConfig = { readonly args: readonly string[]; readonly answer: Promise<ChildResult> };

/** Asks `ssh -G`; never rejects. `args` as targetArgs makes them. */
export function askSshConfig(args: readonly string[]): AskedConfig {
  return { args, answer: runChild('ssh', ['-G', ...args], { env: { LC_ALL: 'C' } }) };
}

/** The answer, or that of a new question where `asked` was another one. Rejects with UserError when ssh is missing or its configuration is wrong. */
export async function resolveSshConfig(
  args: readonly string[],
  asked: AskedConfig | undefined,
): Promise<SshConfig> {
  const same = asked !== undefined && asked.args.join('\0') === args.join('\0');
  const result = await (same ? asked : askSshConfig(args)).answer;
  if (result.failure === 'ENOENT')
    throw new UserError('there is no ssh client on this machine', {
      hints: ['install openssh-client (8.4 or newer)'],
    });
  if (result.code !== 0)
    throw new UserError('ssh does not accept its configuration', {
      where: sanitizeLine(result.stderr.split('\n')[0] ?? ''),
      hints: ['correct the file named above; "ssh -G HOST" shows the same message'],
    });
  return readSshConfig(result.stdout);
}

/** Parse the output of `ssh -G`. */
export function readSshConfig(text: string): SshConfig {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0 && !values.has(line.slice(0, space)))
      values.set(line.slice(0, space), line.slice(space + 1));
  }
  const get = (key: string): string | undefined => {
    const value = values.get(key);
    return value === undefined || value === 'none' ? undefined : value;
  };
  const list = (key: string): readonly string[] => (get(key) ?? '').split(',').filter((word) => word !== '');
  return {
    lines: text.split('\n').filter((line) => line !== ''),
    host: get('hostname') ?? '',
    user: get('user') ?? '',
    port: Number(get('port') ?? 22),
    hostKeyAlias: get('hostkeyalias'),
    userKnownHosts: splitWords(get('userknownhostsfile') ?? ''),
    viaProxy: get('proxycommand') !== undefined || get('proxyjump') !== undefined,
    identityAgent: get('identityagent'),
    algorithms: {
      kex: list('kexalgorithms'),
      ciphers: list('ciphers'),
      macs: list('macs'),
      hostKeys: list('hostkeyalgorithms'),
      publicKeys: get('pubkeyacceptedalgorithms')
        ? list('pubkeyacceptedalgorithms')
        : list('pubkeyacceptedkeytypes'),
    },
  };
}

function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

/**
 * The client's version, e.g. "OpenSSH_9.2p1 Debian-2+deb12u7": as its log has it, else from `ssh -V`. Rejects with
 * TargetError below 8.4: SSH_ASKPASS_REQUIRE came then.
 */
export async function clientVersion(logged: string | undefined): Promise<string> {
  const told = logged ?? (await runChild('ssh', ['-V'])).stderr.split(',')[0] ?? '';
  const version = sanitizeLine(told.trim());
  const numbers = /^OpenSSH_(\d+)\.(\d+)/.exec(version);
  if (numbers && Number(numbers[1]) * 100 + Number(numbers[2]) < 804)
    throw new TargetError(`the ssh client of this machine is too old: ${version}`, {
      hints: ['install OpenSSH 8.4 or newer'],
    });
  return version;
}

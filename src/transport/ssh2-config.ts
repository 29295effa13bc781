// The little of ssh_config that the ssh2 transport can follow. Rules: the first value wins, as in ssh; what decides the way, the
// key or the algorithms and is not known here is an error that names its line, never ignored; everything else has no meaning
// for this transport (forwardings, terminals, sharing) and is passed over.
import { readdir, readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { UserError } from '../model/errors.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { namesHost } from './ssh2-known.ts';

export type Ssh2Config = {
  readonly host: string;
  readonly user: string;
  readonly port: number;
  /** Name for known_hosts. */
  readonly hostKeyAlias: string | undefined;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly agentSocket: string | undefined;
  readonly userKnownHosts: readonly string[] | undefined;
};

/** Values that mean "not used" stand here as they are written, in lower case. */
const REFUSED: Readonly<Record<string, string>> = {
  proxyjump: 'none',
  proxycommand: 'none',
  certificatefile: 'none',
  pkcs11provider: 'none',
  securitykeyprovider: 'internal',
  knownhostscommand: 'none',
  hostkeyalgorithms: '',
  kexalgorithms: '',
  ciphers: '',
  macs: '',
  bindaddress: '',
  bindinterface: '',
  addressfamily: 'any',
  canonicalizehostname: 'no',
};
const DEPTH = 8;

type Setting = { readonly key: string; readonly value: string; readonly where: string };

/** The operator's files for one host. Rejects with UserError for what this transport cannot follow. */
export async function readSsh2Config(
  it: { readonly host: string; readonly user?: string | undefined; readonly port?: number | undefined },
  home = homedir(),
): Promise<Ssh2Config> {
  const settings: Setting[] = [];
  for (const file of [join(home, '.ssh', 'config'), '/etc/ssh/ssh_config'])
    settings.push(...(await settingsOf({ file, host: it.host, home, depth: 0, on: true })));
  for (const setting of settings) refuse(setting, it.host);
  const first = (key: string) => settings.find((one) => one.key === key)?.value;
  const paths = (text: string) => expand(text, { home, host: it.host });
  const agent = first('identityagent');
  return {
    host: first('hostname')?.replaceAll('%h', it.host) ?? it.host,
    user: it.user ?? first('user') ?? userInfo().username,
    port: it.port ?? Number(first('port') ?? 22),
    hostKeyAlias: first('hostkeyalias'),
    identityFiles: settings.filter((one) => one.key === 'identityfile').map((one) => paths(one.value)),
    identitiesOnly: first('identitiesonly') === 'yes',
    agentSocket:
      agent === 'none'
        ? undefined
        : agent === undefined || agent === 'SSH_AUTH_SOCK'
          ? process.env.SSH_AUTH_SOCK
          : paths(agent),
    userKnownHosts: first('userknownhostsfile')?.split(/\s+/).map(paths),
  };
}

function refuse({ key, value, where }: Setting, host: string): void {
  const harmless = REFUSED[key];
  if (harmless === undefined || value.toLowerCase() === harmless) return;
  throw new UserError(`the transport ssh2 does not know ${key} of your ssh configuration`, {
    where,
    hints: [
      'install openssh-client and use --transport openssh, which follows it',
      `or name the address itself instead of ${sanitizeLine(host)}`,
    ],
  });
}

async function settingsOf(it: {
  readonly file: string;
  readonly host: string;
  readonly home: string;
  readonly depth: number;
  readonly on: boolean;
}): Promise<readonly Setting[]> {
  const text = await readFile(it.file, 'utf8').catch(() => '');
  const found: Setting[] = [];
  let on = it.on;
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const key = match[1].toLowerCase();
    const value = match[2].replace(/^"(.*)"$/, '$1');
    const where = `${sanitizeLine(it.file)}:${index + 1}`;
    if (key === 'host') on = it.on && namesHost(value.trim().split(/\s+/).join(','), it.host.toLowerCase());
    else if (key === 'match') on = it.on && matches(value, where);
    else if (!on) continue;
    else if (key === 'include') found.push(...(await included({ ...it, on }, value)));
    else found.push({ key, value, where });
  }
  return found;
}

function matches(value: string, where: string): boolean {
  if (value.toLowerCase() === 'all') return true;
  throw new UserError('the transport ssh2 does not know Match blocks of your ssh configuration', {
    where,
    hints: ['install openssh-client and use --transport openssh, which follows them'],
  });
}

async function included(it: Parameters<typeof settingsOf>[0], value: string): Promise<readonly Setting[]> {
  if (it.depth >= DEPTH) return [];
  const found: Setting[] = [];
  for (const word of value.split(/\s+/)) {
    const spread = expand(word, { home: it.home, host: it.host });
    const base = it.file.startsWith('/etc/') ? '/etc/ssh' : join(it.home, '.ssh');
    const path = isAbsolute(spread) ? spread : join(base, spread);
    const names = await readdir(dirname(path)).catch(() => []);
    for (const name of names.sort().filter((one) => namesHost(basename(path), one.toLowerCase())))
      found.push(...(await settingsOf({ ...it, file: join(dirname(path), name), depth: it.depth + 1 })));
  }
  return found;
}

function expand(text: string, it: { readonly home: string; readonly host: string }): string {
  return text
    .replace(/^"(.*)"$/, '$1')
    .replace(/^~(?=\/)/, it.home)
    .replaceAll('%d', it.home)
    .replaceAll('%h', it.host)
    .replaceAll('%%', '%');
}

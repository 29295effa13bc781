// A case is a fresh host with single values changed. This file turns a case into the context that the step looks at.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Readings } from '../../../src/facts/index.ts';
import type { AccountFact, ConfigFile, EffectiveSshd, KeyFact, SshdFact } from '../../../src/facts/values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue, FindingResult } from '../../../src/model/control.ts';
import { absent, known, unknown } from '../../../src/model/outcome.ts';
import type { Connection } from '../../../src/model/target.ts';

type Values = Readonly<Record<string, string | readonly string[] | null>>;

export type Case = {
  readonly about: string;
  readonly base?: 'debian12' | 'debian13';
  /** ana: a sudo user with a key. root: with a key. password: ana with her password and no key. local: on the machine. */
  readonly as?: 'ana' | 'root' | 'password' | 'local';
  /** What `sshd -T` says instead, by keyword; null takes the keyword away. */
  readonly set?: Values;
  /** What it says for one login on top of that. */
  readonly logins?: readonly { readonly user: string; readonly address: string; readonly set: Values }[];
  readonly sshd?: Partial<SshdFact>;
  /** The first host key of a type gets other properties. */
  readonly hostKeys?: Readonly<Record<string, Partial<SshdFact['hostKeys'][number]>>>;
  /** Accounts by name, added or changed. `keys` are types, with bits after a colon: "ssh-rsa:2048". */
  readonly accounts?: Readonly<
    Record<string, Omit<Partial<AccountFact>, 'keys'> & { readonly keys?: readonly string[] }>
  >;
  readonly connection?: Partial<Connection>;
  /** Facts that could not be read, with the reason. */
  readonly unknown?: Readonly<Record<string, string>>;
  readonly absent?: readonly string[];
  readonly answers?: Readonly<Record<string, AnswerValue>>;
  readonly findings?: Readonly<Record<string, FindingResult>>;
  /** Control → words its evidence must hold. */
  readonly evidence?: Readonly<Record<string, string>>;
  /** Control → its remedy, line by line, complete. */
  readonly wants?: Readonly<Record<string, readonly string[]>>;
  /** Question → words of what is wrong with the answer. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Question → what is proposed. */
  readonly proposes?: Readonly<Record<string, AnswerValue>>;
};

type Base = {
  readonly os: { readonly id: string; readonly versionId: string; readonly prettyName: string };
  readonly version: string;
  readonly hostKeys: SshdFact['hostKeys'];
  readonly supports: Readonly<Record<keyof SshdFact['supports'], string>>;
  readonly notice: string;
  readonly 'sshd-T': string;
  readonly sshd_config: string;
};

export const OPERATOR = '192.0.2.7';
const STRANGER = '198.51.100.9';

function loadBase(name: string): Base {
  return parse(readFileSync(join(import.meta.dirname, 'base', `${name}.yaml`), 'utf8')) as Base;
}

const BASES = { debian12: loadBase('debian12'), debian13: loadBase('debian13') };

export function parseEffective(text: string): EffectiveSshd {
  const effective: Record<string, string[]> = {};
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const at = line.indexOf(' ');
    effective[line.slice(0, at)] = [...(effective[line.slice(0, at)] ?? []), line.slice(at + 1)];
  }
  return effective;
}

function changed(effective: EffectiveSshd, set: Values = {}): EffectiveSshd {
  const result: Record<string, readonly string[]> = { ...effective };
  for (const [keyword, value] of Object.entries(set)) {
    if (value === null) delete result[keyword.toLowerCase()];
    else result[keyword.toLowerCase()] = typeof value === 'string' ? [value] : value;
  }
  return result;
}

export function configFile(path: string, text: string, mode = '0644'): ConfigFile {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { path, realPath: path, text, mode, uid: 0, gid: 0, sha256, nlink: 1 };
}

function keyOf(spec: string, user: string, index: number): KeyFact {
  const [type = '', bits] = spec.split(':');
  return {
    file: `/home/${user}/.ssh/authorized_keys`,
    line: index + 1,
    options: '',
    type,
    blob: `AAAA${user}${index}`,
    comment: user,
    fingerprint: `SHA256:${user}${index}`,
    bits: bits === undefined ? null : Number(bits),
  };
}

function accountOf(name: string, it: NonNullable<Case['accounts']>[string]): AccountFact {
  const home = name === 'root' ? '/root' : `/home/${name}`;
  const { keys, ...rest } = it;
  return {
    name,
    uid: name === 'root' ? 0 : 1000 + name.length,
    gid: name === 'root' ? 0 : 1000 + name.length,
    home,
    shell: '/bin/bash',
    groups: [name],
    password: 'none',
    accountExpired: false,
    passwordExpired: false,
    shellUsable: true,
    keyProblems: [],
    sudo: 'none',
    lastLogin: null,
    lastKeyUse: {},
    keyFiles: [],
    ...rest,
    keys: (keys ?? []).map((spec, index) => keyOf(spec, name, index)),
  };
}

const LOGGED_IN: Readonly<Record<NonNullable<Case['as']>, Partial<Connection>>> = {
  ana: { user: 'ana', method: 'publickey', keyFingerprint: 'SHA256:ana0', root: 'sudo-password' },
  root: { user: 'root', method: 'publickey', keyFingerprint: 'SHA256:root0', root: 'root' },
  password: { user: 'ana', method: 'password', root: 'sudo-password' },
  local: {
    transport: 'local',
    user: 'root',
    address: '',
    hostKey: '',
    hostKeyType: '',
    method: '',
    root: 'root',
  },
};

export function contextOf(it: Case): Context {
  const base = BASES[it.base ?? 'debian12'];
  const split = (text: string) => text.split(' ');
  const effective = changed(parseEffective(base['sshd-T']), it.set);
  const people = {
    root: { keys: ['ssh-ed25519'] },
    ana: { keys: ['ssh-ed25519'], sudo: 'all-password' as const, password: 'set' as const },
    deploy: {},
  };
  const named: Record<string, NonNullable<Case['accounts']>[string]> = { ...people };
  for (const [name, account] of Object.entries(it.accounts ?? {}))
    named[name] = { ...named[name], ...account };
  const accounts = Object.entries(named).map(([name, account]) => accountOf(name, account));
  const logins = accounts.flatMap(({ name }) =>
    [OPERATOR, STRANGER].map((address) => ({ user: name, address, set: {} as Values })),
  );
  const supports = base.supports;
  const sshd: SshdFact = {
    version: base.version,
    binary: '/usr/sbin/sshd',
    files: [configFile('/etc/ssh/sshd_config', base.sshd_config)],
    include: true,
    test: { code: 0, message: '' },
    effective,
    perConnection: logins.map(({ user, address }) => {
      const own = it.logins?.find((login) => login.user === user && login.address === address);
      return { user, address, effective: changed(effective, own?.set) };
    }),
    socket: { active: false, enabled: false, unit: 'ssh.socket', listen: [], dropIns: [] },
    unit: { name: 'ssh.service', active: 'active', enabled: 'enabled' },
    commandLine: [],
    supports: {
      kex: split(supports.kex),
      ciphers: split(supports.ciphers),
      macs: split(supports.macs),
      hostKeys: split(supports.hostKeys),
      publicKeys: split(supports.publicKeys),
      caSignatures: split(supports.caSignatures),
    },
    hostKeys: base.hostKeys.map((key) => ({ ...key, ...it.hostKeys?.[key.type] })),
    named: [],
    banners: [configFile('/etc/issue.net', base.notice)],
    recentLogins: [
      { user: 'ana', method: 'publickey', address: OPERATOR, fingerprint: 'SHA256:ana0', epochSeconds: 0 },
    ],
    ...it.sshd,
  };
  const readings: Readings = {
    os: known({ ...base.os, kernel: '6.1.0', architecture: 'x86_64' }),
    init: known({ name: 'systemd', version: 252, state: 'running' }),
    virtualisation: known({ kind: 'none', container: false }),
    identity: known({ machineId: '0'.repeat(32), hostname: 'shop' }),
    boot: known({ bootId: 'b', uptimeSeconds: 1, epochSeconds: 1 }),
    who:
      it.as === 'local'
        ? absent
        : known({
            user: 'ana',
            clientAddress: OPERATOR,
            clientPort: 40_000,
            serverAddress: '192.0.2.1',
            serverPort: 22,
          }),
    accounts: known({ accounts, nologin: false, groups: {} }),
    sshd: known(sshd),
    listeners: known([]),
    network: absent,
    docker: absent,
    firewall: absent,
    disk: known([]),
    packages: known({ manager: 'apt', healthy: true, complaint: '', lockHolder: '', installed: [] }),
    sessions: known([]),
    managers: known({ names: [], cloudInitSshPwauth: '' }),
    lockdown: known({ clock: 0, nft: true, loaded: false, record: null }),
    ownState: known({ stateFolder: 'absent', engineVersion: '', open: [] }),
    tools: known({}),
    fail2ban: absent,
    people: absent,
    nginx: absent,
    caddy: absent,
    certbot: absent,
    postgresql: absent,
    ...Object.fromEntries(Object.entries(it.unknown ?? {}).map(([name, reason]) => [name, unknown(reason)])),
    ...Object.fromEntries((it.absent ?? []).map((name) => [name, absent])),
  };
  const connection: Connection = {
    transport: 'openssh',
    user: 'ana',
    address: '192.0.2.1',
    port: 22,
    hostKey: 'SHA256:host',
    hostKeyType: 'ssh-ed25519',
    method: 'publickey',
    root: 'root',
    kex: 'sntrup761x25519-sha512@openssh.com',
    cipher: 'chacha20-poly1305@openssh.com',
    mac: '<implicit>',
    client: {
      version: 'OpenSSH_9.2p1',
      kex: split(supports.kex),
      ciphers: split(supports.ciphers),
      macs: split(supports.macs),
      hostKeys: split(supports.hostKeys),
      publicKeys: split(supports.publicKeys),
    },
    viaProxy: false,
    ...LOGGED_IN[it.as ?? 'ana'],
    ...it.connection,
  };
  return {
    target: { name: 'ana@shop', kind: it.as === 'local' ? 'local' : 'ssh', host: 'shop' },
    connection,
    readings,
    profile: {
      id: 'linux',
      title: 'Linux',
      description: '',
      schema: 1,
      steps: ['sshd'],
      answers: new Map(),
      excludes: new Map(),
    },
    answers: new Map(Object.entries(it.answers ?? {})),
  };
}

// Contexts for pure tests: a host as facts would describe it, from the texts of its files.
import { createHash } from 'node:crypto';
import { includesDropIns, parseSshdFiles } from '../../src/facts/sshd-config.ts';
import type { AccountFact, ConfigFile, EffectiveSshd, SshdFact } from '../../src/facts/values.ts';
import type { Context } from '../../src/model/context.ts';
import { absent, known } from '../../src/model/outcome.ts';
import type { Connection } from '../../src/model/target.ts';
import { publicKeyLine } from './keys.ts';

export const MAIN = '/etc/ssh/sshd_config';

export function configFile(path: string, text: string, more: Partial<ConfigFile> = {}): ConfigFile {
  return {
    path,
    realPath: path,
    text,
    mode: '0644',
    uid: 0,
    gid: 0,
    sha256: createHash('sha256').update(text).digest('hex'),
    nlink: 1,
    ...more,
  };
}

/** `sshd -T` of a Debian 13 host, shortened to what the product looks at. */
export const DEFAULTS: EffectiveSshd = {
  port: ['22'],
  addressfamily: ['any'],
  listenaddress: ['0.0.0.0:22', '[::]:22'],
  usepam: ['yes'],
  logingracetime: ['120'],
  maxauthtries: ['6'],
  maxsessions: ['10'],
  maxstartups: ['10:30:100'],
  persourcemaxstartups: ['none'],
  permitrootlogin: ['prohibit-password'],
  pubkeyauthentication: ['yes'],
  passwordauthentication: ['yes'],
  kbdinteractiveauthentication: ['no'],
  strictmodes: ['yes'],
  x11forwarding: ['no'],
  authorizedkeysfile: ['.ssh/authorized_keys .ssh/authorized_keys2'],
  authenticationmethods: ['any'],
  forcecommand: ['none'],
  chrootdirectory: ['none'],
  revokedkeys: ['none'],
  trustedusercakeys: ['none'],
  requiredrsasize: ['1024'],
  pubkeyacceptedalgorithms: ['ssh-ed25519,sk-ssh-ed25519@openssh.com,rsa-sha2-512,rsa-sha2-256'],
  hostkeyalgorithms: ['ssh-ed25519,rsa-sha2-512,rsa-sha2-256'],
  kexalgorithms: ['mlkem768x25519-sha256,sntrup761x25519-sha512,curve25519-sha256'],
  ciphers: ['chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr'],
  macs: ['hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com'],
  hostkey: ['/etc/ssh/ssh_host_rsa_key', '/etc/ssh/ssh_host_ed25519_key'],
  subsystem: ['sftp /usr/lib/openssh/sftp-server'],
  persourcepenalties: ['crash:90 authfail:5 noauth:1 grace-exceeded:10 max:600 min:15'],
  pamservicename: ['sshd'],
};

export const KEY = publicKeyLine('ana@desk');
const BLOB = KEY.split(' ')[1] ?? '';
export const FINGERPRINT = `SHA256:${createHash('sha256').update(Buffer.from(BLOB, 'base64')).digest('base64').replace(/=+$/, '')}`;

export function account(name: string, more: Partial<AccountFact> = {}): AccountFact {
  const home = name === 'root' ? '/root' : `/home/${name}`;
  const file = `${home}/.ssh/authorized_keys`;
  return {
    name,
    uid: name === 'root' ? 0 : 1000,
    gid: name === 'root' ? 0 : 1000,
    home,
    shell: '/bin/bash',
    groups: [name],
    password: 'set',
    accountExpired: false,
    passwordExpired: false,
    shellUsable: true,
    keys: [
      {
        file,
        line: 1,
        options: '',
        type: 'ssh-ed25519',
        blob: BLOB,
        comment: 'ana@desk',
        fingerprint: FINGERPRINT,
        bits: 256,
      },
    ],
    keyProblems: [],
    keyFiles: [configFile(file, `${KEY}\n`, { mode: '0600' })],
    keyPath: file,
    sudo: name === 'root' ? 'none' : 'all-nopasswd',
    lastLogin: null,
    lastKeyUse: {},
    ...more,
  };
}

export function sshdFact(files: Readonly<Record<string, string>>, more: Partial<SshdFact> = {}): SshdFact {
  const list = Object.entries(files).map(([path, text]) => configFile(path, text));
  return {
    version: '10.0p2',
    binary: '/usr/sbin/sshd',
    files: list,
    include: includesDropIns(parseSshdFiles(list)),
    test: { code: 0, message: '' },
    effective: DEFAULTS,
    perConnection: [],
    socket: { active: false, enabled: false, unit: 'ssh.socket', listen: [], dropIns: [] },
    unit: { name: 'ssh.service', active: 'active', enabled: 'enabled' },
    commandLine: [],
    supports: { kex: [], ciphers: [], macs: [], hostKeys: [], publicKeys: [], caSignatures: [] },
    hostKeys: [
      {
        path: '/etc/ssh/ssh_host_ed25519_key',
        type: 'ssh-ed25519',
        bits: 256,
        fingerprint: 'SHA256:host',
        mode: '0600',
        uid: 0,
        gid: 0,
      },
    ],
    named: [],
    recentLogins: [],
    ...more,
  };
}

export const CONNECTION: Connection = {
  transport: 'openssh',
  user: 'ana',
  address: '198.51.100.2',
  port: 22,
  hostKey: 'SHA256:host',
  hostKeyType: 'ssh-ed25519',
  method: 'publickey',
  keyFingerprint: FINGERPRINT,
  publicKey: KEY,
  root: 'sudo',
  kex: 'curve25519-sha256',
  cipher: 'aes256-gcm@openssh.com',
  mac: '',
  client: {
    version: 'OpenSSH_9.2p1',
    kex: ['sntrup761x25519-sha512@openssh.com', 'curve25519-sha256'],
    ciphers: ['aes256-gcm@openssh.com', 'aes256-ctr'],
    macs: ['hmac-sha2-512-etm@openssh.com'],
    hostKeys: ['ssh-ed25519', 'rsa-sha2-512'],
    publicKeys: ['ssh-ed25519'],
  },
  viaProxy: false,
};

export type ContextParts = {
  readonly files?: Readonly<Record<string, string>>;
  readonly sshd?: Partial<SshdFact>;
  readonly accounts?: readonly AccountFact[];
  readonly nologin?: boolean;
  readonly connection?: Partial<Connection>;
  readonly clientAddress?: string;
  readonly serverAddress?: string;
  readonly readings?: Partial<Context['readings']>;
};

export function contextOf(parts: ContextParts = {}): Context {
  const connection = { ...CONNECTION, ...parts.connection };
  const accounts = parts.accounts ?? [account('root'), account('ana')];
  return {
    target: { name: 'ana@host', kind: connection.transport === 'local' ? 'local' : 'ssh', host: 'host' },
    connection,
    profile: {
      id: 'linux',
      title: 'Linux',
      description: '',
      schema: 1,
      steps: ['sshd'],
      answers: new Map(),
      excludes: new Map(),
    },
    answers: new Map(),
    readings: {
      os: known({
        id: 'debian',
        versionId: '13',
        prettyName: 'Debian 13',
        kernel: '6.12',
        architecture: 'x86_64',
      }),
      init: known({ name: 'systemd', version: 257, state: 'running' }),
      virtualisation: known({ kind: 'kvm', container: false }),
      identity: known({ machineId: 'a'.repeat(32), hostname: 'host' }),
      boot: known({ bootId: 'b', uptimeSeconds: 100, epochSeconds: 1_800_000_000 }),
      who: known({
        user: connection.user,
        clientAddress: parts.clientAddress ?? '198.51.100.9',
        clientPort: 40_000,
        serverAddress: parts.serverAddress ?? '198.51.100.2',
        serverPort: connection.port,
      }),
      accounts: known({ accounts, nologin: parts.nologin ?? false, groups: {} }),
      sshd: known(sshdFact(parts.files ?? { [MAIN]: 'Include /etc/ssh/sshd_config.d/*.conf\n' }, parts.sshd)),
      listeners: known([
        {
          protocol: 'tcp',
          family: 'ipv4',
          address: '0.0.0.0',
          port: 22,
          process: 'sshd',
          pid: 1,
          unit: 'ssh.service',
        },
      ]),
      network: absent,
      docker: absent,
      firewall: absent,
      disk: known([]),
      packages: known({ manager: 'apt', healthy: true, complaint: '', lockHolder: '', installed: [] }),
      sessions: known([]),
      managers: known({ names: [], cloudInitSshPwauth: '' }),
      ownState: absent,
      lockdown: absent,
      tools: known({}),
      fail2ban: absent,
      people: absent,
      nginx: absent,
      caddy: absent,
      certbot: absent,
      postgresql: absent,
      ...parts.readings,
    },
  };
}

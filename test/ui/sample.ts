// A small, complete host to draw and to walk: one step with every kind of question, findings of every result, changes of
// every risk. The texts are ours; `hostile` replaces those that a host could choose.
import type { Context } from '../../src/model/context.ts';
import type { Control, Finding, Proof, Step } from '../../src/model/control.ts';
import { absent, known } from '../../src/model/outcome.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { PlanRequest, Survey } from '../../src/model/session.ts';
import type { Connection } from '../../src/model/target.ts';
import type { TransactionStatus } from '../../src/model/transaction.ts';

export const connection: Connection = {
  transport: 'openssh',
  user: 'ana',
  address: '192.0.2.10',
  port: 22,
  hostKey: 'SHA256:9Gk2mP0xq7Yd4sJtVbLwQeRzUoIhNfC1aT8uX3yZkWM',
  hostKeyType: 'ssh-ed25519',
  method: 'publickey',
  root: 'sudo',
  kex: 'sntrup761x25519-sha512@openssh.com',
  cipher: 'chacha20-poly1305@openssh.com',
  mac: '<implicit>',
  viaProxy: false,
  client: {
    version: 'OpenSSH_9.2p1',
    kex: ['curve25519-sha256'],
    ciphers: [],
    macs: [],
    hostKeys: [],
    publicKeys: [],
  },
};

function control(id: string, title: string, severity: Control['severity'], canChange = true): Control {
  return {
    id,
    title,
    severity,
    why: 'Passwords of every reachable host are guessed around the clock; one weak password is enough.',
    references: ['CIS Debian 12 5.1.20', 'OpenSSH sshd_config(5)'],
    reads: 'the effective configuration of sshd (sshd -T), for every login',
    mayBreak: 'Accounts without a usable key can no longer log in over SSH.',
    judge: () => ({ result: 'fail', evidence: [] }),
    ...(canChange
      ? { remedy: () => [{ kind: 'sshd-option', keyword: 'PasswordAuthentication', values: ['no'] }] }
      : {}),
  };
}

export const step: Step = {
  id: 'sshd',
  title: 'sshd',
  what: 'Only keys, only named people, only strong algorithms. sshd is reloaded, never restarted; open sessions stay.',
  why: 'SSH is the door through which this host is administered, and the first one that strangers try.',
  words: [
    { word: 'sshd', means: 'the program on the host that lets people in over SSH' },
    { word: 'key', means: 'a file of yours that proves who you are' },
  ],
  questions: [
    {
      id: 'sshd.port',
      prompt: 'On which port shall sshd listen?',
      help: 'Another port keeps the log quiet; it is no protection by itself. The old port stays open until the new one is proved.',
      type: 'number',
      risky: false,
      propose: () => ({ value: 22, reason: 'as it is now' }),
      check: (value) =>
        typeof value === 'number' && value >= 1 && value <= 65535
          ? undefined
          : 'A port is a number from 1 to 65535; use 22 or one above 1023.',
    },
    {
      id: 'sshd.allow-users',
      prompt: 'Who may log in?',
      help: 'Only these accounts can open a session over SSH. Do not forget accounts of backups and deployments.',
      type: 'list',
      risky: true,
      propose: () => ({ value: ['ana', 'deploy'], reason: '2 of 3 people who used a key in 30 days' }),
      check: (value) =>
        Array.isArray(value) && value.includes('ana')
          ? undefined
          : 'You are logged in as ana and would be locked out; add ana to the list.',
    },
    {
      id: 'sshd.password-login',
      prompt: 'May people log in with a password?',
      help: 'Passwords are guessed day and night.',
      type: 'boolean',
      risky: true,
      propose: () => ({ value: false, reason: 'a key works for ana, proved just now' }),
    },
    {
      id: 'sshd.crypto',
      prompt: 'Which algorithms may clients use?',
      help: 'balanced: post-quantum first, curve25519 kept.',
      type: 'choice',
      choices: () => [
        { value: 'balanced', label: 'balanced: strong for everybody of the last ten years' },
        { value: 'compat', label: 'compat: older clients too' },
      ],
      risky: false,
      propose: () => ({ value: 'balanced', reason: 'every OpenSSH since 6.5 can speak it' }),
    },
  ],
  controls: [
    control('sshd.password-login', 'No login with a password', 'critical'),
    control('sshd.root-login', 'Root does not log in by itself', 'high'),
    control('sshd.x11', 'No X11 forwarding', 'low'),
    control('sshd.max-auth-tries', 'Few guesses a connection', 'medium'),
    control('sshd.host-keys', 'Host keys are strong and private', 'high', false),
    control('sshd.banner', 'A notice before login', 'low'),
  ],
  views: () => [
    {
      id: 'sshd.logins',
      title: 'Logins',
      about: 'Who logged in over the last thirty days, as the journal of the host tells it.',
      columns: ['Account', 'Keys', 'Last login', 'From', 'Group', 'Shell', 'Home', 'Comment'],
      rows: [
        {
          state: 'good',
          cells: [
            'ana',
            '2',
            'today',
            '192.0.2.10',
            'sudo',
            '/bin/bash',
            '/home/ana',
            'Ana, who administers',
          ],
          notes: [],
        },
        {
          state: 'bad',
          cells: [
            'deploy',
            '1',
            '40 days ago',
            '2001:db8:1:2:3:4:5:6',
            'www',
            '/bin/sh',
            '/srv',
            'Deployments',
          ],
          notes: ['Its key is 1024 bits long, so sshd refuses it.'],
        },
        {
          state: 'unknown',
          cells: ['backup', '', 'not told', '', '', '', '', ''],
          notes: ['wtmp is cut off.'],
        },
        ...Array.from({ length: 30 }, (_, index) => ({
          state: 'neutral' as const,
          cells: [`user${index + 1}`, '0', 'never', '', 'users', '/usr/sbin/nologin', '/nonexistent', ''],
          notes: [],
        })),
      ],
      empty: 'Nobody logged in.',
      legend: { good: 'has a key that works', bad: 'cannot log in any more', unknown: 'could not be told' },
    },
    {
      id: 'sshd.none',
      title: 'Agents',
      about: 'Keys of agents.',
      columns: ['Key'],
      rows: [],
      empty: 'No agent is there.',
      legend: {},
    },
  ],
};

function finding(it: Partial<Finding> & Pick<Finding, 'control' | 'title' | 'severity' | 'result'>): Finding {
  return { step: 'sshd', evidence: [], stricter: false, ...it };
}

export const findings: readonly Finding[] = [
  finding({
    control: 'sshd.password-login',
    title: 'No login with a password',
    severity: 'critical',
    result: 'fail',
    evidence: ['PasswordAuthentication is yes (/etc/ssh/sshd_config.d/50-cloud-init.conf:1)'],
  }),
  finding({
    control: 'sshd.root-login',
    title: 'Root does not log in by itself',
    severity: 'high',
    result: 'fail',
    evidence: ['PermitRootLogin is without-password, by default'],
  }),
  finding({
    control: 'sshd.max-auth-tries',
    title: 'Few guesses a connection',
    severity: 'medium',
    result: 'pass',
    evidence: ['MaxAuthTries is 2'],
    stricter: true,
  }),
  finding({
    control: 'sshd.host-keys',
    title: 'Host keys are strong and private',
    severity: 'high',
    result: 'unknown',
    evidence: ['/etc/ssh/ssh_host_rsa_key could not be read: permission denied'],
  }),
  finding({
    control: 'sshd.x11',
    title: 'No X11 forwarding',
    severity: 'low',
    result: 'pass',
    evidence: ['X11Forwarding is no'],
  }),
  finding({
    control: 'sshd.banner',
    title: 'A notice before login',
    severity: 'low',
    result: 'notapplicable',
  }),
];

export const proofs: readonly Proof[] = [
  {
    id: 'sshd.key-login',
    title: 'A new login as ana with your key reaches root',
    viewpoint: 'fresh-login',
    expect: 'works',
    check: { kind: 'login', user: 'ana', port: 22, root: true },
  },
  {
    id: 'sshd.method.password',
    title: 'sshd refuses password',
    viewpoint: 'outside',
    expect: 'fails',
    check: { kind: 'method', user: 'ana', port: 22, method: 'password' },
  },
  {
    id: 'sshd.effective',
    title: 'sshd says PasswordAuthentication no',
    viewpoint: 'inside',
    expect: 'works',
    check: { kind: 'sshd-effective', keyword: 'passwordauthentication', value: 'no' },
  },
];

export function survey(over: { readonly hostName?: string } = {}): Survey {
  const context: Context = {
    target: { name: 'ana@shop.example.com', kind: 'ssh', host: 'shop.example.com', user: 'ana' },
    connection,
    readings: {
      os: known({
        id: 'debian',
        versionId: '12',
        prettyName: over.hostName ?? 'Debian GNU/Linux 12 (bookworm)',
        kernel: '6.1.0',
        architecture: 'amd64',
      }),
      init: absent,
      virtualisation: absent,
      identity: absent,
      boot: absent,
      who: absent,
      accounts: absent,
      sshd: absent,
      listeners: absent,
      network: absent,
      docker: absent,
      firewall: absent,
      disk: absent,
      packages: absent,
      sessions: absent,
      managers: absent,
      ownState: absent,
      lockdown: absent,
      tools: absent,
      fail2ban: absent,
      people: absent,
      nginx: absent,
      caddy: absent,
      certbot: absent,
      postgresql: absent,
    },
    profile: {
      id: 'linux',
      title: 'Linux server',
      description: '',
      schema: 1,
      steps: ['sshd'],
      answers: new Map(),
      excludes: new Map(),
    },
    answers: new Map(),
  };
  return { context, steps: [step], findings, score: 38 };
}

const BEFORE = 'PasswordAuthentication yes\n';

/** A plan as a session would make it: what is left out is not in it. */
export function plan(request: PlanRequest, lines = 0): Plan {
  const without = request.without ?? new Set();
  const wanted = ['sshd.password-login', 'sshd.root-login'].filter((id) => !without.has(id));
  const text = [
    '# Portcullis: undo with portcullis rollback',
    ...(wanted.includes('sshd.password-login') ? ['PasswordAuthentication no'] : []),
    ...(wanted.includes('sshd.root-login') ? ['PermitRootLogin no'] : []),
    ...Array.from({ length: lines }, (_, index) => `# line ${index + 1}`),
    '',
  ].join('\n');
  const locksOut = request.answers.get('sshd.allow-users');
  const refusals =
    Array.isArray(locksOut) && locksOut.includes('nobody')
      ? [
          {
            guard: 'guard.user-not-allowed',
            message: 'ana would not be allowed to log in any more.',
            remedy: 'Add ana to the people who may log in.',
          },
        ]
      : [];
  const changes: Plan['changes'] =
    wanted.length === 0
      ? []
      : [
          {
            address: 'file:/etc/ssh/sshd_config.d/00-portcullis.conf',
            action: 'create',
            title: '2 options in a drop-in of our own',
            step: 'sshd',
            controls: wanted,
            why: 'The first value wins in this directory, so ours is read first.',
            risk: 'lockout',
            phase: 'expand',
            confidence: 'validated',
            before: null,
            after: text,
            effective: [{ name: 'PasswordAuthentication', before: 'yes', after: 'no' }],
            primitives: [],
          },
          {
            address: 'file:/etc/ssh/sshd_config.d/50-cloud-init.conf',
            action: 'update',
            title: '1 line switched off',
            step: 'sshd',
            controls: wanted,
            why: 'Cloud-init turns passwords on again here.',
            risk: 'lockout',
            phase: 'expand',
            confidence: 'validated',
            before: BEFORE,
            after: '# PasswordAuthentication yes: removed by Portcullis\n',
            effective: [],
            primitives: [],
          },
          {
            address: 'unit:ssh.service',
            action: 'reload',
            title: 'checks the new files and reads them',
            step: 'sshd',
            controls: wanted,
            why: 'sshd reads its files again; open sessions stay.',
            risk: 'service',
            phase: 'expand',
            confidence: 'predicted',
            effective: [],
            primitives: [],
          },
        ];
  return {
    version: 1,
    tool: 'portcullis 0.1.0',
    created: '2026-11-21T23:00:00Z',
    target: { name: 'ana@shop.example.com', hostKey: connection.hostKey, machineId: 'f'.repeat(32) },
    profile: 'linux',
    answers: Object.fromEntries(request.answers),
    findings,
    changes,
    proofs,
    contents: {},
    refusals,
    notes: [],
    score: { now: 38, projected: wanted.length === 0 ? 38 : 96 },
    complete: true,
    applyable: refusals.length === 0 && changes.length > 0,
    digest: 'd'.repeat(64),
  };
}

export function kept(over: Partial<TransactionStatus> = {}): TransactionStatus {
  return {
    id: '20261121T230000Z-4f2a',
    state: 'COMMITTED',
    step: 'sshd',
    run: 'run-1',
    operator: 'ana@laptop',
    begun: 1_795_302_000,
    leaseLeft: null,
    operationsDone: 3,
    operationsTotal: 3,
    log: [],
    exceptions: [],
    ...over,
  };
}

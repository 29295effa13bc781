// One report, one plan, one run, with everything a view has to show: every result, long words, a huge diff, a hostile host.
import { attestable, type Control, type Finding, type Step } from '../../src/model/control.ts';
import type { RunSummary } from '../../src/model/event.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Change } from '../../src/model/resource.ts';
import { type Statement, statementWords } from '../../src/model/statement.ts';
import type { TransactionStatus } from '../../src/model/transaction.ts';
import type { StepView } from '../../src/model/view.ts';
import type { CheckReport } from '../../src/report/check-report.ts';
import type { Said } from '../../src/report/statement-text.ts';
import type { Style } from '../../src/report/style.ts';

export const HOSTILE =
  '\u001b]0;owned\u0007<script>alert(1)</script> \u202egpj | `rm` [x](http://evil) \u009b2J';

export const PLAIN: Style = { color: false, unicode: true, columns: 100 };
export const NARROW: Style = { color: false, unicode: false, columns: 60 };

const WAIVER: Statement = {
  ...{ kind: 'waive', control: 'sshd.root-login', by: 'ana@desk' },
  ...{ at: '2026-11-20T10:00:00.000Z', until: '2027-02-18', expired: false },
  reason: `the backup comes as root ${HOSTILE}`,
};
const ATTESTED: Statement = {
  ...{ kind: 'attest', control: 'sshd.console-tried', by: 'Bo', reason: 'rescue console, by serial line' },
  ...{ at: '2026-11-01T10:00:00.000Z', until: '2027-04-30', expired: false },
};

function control(id: string, severity: Control['severity'], title: string): Control {
  return {
    id,
    title,
    severity,
    why: `Why ${title.toLowerCase()}: because a stranger who guesses must not get in.`,
    references: ['CIS Debian 12 5.1.20', 'OpenSSH sshd_config(5)'],
    reads: 'sshd -T, for every user and address that a Match block names',
    mayBreak: 'Scripts that log in by password stop working.',
    judge: () => ({ result: 'pass', evidence: [] }),
    remedy: () => [],
  };
}

export const sshd: Step = {
  id: 'sshd',
  title: 'SSH server — only keys, only named people',
  what: 'Sets how people log in over SSH.',
  why: 'Passwords are guessed all day long.',
  questions: [],
  controls: [
    control('sshd.root-login', 'critical', 'Root does not log in with a password'),
    control('sshd.password-login', 'critical', 'Nobody logs in with a password'),
    control('sshd.kex', 'high', 'Key exchange resists quantum computers where both ends can'),
    control('sshd.max-auth-tries', 'medium', 'Few tries before the door closes'),
    control('sshd.banner', 'low', 'A banner names no version'),
    control('sshd.log-level', 'low', 'The log names the key that was used'),
    asked('sshd.console-tried', 'The console was tried', 'Did somebody of you log in on the console?'),
    asked('sshd.recovery-card', 'The card is elsewhere too', 'Is the card kept in a second place?'),
  ],
};

function asked(id: string, title: string, question: string): Control {
  return attestable({
    ...{ id, title, question, severity: 'medium', days: 180 },
    why: 'Nobody sees it from the host.',
    references: [],
  });
}

function finding(
  id: string,
  result: Finding['result'],
  evidence: readonly string[],
  stricter = false,
): Finding {
  const it = sshd.controls.find((one) => one.id === id);
  if (it === undefined) throw new Error(`no control ${id}`);
  return { control: id, step: 'sshd', title: it.title, severity: it.severity, result, evidence, stricter };
}

export const report: CheckReport = {
  target: 'root@shop.example.com',
  tool: '0.1.0',
  created: '2026-11-21T22:00:00.000Z',
  profile: 'linux',
  score: 49,
  steps: [sshd, { ...sshd, id: 'empty', controls: [] }],
  findings: [
    finding('sshd.log-level', 'pass', ['LogLevel VERBOSE']),
    finding('sshd.max-auth-tries', 'pass', ['MaxAuthTries 2'], true),
    finding('sshd.kex', 'unknown', ['sshd -T was not readable: permission denied']),
    finding('sshd.password-login', 'fail', [
      'PasswordAuthentication yes (/etc/ssh/sshd_config.d/50-cloud-init.conf:1)',
      `a Match block says: ${HOSTILE}`,
    ]),
    finding('sshd.banner', 'notapplicable', []),
    {
      ...finding('sshd.root-login', 'waived', [statementWords(WAIVER), 'PermitRootLogin yes']),
      statement: WAIVER,
    },
    {
      ...finding('sshd.console-tried', 'attested', [statementWords(ATTESTED)]),
      statement: ATTESTED,
    },
    finding('sshd.recovery-card', 'notchecked', ['Is the card kept in a second place?']),
  ],
  views: [],
};

/** What was said about that host: what holds, what has run out, what is not needed any more, what this profile does not know. */
export const said: Said = {
  ...report,
  statements: [
    WAIVER,
    ATTESTED,
    { ...WAIVER, control: 'sshd.password-login', until: '2026-11-20', expired: true },
    { ...WAIVER, control: 'sshd.log-level' },
    { ...WAIVER, control: 'tls.chain' },
  ],
};

/** A table with every state, a long cell, a note, and what a host may say. */
export const view: StepView = {
  id: 'fail2ban.jails',
  title: 'Jails',
  about: 'Every jail as the running server tells it.',
  columns: ['Jail', 'Ports', 'Banned now', 'Never banned'],
  rows: [
    {
      state: 'bad',
      cells: ['sshd', '22', '2: 203.0.113.9 198.51.100.7', '127.0.0.0/8 ::1 192.0.2.10 2001:db8:1:2::/64'],
      notes: ['Your own address 203.0.113.9 is banned.'],
    },
    { state: 'neutral', cells: [`nginx ${HOSTILE}`, 'http,https', 'nobody', ''], notes: [] },
    { state: 'good', cells: ['recidive', '0:65535', 'nobody', '::1'], notes: [] },
    { state: 'unknown', cells: ['old', '', '', 'not told'], notes: ['The server did not tell.'] },
  ],
  empty: 'There is no jail.',
  legend: { good: 'does what it is for', bad: 'does not', unknown: 'could not be told' },
};

export const viewReport: CheckReport = {
  ...report,
  findings: report.findings.slice(0, 1),
  views: [view, { ...view, id: 'fail2ban.none', title: 'Other jails', rows: [] }],
};

const dropIn: Change = {
  address: 'file:/etc/ssh/sshd_config.d/00-portcullis.conf',
  action: 'create',
  title: 'One drop-in that sshd reads first',
  step: 'sshd',
  controls: ['sshd.password-login', 'sshd.root-login'],
  why: 'the first value sshd reads wins',
  risk: 'lockout',
  phase: 'expand',
  confidence: 'validated',
  before: null,
  after: '# Managed by portcullis.\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n',
  effective: [
    { name: 'PasswordAuthentication', before: 'yes', after: 'no' },
    { name: 'AllowUsers', before: '', after: 'ana deploy' },
  ],
  base: { kind: 'absent' },
  primitives: [
    {
      kind: 'put-file',
      path: '/etc/ssh/sshd_config.d/00-portcullis.conf',
      sha256: 'a'.repeat(64),
      mode: '0600',
      uid: 0,
      gid: 0,
    },
  ],
};

export const packagePlan = (): Plan => ({
  ...plan,
  changes: [
    {
      ...dropIn,
      address: 'package:nftables',
      action: 'install',
      title: '1.1.3-1 by the host’s apt: loads the rules; with 1 package it needs',
      risk: 'none',
      phase: 'packages',
      after: `nftables 1.1.3-1 amd64 76 kB\nlibmnl0 1.0.5-3 amd64 12 kB\n${HOSTILE}\n`,
      effective: [],
      primitives: [],
    },
  ],
});

const reload: Change = {
  address: 'unit:ssh.service',
  action: 'reload',
  title: 'ssh.service reloads; open sessions stay',
  step: 'sshd',
  controls: [],
  why: 'sshd reads its configuration only then',
  risk: 'service',
  phase: 'expand',
  confidence: 'predicted',
  effective: [],
  primitives: [{ kind: 'unit', name: 'ssh.service', verb: 'reload' }],
};

const already: Change = {
  ...reload,
  address: 'sshd:MaxAuthTries',
  action: 'none',
  title: 'MaxAuthTries 2: yours is stricter; kept',
  primitives: [],
};

const longEdit: Change = {
  ...dropIn,
  address: 'file:/etc/ssh/sshd_config',
  action: 'update',
  title: 'Old lines leave the main file',
  phase: 'contract',
  effective: [],
  before: Array.from({ length: 300 }, (_, index) => `Old${index} yes\n`).join(''),
  after: `# ${HOSTILE}\n`,
};

export const plan: Plan = {
  version: 1,
  tool: '0.1.0',
  created: '2026-11-21T22:00:00.000Z',
  target: { name: 'root@shop.example.com', hostKey: 'SHA256:abc', machineId: '0123456789abcdef' },
  profile: 'linux',
  answers: { 'sshd.port': 2222 },
  findings: report.findings,
  changes: [dropIn, reload, already],
  proofs: [
    {
      id: 'sshd.key-login',
      title: 'A key login as ana works',
      viewpoint: 'fresh-login',
      expect: 'works',
      check: { kind: 'login', user: 'ana', port: 22, root: true },
    },
  ],
  contents: { ['a'.repeat(64)]: 'c2VjcmV0' },
  refusals: [],
  notes: ['adds an SSH key for root: SHA256:abc'],
  score: { now: 49, projected: 92 },
  complete: true,
  applyable: true,
  digest: 'd'.repeat(64),
};

export const foldedPlan: Plan = { ...plan, changes: [longEdit] };

export const refusedPlan: Plan = {
  ...plan,
  applyable: false,
  complete: false,
  refusals: [
    {
      guard: 'guard.user-not-allowed',
      message: `Your own user would not be allowed in any more: AllowUsers would hold ana only, and you are ${HOSTILE}.`,
      remedy: 'add your user to sshd.users',
    },
  ],
};

/** Lists that get shorter, longer and another order, asked for by more controls than reasons can be read of. */
export const listPlan: Plan = {
  ...plan,
  changes: [
    {
      ...dropIn,
      why: 'one reason. '.repeat(12),
      controls: ['kex', 'ciphers', 'macs', 'host-keys', 'limits'].map((name) => `sshd.${name}`),
      effective: [
        {
          name: 'KexAlgorithms',
          before: `curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group14-sha256,evil${HOSTILE}`,
          after: 'sntrup761x25519-sha512,curve25519-sha256',
        },
        { name: 'Ciphers', before: 'a,b,c,d', after: 'd,c,b,a' },
        { name: 'Banner', before: 'none', after: '/etc/issue.net' },
      ],
    },
  ],
};

export const emptyPlan: Plan = { ...plan, changes: [already], notes: [], proofs: [], applyable: false };

export const transactions: readonly TransactionStatus[] = [
  {
    id: '20261121-220705-aa',
    state: 'APPLIED',
    step: 'sshd',
    run: 'r2',
    operator: `ana@laptop ${HOSTILE}`,
    begun: 1_795_298_825,
    leaseLeft: 75,
    operationsDone: 3,
    operationsTotal: 3,
    log: ['put /etc/ssh/sshd_config.d/00-portcullis.conf', HOSTILE],
    exceptions: [],
  },
  {
    id: '20261120-101010-bb',
    state: 'ROLLBACK_PARTIAL',
    step: 'sshd',
    run: 'r1',
    operator: 'root',
    begun: 1_795_168_210,
    leaseLeft: null,
    operationsDone: 2,
    operationsTotal: 3,
    log: [],
    exceptions: ['/etc/ssh/sshd_config was edited by somebody else and was left alone'],
    undoes: '20261119-000000-cc',
  },
];

/** The newest transaction at every state it can be in. */
export const everyState: readonly TransactionStatus[] = (
  [
    ['PREPARED', null, undefined],
    ['ARMED', 80, undefined],
    ['APPLYING', 70, undefined],
    ['APPLIED', 60, undefined],
    ['COMMITTED', null, undefined],
    ['ROLLING_BACK', null, undefined],
    ['ROLLED_BACK', null, 'restored 5 of 5'],
    ['ROLLED_BACK', null, 'restored 0 of 0'],
    ['ROLLBACK_PARTIAL', null, 'restored 4 of 5'],
  ] as const
).map(([state, leaseLeft, result]) => ({
  id: '20261121-220705-aa',
  state,
  step: 'sshd',
  run: 'r2',
  operator: 'ana@laptop',
  begun: 1_795_298_825,
  leaseLeft,
  operationsDone: state === 'ARMED' ? 0 : state === 'APPLYING' ? 2 : 5,
  operationsTotal: 5,
  log: [],
  exceptions: state === 'ROLLBACK_PARTIAL' ? ['/etc/ssh/sshd_config was edited by somebody else'] : [],
  ...(result === undefined ? {} : { result }),
}));

/** A host where no control applies. */
export const nothingReport: CheckReport = {
  ...report,
  score: 100,
  findings: report.findings.map((it) => ({ ...it, result: 'notapplicable', evidence: [], stricter: false })),
};

export const summary: RunSummary = {
  outcome: 'committed',
  exitCode: 0,
  transactions: [{ id: '20261121-220705-aa', step: 'sshd', state: 'COMMITTED' }],
  scoreBefore: 49,
  scoreAfter: 92,
  keptStricter: ['MaxAuthTries 2'],
  recoveryCards: ['/home/ana/.local/state/portcullis/cards/shop.txt'],
  repeat: 'portcullis apply root@shop.example.com --set sshd.users=ana,deploy --yes',
  message: 'All 5 proofs hold.',
};

export const undoneSummary: RunSummary = {
  ...summary,
  outcome: 'undone',
  transactions: [
    { id: '20261121-230000-dd', step: 'sshd', state: 'COMMITTED' },
    { id: '20261121-230100-ee', step: 'sshd', state: 'COMMITTED' },
  ],
  scoreBefore: null,
  keptStricter: [],
  repeat: 'portcullis rollback root@shop.example.com --yes',
  message: 'Taken back, proved and kept: the host is as it was before.',
};

/** Two of its three transactions could have cut the operator off. */
export const stagesSummary: RunSummary = {
  ...summary,
  transactions: [
    { id: '20261121-220601-9c', step: 'packages', state: 'COMMITTED' },
    { id: '20261121-220641-7f', step: 'firewall', state: 'COMMITTED' },
    { id: '20261121-220705-aa', step: 'sshd', state: 'COMMITTED' },
  ],
  recoveryCards: [
    '/home/ana/.local/state/portcullis/cards/20261121-220641-7f.txt',
    '/home/ana/.local/state/portcullis/cards/20261121-220705-aa.txt',
  ],
};

export const lockdown = {
  transaction: '20261122-033000-0a1b2c3d',
  level: 'restrict',
  reason: 'key stolen \u001b[2J',
  operator: 'ana@laptop as root',
  since: 1_795_300_000,
  until: null,
  allow: ['192.0.2.7', '2001:db8::/48'],
  ports: [22, 2222],
  loaded: true,
};

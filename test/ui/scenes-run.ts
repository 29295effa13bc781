// A run: its word, what the host does, what is decided, and how it ended.
import type { RunSummary } from '../../src/model/event.ts';
import type { NewSecret } from '../../src/model/session.ts';
import type { TransactionState } from '../../src/model/transaction.ts';
import { Secret } from '../../src/text/secret.ts';
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { kept, proofs } from './sample.ts';
import { JOURNAL, SIDES } from './sample-history.ts';
import { installing, readyWithPackages, told } from './sample-packages.ts';
import type { Scenes } from './scenes-type.ts';

const [first, second, third] = proofs;

function arrived(size: Size): Walk {
  return new Walk({ size }).arrive();
}

function journal(size: Size, first: string, ...more: string[]): Walk {
  const walk = arrived(size);
  walk.press(first);
  walk.happens({ type: 'history-read', transactions: JOURNAL });
  walk.press(...more);
  return walk;
}

const CARDS = '/home/ana/.local/state/portcullis/cards';

const SUMMARY: Omit<RunSummary, 'outcome' | 'message' | 'transactions'> = {
  exitCode: 0,
  scoreBefore: 38,
  scoreAfter: 96,
  keptStricter: ['Few guesses a connection'],
  recoveryCards: [`${CARDS}/20261121-220705-aa.txt`],
  repeat: 'portcullis apply ana@shop.example.com --steps sshd --set sshd.allow-users=ana,deploy --yes',
};

const ended = (id: string, step: string, state: TransactionState = 'COMMITTED') => ({ id, step, state });

function report(size: Size, of: Pick<RunSummary, 'outcome' | 'message'> & Partial<RunSummary>): Walk {
  const walk = arrived(size).deciding();
  const state = of.outcome === 'committed' ? 'COMMITTED' : 'ROLLED_BACK';
  walk.session({ type: 'transaction', id: 't1', step: 'sshd', state, detail: '' });
  const transactions = [ended('20261121-220705-aa', 'sshd')];
  walk.happens({ type: 'finished', summary: { ...SUMMARY, transactions, ...of } });
  return walk;
}

/** Values that nobody has. */
export const madeSecrets = (): readonly NewSecret[] => [
  { name: 'DB_PASSWORD', path: '/srv/app/.env', value: new Secret('sample0sample1sample2sample3samp') },
  { name: 'SESSION_KEY', path: '/srv/app/.env', value: new Secret('0123456789abcdef'.repeat(4)) },
];

const secretsMade = (size: Size): Walk =>
  report(size, {
    ...{ outcome: 'committed', message: 'Applied, proved and kept.', recoveryCards: [], keptStricter: [] },
    transactions: [ended('20261121-220705-aa', 'secrets')],
    newSecrets: madeSecrets().map(({ name }) => name),
    repeat: 'portcullis secrets ana@shop.example.com rotate DB_PASSWORD SESSION_KEY --yes',
  });

export const RUN_SCENES: Scenes = {
  ready: (size) => {
    const walk = arrived(size);
    walk.press('a');
    return walk;
  },
  'ready-packages': readyWithPackages,
  installing: (size) => {
    const walk = installing(size);
    told(walk, 'waiting for the dpkg lock held by unattended-upgr (412), 5 s', true);
    return walk;
  },
  applying: (size) => {
    const walk = arrived(size).applying();
    walk.session({ type: 'progress', id: 't1', done: 2, total: 3, detail: 'ssh.service reloaded' });
    if (first)
      walk.session({
        type: 'proved',
        result: { proof: first, outcome: 'proved', seen: 'key accepted', milliseconds: 412 },
      });
    if (second)
      walk.session({
        type: 'proved',
        result: { proof: second, outcome: 'disproved', seen: 'password is offered', milliseconds: 9 },
      });
    if (third) walk.session({ type: 'proving', proof: third.id, title: third.title });
    return walk;
  },
  lost: (size) => {
    const walk = arrived(size).applying();
    walk.session({ type: 'connection-lost', reason: 'no answer for 15 s' });
    return walk;
  },
  decide: (size) => arrived(size).deciding(),
  'decide-stage': (size) => arrived(size).decidingSecond(),
  'between-stages': (size) => {
    const walk = arrived(size).decidingSecond();
    walk.types('keep');
    walk.press('enter');
    walk.session({ type: 'transaction', id: 't1', step: 'sshd', state: 'COMMITTED', detail: '' });
    walk.session({
      type: 'stage',
      number: 3,
      total: 3,
      name: 'fail2ban',
      next: [],
      proofs: proofs.slice(0, 1),
    });
    return walk;
  },
  leaving: (size) => {
    const walk = arrived(size).deciding();
    walk.press('ctrl-c');
    return walk;
  },
  report: (size) => report(size, { outcome: 'committed', message: 'Applied, proved and kept.' }),
  'report-stages': (size) =>
    report(size, {
      outcome: 'committed',
      message: 'Applied, proved and kept.',
      transactions: [
        ended('20261121-220601-9c', 'packages'),
        ended('20261121-220641-7f', 'firewall'),
        ended('20261121-220705-aa', 'sshd'),
      ],
      recoveryCards: [`${CARDS}/20261121-220641-7f.txt`, `${CARDS}/20261121-220705-aa.txt`],
    }),
  'report-back': (size) =>
    report(size, {
      outcome: 'rolled-back',
      exitCode: 4,
      message: 'Taken back (host restored): sshd refuses password: password is offered',
      transactions: [ended('20261121-220705-aa', 'sshd', 'ROLLED_BACK')],
      scoreAfter: 38,
    }),
  'report-secrets': (size) => secretsMade(size),
  reveal: (size) => {
    const walk = secretsMade(size);
    walk.press('n');
    walk.happens({ type: 'revealed', secrets: madeSecrets() });
    return walk;
  },
  history: (size) => journal(size, 'h', 'down', 'down'),
  'history-empty': (size) => {
    const walk = arrived(size);
    walk.press('h');
    walk.happens({ type: 'history-read', transactions: [] });
    return walk;
  },
  undo: (size) => {
    const walk = journal(size, 'u');
    walk.happens({ type: 'sides-read', sides: SIDES });
    return walk;
  },
  'undo-reading': (size) => journal(size, 'u'),
  'undo-one': (size) => {
    const walk = journal(size, 'h', 'down', 'enter');
    walk.happens({ type: 'sides-read', sides: SIDES.slice(0, 1) });
    walk.press('down', 'down', 'down');
    return walk;
  },
  'undo-dry': (size) => {
    const walk = new Walk({ size, mode: 'dry-run' }).arrive();
    walk.press('h');
    walk.happens({ type: 'history-read', transactions: JOURNAL });
    walk.press('enter');
    walk.happens({ type: 'sides-read', sides: SIDES });
    return walk;
  },
  'undo-nothing': (size) => {
    const walk = arrived(size);
    walk.press('u');
    walk.happens({ type: 'history-read', transactions: [] });
    return walk;
  },
  unfinished: (size) => {
    const walk = arrived(size);
    walk.session({ type: 'unfinished', status: kept({ state: 'ARMED', leaseLeft: 61 }) });
    walk.press('o');
    return walk;
  },
};

// Rules: a jail is shown as the running server tells it, also those that nobody asked for; what the controls judge about the jail
// of sshd is repeated in its row, so that table and findings never disagree.
import type { JailFact } from '../../src/facts/network-values.ts';
import type { Context } from '../../src/model/context.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { holdsAddress } from '../../src/text/network.ts';
import { deadActions } from './action.ts';
import { controls } from './controls.ts';
import { fail2banOf, whileRunning } from './state.ts';

const COLUMNS = ['Jail', 'Ports', 'Banned now', 'Log', 'Bans by', 'First ban', 'After', 'Never banned'];

/** Controls that look at this one jail; the others judge the service or other jails. */
const OF_SSHD = ['sshd-jail', 'operators', 'action'].map((it) => `fail2ban.${it}`);

export function jails(context: Context): StepView {
  const fact = fail2banOf(context);
  const rows = (fact?.jails ?? []).map((jail) => rowOf(jail, context));
  const missing = fact?.answers === true && !fact.jails.some(({ name }) => name === 'sshd');
  return {
    id: 'fail2ban.jails',
    title: 'Jails',
    about:
      'Every jail as the running fail2ban server tells it: what it reads, where it bans, and whom never.',
    columns: COLUMNS,
    rows: missing ? [absent, ...rows] : rows,
    empty: emptyWords(context),
    legend: {
      good: 'reads its log, bans in a firewall that is there, spares the operators',
      bad: 'does not do what it is for',
      unknown: 'could not be told',
      neutral: 'runs; nobody asked for it here',
    },
  };
}

const absent: ViewRow = {
  state: 'bad',
  cells: ['sshd', ...COLUMNS.slice(1).map(() => '–')],
  notes: ['There is no jail for sshd.'],
};

/** Why there is no jail; the words of the controls. */
function emptyWords(context: Context): string {
  const { evidence } = whileRunning(context, () => ({
    result: 'fail',
    evidence: ['it runs without a jail'],
  }));
  return `No jail: ${evidence.join('; ')}. Nobody is banned.`;
}

function rowOf(jail: JailFact, context: Context): ViewRow {
  const { bad, unknown } = jail.name === 'sshd' ? judged(context) : looked(jail, context);
  const own = knownValue(context.readings.who)?.clientAddress;
  const banned = own !== undefined && jail.banned.some((one) => holdsAddress(one, own));
  const worst = [...(banned ? [`Your own address ${own} is banned.`] : []), ...bad];
  const calm = jail.name === 'sshd' ? 'good' : 'neutral';
  return {
    state: worst.length > 0 ? 'bad' : unknown.length > 0 ? 'unknown' : calm,
    cells: cellsOf(jail),
    notes: [...worst, ...unknown],
  };
}

type Said = { readonly bad: readonly string[]; readonly unknown: readonly string[] };

/** What the controls say about the jail of sshd. */
function judged(context: Context): Said {
  const said = controls
    .filter(({ id }) => OF_SSHD.includes(id))
    .map((control) => ({ title: control.title, verdict: control.judge(context) }));
  const words = (result: string, verb: string) =>
    said
      .filter(({ verdict }) => verdict.result === result)
      .map(({ title, verdict }) => `“${title}” ${verb}: ${verdict.evidence.join('; ')}.`);
  return { bad: words('fail', 'fails'), unknown: words('unknown', 'cannot be told') };
}

/** What is plain about any other jail. */
function looked(jail: JailFact, context: Context): Said {
  const dead = deadActions(jail, context);
  return {
    bad: [
      ...(!jail.journal && jail.logPaths.length === 0
        ? ['It reads neither the journal nor a log file.']
        : []),
      ...(Object.keys(jail.actions).length === 0 ? ['It does nothing: it has no action.'] : []),
      ...(dead.length > 0 ? [`It bans nobody: the program of ${dead.join(', ')} is not on this host.`] : []),
    ],
    unknown: [],
  };
}

function cellsOf(jail: JailFact): readonly string[] {
  const ports = [...new Set(Object.values(jail.actions).filter((it) => it !== ''))];
  const { ignored, banned } = jail;
  return [
    jail.name,
    ports.join(', ') || 'none told',
    banned.length === 0 ? 'nobody' : `${banned.length}: ${banned.join(' ')}`,
    jail.journal ? 'journal' : jail.logPaths.join(' ') || 'none',
    Object.keys(jail.actions).join(', ') || 'nothing',
    jail.banTime < 0 ? 'for ever' : `${lasting(jail.banTime)}${jail.increment ? ', growing' : ''}`,
    `${jail.maxRetry} in ${lasting(jail.findTime)}`,
    ignored === null ? 'not told' : ignored.join(' ') || 'nobody',
  ];
}

const UNITS = [
  [604_800, 'w'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** Seconds in the largest unit that tells them exactly. */
function lasting(seconds: number): string {
  const unit = UNITS.find(([length]) => seconds >= length && seconds % length === 0);
  return unit === undefined ? `${seconds} s` : `${seconds / unit[0]} ${unit[1]}`;
}

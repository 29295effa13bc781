// Rules: what is judged is in force in the running server; what is stricter already stays.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { PackageResource } from '../../src/model/resource.ts';
import { networkOf } from '../../src/resources/firewall-policy.ts';
import { coversPort } from '../../src/text/port-range.ts';
import { action } from './action.ts';
import { proofs } from './proofs.ts';
import { banTime, maxRetry, neverBan } from './questions.ts';
import {
  fail2banOf,
  jailOf,
  listAnswer,
  onSshdJail,
  option,
  seconds,
  sshPorts,
  whileRunning,
} from './state.ts';

const READS = 'the running fail2ban server, over its own socket';

const running: Control = {
  id: 'fail2ban.running',
  title: 'fail2ban runs, also after a reboot',
  severity: 'high',
  why: 'On Debian 12 and later it is often installed and dead: its stock jail looks for a log file that is not there.',
  references: ['fail2ban #3292', 'jail.conf(5)'],
  reads: `fail2ban.service; ${READS}`,
  mayBreak: 'Clients that fail to log in again and again are shut out for a while.',
  judge: (context) =>
    whileRunning(context, ({ unit, version, jails }) =>
      unit.enabled === 'enabled'
        ? { result: 'pass', evidence: [`fail2ban ${version} runs with ${jails.length} jail(s)`] }
        : { result: 'fail', evidence: [`it runs, but fail2ban.service is ${unit.enabled}`] },
    ),
  remedy: (context) => [
    option('sshd', 'enabled', 'true'),
    // Debian 12 and later keep the log of sshd in the journal only.
    option('sshd', 'backend', 'systemd'),
    ...packages(context),
    { kind: 'unit', name: 'fail2ban.service', enabled: true, masked: false, active: true },
  ],
  proofs,
};

/** What is missing of fail2ban, of its way to the journal, and of something to ban with. */
function packages(context: Context): readonly PackageResource[] {
  const fact = fail2banOf(context);
  const tools = knownValue(context.readings.tools);
  const wanted = [
    {
      ...{ name: 'fail2ban', purpose: 'bans addresses that guess', brings: 'fail2ban.service' },
      missing: fact?.installed === false,
    },
    { name: 'python3-systemd', purpose: 'lets fail2ban read the journal', missing: fact?.journal === false },
    {
      name: 'nftables',
      purpose: 'carries the bans',
      missing: tools?.nft === false && tools.iptables === false && tools['firewall-cmd'] === false,
    },
  ];
  return wanted.flatMap(({ missing, ...one }) => (missing ? [{ kind: 'package', ...one }] : []));
}

const sshdJail: Control = {
  id: 'fail2ban.sshd-jail',
  title: 'A jail guards the port of sshd',
  severity: 'high',
  why: 'A jail that guards port 22 does nothing once sshd listens elsewhere.',
  references: ['fail2ban #3015', 'CIS Debian 12 v1.1.0 5.1'],
  reads: `${READS}: jail sshd, ports of its actions; the ports of sshd`,
  mayBreak: 'Nothing besides bans on that port.',
  judge: (context) =>
    onSshdJail(context, (jail) => {
      const ranges = Object.values(jail.actions).flatMap((list) => list.split(',').map((one) => one.trim()));
      const open = sshPorts(context).filter((port) => !ranges.some((range) => coversPort(range, port)));
      if (open.length > 0)
        return {
          result: 'fail',
          evidence: [`it guards ${ranges.join(', ') || 'no port'}, not ${open.join(', ')}`],
        };
      if (!jail.journal && jail.logPaths.length === 0)
        return { result: 'fail', evidence: ['it reads neither the journal nor a log file'] };
      return { result: 'pass', evidence: [`it guards ${ranges.join(', ')}`] };
    }),
  remedy: (context) => [
    option('sshd', 'enabled', 'true'),
    option('sshd', 'port', sshPorts(context).join(',')),
    option('sshd', 'backend', 'systemd'),
  ],
  proofs,
};

const exempt: Control = {
  id: 'fail2ban.operators',
  title: 'Operators and peers are never banned',
  severity: 'high',
  why: 'Most people who are banned by fail2ban are its owners.',
  references: ['fail2ban #2633', 'jail.conf(5) ignoreip'],
  reads: `${READS}: ignoreip of jail sshd`,
  mayBreak: 'Whoever holds one of these addresses may guess without end.',
  judge: (context) =>
    onSshdJail(context, ({ ignored }) => {
      if (ignored === null)
        return { result: 'unknown', evidence: ['the server does not tell whom it ignores'] };
      const missing = listAnswer(neverBan, context).filter((one) => !ignored.includes(networkOf(one)));
      return missing.length > 0
        ? { result: 'fail', evidence: [`it could ban ${missing.join(', ')}`] }
        : { result: 'pass', evidence: [`never banned: ${ignored.join(', ') || 'nobody is asked for'}`] };
    }),
  remedy: (context) => {
    const now = jailOf(context, 'sshd')?.ignored ?? [];
    const answer = listAnswer(neverBan, context).map(networkOf);
    const all = [...new Set(['127.0.0.1/8', '::1', ...now, ...answer])];
    return [option('DEFAULT', 'ignoreip', all.filter((one) => one !== '127.0.0.0/8').join(' '))];
  },
  proofs,
};

const strictness: Control = {
  id: 'fail2ban.strictness',
  title: 'Few attempts, and bans that grow',
  severity: 'medium',
  why: 'Ten minutes of ban after five attempts still allow hundreds of attempts a day from each address.',
  references: ['jail.conf(5) maxretry, findtime, bantime.increment'],
  reads: `${READS}: maxretry, findtime, bantime, bantime.increment`,
  mayBreak: 'People who forget their key several times in ten minutes wait.',
  judge: (context) =>
    onSshdJail(context, (jail) => {
      const evidence = [
        `${jail.maxRetry} attempts in ${jail.findTime} s, then ${jail.banTime} s, ${jail.increment ? 'growing' : 'never growing'}`,
      ];
      const length = seconds(String(answerOf(banTime, context)));
      const soft =
        jail.maxRetry > Number(answerOf(maxRetry, context)) || jail.findTime < 600 || !jail.increment;
      const short = jail.banTime >= 0 && jail.banTime < length;
      return soft || short ? { result: 'fail', evidence } : { result: 'pass', evidence };
    }),
  remedy: (context) => strict(context),
  proofs,
};

function strict(context: Context) {
  const find = Math.max(600, jailOf(context, 'sshd')?.findTime ?? 0);
  return [
    option('sshd', 'maxretry', String(answerOf(maxRetry, context))),
    option('sshd', 'findtime', String(find)),
    option('sshd', 'bantime', String(seconds(String(answerOf(banTime, context))))),
    option('DEFAULT', 'bantime.increment', 'true'),
    option('DEFAULT', 'bantime.factor', '2'),
    option('DEFAULT', 'bantime.maxtime', '1w'),
  ];
}

const recidive: Control = {
  id: 'fail2ban.recidive',
  title: 'Who is banned again and again stays out',
  severity: 'low',
  why: 'Patient guessers come back when their ban ends.',
  references: ['jail.conf(5) recidive'],
  reads: `${READS}: jail recidive`,
  mayBreak: 'An address that was banned three times in a day is shut out from every port for a week.',
  judge: (context) =>
    whileRunning(context, () => {
      const jail = jailOf(context, 'recidive');
      return jail === undefined
        ? { result: 'fail', evidence: ['there is no jail "recidive"'] }
        : { result: 'pass', evidence: [`${jail.maxRetry} bans in ${jail.findTime} s: ${jail.banTime} s`] };
    }),
  remedy: () => [
    option('recidive', 'enabled', 'true'),
    // fail2ban writes this log itself, whatever else goes to the journal.
    option('recidive', 'backend', 'auto'),
    option('recidive', 'logpath', '/var/log/fail2ban.log'),
    option('recidive', 'maxretry', '3'),
    option('recidive', 'findtime', '1d'),
    option('recidive', 'bantime', '1w'),
  ],
  proofs,
};

const names: Control = {
  id: 'fail2ban.no-dns',
  title: 'Bans do not depend on names',
  severity: 'low',
  why: 'Whoever runs the name server of an address decides what its name says.',
  references: ['jail.conf(5) usedns'],
  reads: `${READS}: usedns of jail sshd`,
  mayBreak: 'Log lines that hold a name instead of an address are not counted.',
  judge: (context) =>
    onSshdJail(context, ({ useDns }) => ({
      result: useDns === 'no' ? 'pass' : 'fail',
      evidence: [`usedns is ${useDns}`],
    })),
  remedy: () => [option('DEFAULT', 'usedns', 'no')],
  proofs,
};

export const controls: readonly Control[] = [running, sshdJail, exempt, strictness, recidive, action, names];

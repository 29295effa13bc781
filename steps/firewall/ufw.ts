// Rules of these controls: what ufw's files say counts only where the kernel has it; rules of the administrator are told, never changed;
// a file that ufw could not load is named and not touched.
import type { Context } from '../../src/model/context.ts';
import type { Control, Verdict } from '../../src/model/control.ts';
import { admits, intentText } from '../../src/resources/firewall-policy.ts';
import { operatorAt, told, UFW_UNIT } from '../../src/resources/ufw.ts';
import { fatesFrom } from '../../src/resources/ufw-fate.ts';
import { rulesIn, USER_RULES } from '../../src/resources/ufw-files.ts';
import {
  brokenUfw,
  familiesOf,
  followsFile,
  textOf,
  type UfwHost,
  ufwHostOf,
} from '../../src/resources/ufw-host.ts';
import { ufwCandidate } from '../../src/resources/ufw-policy.ts';
import { proofs } from './proofs.ts';
import { byUfw, judged, policy, remedy } from './remedy.ts';

const installed = (context: Context): boolean => ufwHostOf(context) !== undefined;

/** `look` is asked with a host that has ufw; controls here do not apply to others. */
const onUfw = (look: (host: UfwHost, context: Context) => Verdict) =>
  judged((context) => {
    const host = ufwHostOf(context);
    return host === undefined
      ? { result: 'unknown', evidence: ['ufw is not installed'] }
      : look(host, context);
  });

const verdict = (wrong: readonly string[], fine: string): Verdict =>
  wrong.length > 0 ? { result: 'fail', evidence: wrong } : { result: 'pass', evidence: [fine] };

const files: Control = {
  id: 'firewall.ufw-files',
  title: 'What ufw has written is what the kernel has',
  severity: 'high',
  why: 'ufw shows its own notes. When a file is broken or the rules were changed past it, they say one thing and the kernel does another.',
  references: ['ufw(8), ufw-framework(8)'],
  reads:
    '/etc/ufw/user.rules and user6.rules, tried with iptables-restore --test, and the chains that the kernel has',
  mayBreak: 'Nothing is changed: only you know which of the two is meant.',
  applies: installed,
  judge: onUfw((host) => {
    const broken = brokenUfw(host);
    const mend = 'mend it by hand, then run "ufw reload"; until then nothing of ufw is changed here';
    if (broken.length > 0) return { result: 'fail', evidence: [...broken, mend] };
    const off = 'ufw is enabled, but its rules are not in the kernel: "ufw reload" loads them';
    if (!host.ufw.active)
      return verdict(host.ufw.enabled ? [off] : [], 'ufw is off; its files can be loaded');
    const other = familiesOf(host).filter((family) => !followsFile(host, family));
    return verdict(
      other.map(
        (family) => `the kernel has other rules than ${USER_RULES[family]}: "ufw reload" loads the file`,
      ),
      'the rules in the kernel are those of the files',
    );
  }),
};

const bothFamilies: Control = {
  id: 'firewall.ufw-ipv6',
  title: 'ufw filters IPv6 as well',
  severity: 'high',
  why: 'With IPV6=no its rules hold for one half of the network only, and what they open over IPv4 is shut over IPv6.',
  references: ['CIS Debian 12 v1.1.0 4.2'],
  reads: 'IPV6 in /etc/default/ufw, and whether this host has IPv6',
  mayBreak: 'Nothing that the rules themselves do not.',
  applies: (context) => ufwHostOf(context)?.fact.ipv6 === true,
  judge: onUfw((host) =>
    verdict(host.ufw.ipv6 ? [] : ['/etc/default/ufw says IPV6=no, and this host has IPv6'], 'IPV6=yes'),
  ),
  remedy: (context) => (byUfw(context) ? remedy(context) : []),
  proofs,
};

const rules: Control = {
  id: 'firewall.ufw-rules',
  title: 'ufw lets in what was decided',
  severity: 'high',
  why: 'A rule that was added for a day stays for years; one that comes too late is never asked.',
  references: ['NIST SP 800-41r1 4.2'],
  reads: 'the rules of ufw in the kernel, walked as the kernel does for a connection from each source',
  mayBreak: 'Services that are reached from outside and that no rule lets in.',
  applies: byUfw,
  judge: onUfw((host, context) => {
    if (!host.ufw.active) return { result: 'fail', evidence: ['ufw is off'] };
    const intents = policy(context);
    const { user, blocked } = ufwCandidate(host, intents, operatorAt(context));
    const changed = familiesOf(host).some((family) => user[family] !== textOf(host, USER_RULES[family]));
    const wide = intents.filter(
      ({ port, protocol, from }) =>
        from !== 'everyone' &&
        fatesFrom(host, user, { port, protocol }).some(({ fate }) => fate !== 'dropped'),
    );
    return verdict(
      [
        ...(changed ? ['rules for the policy are missing, or there are too many of ours'] : []),
        ...blocked.map(
          ({ intent, by }) => `${intentText(intent)} stays closed: a rule of yours comes first (${by})`,
        ),
        ...wide.map(
          ({ port, protocol }) => `${port}/${protocol} is open to others as well, by a rule of yours`,
        ),
      ],
      `let in: ${intents.map(intentText).join(', ')}; rules of your own stay`,
    );
  }),
  remedy,
  proofs,
};

const atBoot: Control = {
  id: 'firewall.ufw-boot',
  title: 'ufw is on, and comes back at boot',
  severity: 'high',
  why: 'Rules that are not in force protect nothing, and those that live in the kernel alone are gone after the next reboot.',
  references: ['CIS Debian 12 v1.1.0 4.1.3'],
  reads: `ENABLED in /etc/ufw/ufw.conf, ${UFW_UNIT}, and the chains of the kernel`,
  mayBreak: 'Services that are reached from outside and that no rule lets in.',
  applies: byUfw,
  judge: onUfw((host) =>
    verdict(
      [
        ...(host.ufw.enabled ? [] : ['/etc/ufw/ufw.conf says ENABLED=no']),
        ...(host.ufw.active ? [] : ['its rules are not in the kernel']),
        ...(host.fact.units[UFW_UNIT]?.enabled === 'enabled' ? [] : [`${UFW_UNIT} is not enabled`]),
      ],
      `${UFW_UNIT} loads the rules`,
    ),
  ),
  remedy,
  proofs,
};

const unused: Control = {
  id: 'firewall.ufw-unused',
  title: 'No rule of ufw waits for a service that is not there',
  severity: 'low',
  why: 'A hole that nobody uses today is used by whatever listens there tomorrow.',
  references: ['NIST SP 800-41r1 5.2'],
  reads: 'rules of ufw that let somebody in, and what listens on this host',
  mayBreak: 'Nothing is changed: the service may only be stopped. "ufw delete" takes a rule away.',
  applies: (context) => installed(context) && context.readings.listeners.kind === 'known',
  judge: onUfw((host, context) => {
    const { listeners, docker } = context.readings;
    const heard = [
      ...(listeners.kind === 'known' ? listeners.value : []),
      ...(docker.kind === 'known' ? docker.value.published : []),
    ];
    const intents = byUfw(context) ? policy(context) : [];
    const idle = familiesOf(host)
      .flatMap((family) => rulesIn(textOf(host, USER_RULES[family])))
      .filter(({ tuple, purpose }) => {
        const match = /^(?:allow|limit)(?:_log(?:-all)?)? (tcp|udp) (\d+) .* in(?:_\S+)?( |$)/.exec(tuple);
        if (match === null || purpose !== undefined) return false;
        const protocol = match[1] === 'udp' ? 'udp' : 'tcp';
        const port = Number(match[2]);
        const meant = admits(intents, { address: '203.0.113.77', port, protocol });
        return !meant && !heard.some((one) => one.port === port && one.protocol === protocol);
      })
      .map(({ tuple }) => told(tuple));
    return verdict(
      [...new Set(idle)].map((rule) => `${rule}: nothing listens there`),
      'every port that a rule opens is listened at',
    );
  }),
};

export const ufwControls: readonly Control[] = [files, bothFamilies, rules, atBoot, unused];

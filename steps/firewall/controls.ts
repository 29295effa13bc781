// Rules: judged on what the kernel has, never on file text; a firewall of others is judged by what it drops and not moved; what
// closes a port is proved by a fresh login that still works and by a port from outside that does not.
import type { Control } from '../../src/model/control.ts';
import { insideLinks } from '../../src/resources/container-rules.ts';
import { intentText } from '../../src/resources/firewall-policy.ts';
import {
  FIREWALL_FILE,
  FIREWALL_UNIT,
  renderFile,
  renderTable,
  sameTable,
} from '../../src/resources/firewall-table.ts';
import { dockerControls } from './docker.ts';
import { firewallOf, ownersBeside, SSH } from './policy.ts';
import { proofs } from './proofs.ts';
import { acts, judged, ours, policy, remedy } from './remedy.ts';
import { ufwControls } from './ufw.ts';

const NO_NFT = 'nft is not installed yet';

const oneOwner: Control = {
  id: 'firewall.one-owner',
  title: 'At most one firewall writes rules',
  severity: 'high',
  why: 'Two managers overwrite each other at boot and at every reload, and each shows only its own half of what holds.',
  references: ['CIS Debian 12 v1.1.0 4.1.1'],
  reads: 'the tables and chains of the kernel, the switches of ufw, firewalld and nftables.service',
  mayBreak:
    'Nothing is changed: only you know which of them is meant. Switch the other off, then plan again.',
  judge: judged((context) => {
    const owners = firewallOf(context)?.owners ?? [];
    return owners.length > 1
      ? { result: 'fail', evidence: [`${owners.join(' and ')} filter what comes in`] }
      : { result: 'pass', evidence: [owners.length === 0 ? 'nobody filters' : `${owners[0]} alone`] };
  }),
};

const defaultDeny: Control = {
  id: 'firewall.default-deny',
  title: 'What nobody asked for is dropped, over IPv4 and IPv6',
  severity: 'critical',
  why: 'Without it every program that listens is reachable by everybody, also the one that is installed tomorrow.',
  references: ['CIS Debian 12 v1.1.0 4.3', 'NIST SP 800-41r1 4.1'],
  reads: 'the input chains of the kernel (nft list ruleset) and their policies, per family',
  mayBreak: 'Services that are reached from outside and are not on the list.',
  judge: judged((context) => {
    const fact = firewallOf(context);
    const open = [
      ...(fact?.closed.ipv4 ? [] : ['IPv4']),
      ...(fact?.closed.ipv6 || fact?.ipv6 === false ? [] : ['IPv6']),
    ];
    if (open.length === 0)
      return { result: 'pass', evidence: [`${fact?.owners.join(', ')}: input is dropped by default`] };
    const evidence = [`nothing drops by default what comes in over ${open.join(' and ')}`];
    if (ours(context) && fact?.nft === null) evidence.push(NO_NFT);
    if (!acts(context))
      evidence.push(
        `${ownersBeside(context).join(' and ') || 'nobody'} owns the firewall and is not changed`,
      );
    return { result: 'fail', evidence };
  }),
  remedy,
  proofs,
};

const rules: Control = {
  id: 'firewall.rules',
  title: 'The rules in force are the ones that were decided',
  severity: 'high',
  why: 'A rule that was added for a day stays for years; one that was lost closes a service or opens a door.',
  references: ['NIST SP 800-41r1 4.2'],
  reads: 'our own table as the kernel has it',
  mayBreak: 'Services that are reached from outside and are not on the list.',
  applies: ours,
  judge: judged((context) => {
    const own = firewallOf(context)?.own ?? null;
    const intents = policy(context);
    if (own === null) return { result: 'fail', evidence: ['our table is not loaded'] };
    return sameTable(own, renderTable(intents, insideLinks(context)))
      ? { result: 'pass', evidence: [`open: ${intents.map(intentText).join(', ')}`] }
      : { result: 'fail', evidence: ['our table in the kernel holds other rules'] };
  }),
  remedy,
  proofs,
};

const atBoot: Control = {
  id: 'firewall.boot',
  title: 'The same rules are loaded at boot',
  severity: 'high',
  why: 'Rules that live in the kernel alone are gone after the next reboot, which nobody notices.',
  references: ['CIS Debian 12 v1.1.0 4.3'],
  reads: `${FIREWALL_FILE}, compared with the table, and whether ${FIREWALL_UNIT} is enabled`,
  mayBreak: 'Nothing that the rules themselves do not.',
  applies: ours,
  judge: judged((context) => {
    const fact = firewallOf(context);
    const file = fact?.looked.files?.find(({ path }) => path === FIREWALL_FILE)?.text;
    const wrong = [
      ...(file === renderFile(renderTable(policy(context), insideLinks(context)))
        ? []
        : [`${FIREWALL_FILE} holds other rules, or is not there`]),
      ...(fact?.units[FIREWALL_UNIT]?.enabled === 'enabled' ? [] : [`${FIREWALL_UNIT} is not enabled`]),
    ];
    return wrong.length > 0
      ? { result: 'fail', evidence: wrong }
      : { result: 'pass', evidence: [`${FIREWALL_UNIT} loads ${FIREWALL_FILE}`] };
  }),
  remedy,
  proofs,
};

export const controls: readonly Control[] = [
  oneOwner,
  defaultDeny,
  rules,
  atBoot,
  ...ufwControls,
  // SSH's own ways in are those of the host; no container answers there.
  ...dockerControls((context) => policy(context).filter(({ purpose }) => purpose !== SSH), acts),
];

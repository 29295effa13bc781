// Rules: bans go into the firewall that this host has tools for; nft before iptables, because every Debian from 12 on speaks it.
import type { JailFact } from '../../src/facts/network-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { proofs } from './proofs.ts';
import { onSshdJail, option } from './state.ts';

/** Beginning of an action's name → the program it needs. */
const NEEDS: Readonly<Record<string, string>> = {
  nftables: 'nft',
  iptables: 'iptables',
  ufw: 'ufw',
  firewallcmd: 'firewall-cmd',
};

function toolOf(action: string): string | undefined {
  return Object.entries(NEEDS).find(([name]) => action.startsWith(name))?.[1];
}

function has(context: Context, tool: string): boolean | undefined {
  return knownValue(context.readings.tools)?.[tool];
}

/** Actions of a jail whose program this host lacks: they ban nobody. */
export function deadActions(jail: JailFact, context: Context): readonly string[] {
  return Object.keys(jail.actions).filter((name) => {
    const tool = toolOf(name);
    return tool !== undefined && has(context, tool) === false;
  });
}

export const action: Control = {
  id: 'fail2ban.action',
  title: 'Bans go into the firewall that this host has',
  severity: 'high',
  why: 'An action whose program is missing bans nobody, and only the log says so.',
  references: ['fail2ban #3861', 'jail.conf(5) banaction'],
  reads: 'the running fail2ban server: actions of jail sshd; the programs of this host',
  mayBreak: 'Bans of other jails that rely on the default action move to the same firewall.',
  judge: (context) =>
    onSshdJail(context, (jail) => {
      const actions = Object.keys(jail.actions);
      if (actions.length === 0) return { result: 'fail', evidence: ['the jail does nothing'] };
      const dead = deadActions(jail, context);
      return dead.length > 0
        ? { result: 'fail', evidence: [`${dead.join(', ')}: its program is not on this host`] }
        : { result: 'pass', evidence: [`bans by ${actions.join(', ')}`] };
    }),
  remedy: (context) =>
    has(context, 'nft') === false && has(context, 'iptables') === true
      ? [
          option('DEFAULT', 'banaction', 'iptables-multiport'),
          option('DEFAULT', 'banaction_allports', 'iptables-allports'),
        ]
      : [
          option('DEFAULT', 'banaction', 'nftables[type=multiport]'),
          option('DEFAULT', 'banaction_allports', 'nftables[type=allports]'),
        ],
  proofs,
};

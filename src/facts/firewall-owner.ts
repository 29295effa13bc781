// Who owns the firewall. Rules: the kernel decides, files only say what would come at a boot; chains that belong to Docker,
// fail2ban, libvirt and the like filter too but own nothing; two owners are two, never one.
import type { FirewallFact, FirewallOwner } from './network-values.ts';

type Seen = Omit<FirewallFact, 'owners' | 'closed'>;

type Chain = {
  /** "inet filter". */
  readonly table: string;
  readonly name: string;
  /** "input", "forward", …; empty for a chain that is only jumped to. */
  readonly hook: string;
  readonly policy: string;
  readonly rules: readonly string[];
};

/** Chains of an `nft list ruleset` text, in its order. */
function chainsOf(ruleset: string): readonly Chain[] {
  const chains: { table: string; name: string; hook: string; policy: string; rules: string[] }[] = [];
  let table = '';
  let inside = false;
  for (const line of ruleset.split('\n')) {
    const opened = /^table (\S+ \S+) \{/.exec(line);
    if (opened !== null) table = opened[1] ?? '';
    const chain = /^\tchain (\S+) \{/.exec(line);
    if (chain !== null) chains.push({ table, name: chain[1] ?? '', hook: '', policy: 'accept', rules: [] });
    inside = chain !== null || (inside && line !== '\t}');
    const last = chains.at(-1);
    if (!inside || chain !== null || last === undefined) continue;
    const hook = /^\t\ttype \S+ hook (\S+) .*?(?:policy (\w+);)?$/.exec(line);
    if (hook !== null) {
      last.hook = hook[1] ?? '';
      last.policy = hook[2] ?? 'accept';
    } else if (line.trim() !== '') last.rules.push(line.trim());
  }
  return chains;
}

/** Tables and jumps of helpers that filter beside a firewall and are no firewall themselves. */
const HELPERS = /\b(f2b|fail2ban|docker|libvirt|kube|cni|crowdsec|podman|netavark|lxc|lxd|incus)/i;

function filters(chain: Chain): boolean {
  if (chain.hook !== 'input') return false;
  return chain.policy === 'drop' || chain.rules.some((rule) => !HELPERS.test(rule) && !/\bufw6?-/.test(rule));
}

/** Whether some chain drops by default what comes in, by family. */
export function closedFamilies(ruleset: string): FirewallFact['closed'] {
  const drops = chainsOf(ruleset).filter(
    ({ hook, policy, rules }) =>
      hook === 'input' && (policy === 'drop' || /^(counter )?(drop|reject)\b/.test(rules.at(-1) ?? '')),
  );
  const has = (family: string) =>
    drops.some(({ table }) => table.startsWith(`${family} `) || table.startsWith('inet '));
  return { ipv4: has('ip'), ipv6: has('ip6') };
}

/** Every manager whose rules filter what comes in now, or that its own switch says is on. */
export function firewallOwners(seen: Seen): readonly FirewallOwner[] {
  const chains = chainsOf(seen.ruleset).filter(({ table }) => !HELPERS.test(table));
  const compat = (table: string) => /^ip6? filter$/.test(table);
  const active = (unit: string) => seen.units[unit]?.active === 'active';
  const ufw =
    fileText(seen, '/etc/ufw/ufw.conf').match(/^\s*ENABLED\s*=\s*["']?yes/im) !== null ||
    chains.some(({ name }) => /^ufw6?-user-input$/.test(name));
  const firewalld = active('firewalld.service');
  const owners: FirewallOwner[] = [];
  if (seen.own !== null) owners.push('portcullis');
  if (ufw) owners.push('ufw');
  if (firewalld) owners.push('firewalld');
  const foreign = chains.filter(({ table }) => !compat(table) && !/^inet (portcullis|firewalld)/.test(table));
  if (foreign.some(filters)) owners.push('nftables');
  const legacy = seen.legacy.includes('filter') && !seen.tables.some(compat);
  if ((!ufw && chains.some((chain) => compat(chain.table) && filters(chain))) || legacy)
    owners.push('iptables');
  return owners;
}

function fileText(seen: Pick<Seen, 'looked'>, path: string): string {
  return seen.looked.files?.find((file) => file.path === path)?.text ?? '';
}

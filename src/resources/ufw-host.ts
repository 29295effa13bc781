// What a host with ufw is like, and what keeps its rules from being written or loaded. Rules: what the kernel has counts, files are
// compared with it; a file that could not be loaded is not touched.
import type { FirewallFact, UfwFact } from '../facts/network-values.ts';
import type { ConfigFile } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import { chainsOf } from './iptables-rules.ts';
import { brokenFile } from './ufw-broken.ts';
import { type UfwFamily, USER_RULES } from './ufw-files.ts';
import { isExact } from './wanted.ts';

export type UfwHost = { readonly fact: FirewallFact; readonly ufw: UfwFact };

/** A host with ufw that could be read. */
export function ufwHostOf({ readings }: Pick<Context, 'readings'>): UfwHost | undefined {
  if (readings.firewall.kind !== 'known') return undefined;
  const fact = readings.firewall.value;
  return fact.ufw === undefined ? undefined : { fact, ufw: fact.ufw };
}

export function familiesOf({ fact }: UfwHost): readonly UfwFamily[] {
  return fact.ipv6 ? ['ipv4', 'ipv6'] : ['ipv4'];
}

function fileOf({ fact }: UfwHost, path: string): ConfigFile | undefined {
  return fact.looked.files?.find((file) => file.path === path);
}

export function textOf(host: UfwHost, path: string): string {
  return fileOf(host, path)?.text ?? '';
}

/** What keeps ufw's rules from being written, in words with the file; none = they are as ufw writes them. */
export function brokenUfw(host: UfwHost): readonly string[] {
  return familiesOf(host).flatMap((family) => {
    const path = USER_RULES[family];
    const file = fileOf(host, path);
    if (file === undefined) return [`${path} is not there`];
    const refused = host.ufw.refused.find((one) => one.path === path);
    const why =
      (isExact(file) ? brokenFile(file.text, family, host.ufw.kernel[family]) : 'it is not plain text') ??
      (refused === undefined ? undefined : `iptables does not accept it: ${refused.message}`);
    return why === undefined ? [] : [`${path}: ${why}`];
  });
}

/** What a start of ufw would bring besides its own chains, which nothing here could take back; none while it runs already. */
export function startsMore(host: UfwHost): readonly string[] {
  if (host.ufw.active) return [];
  const files = ['before', 'before6', 'after', 'after6'].map((name) => `/etc/ufw/${name}.rules`);
  return [
    ...host.ufw.hooks.map((name) => `/etc/ufw/${name} would run`),
    ...files.flatMap((path) => {
      const lines = textOf(host, path).split('\n');
      const more = lines.find((line) => /^\*(?!filter$)/.test(line) || /^:(?!ufw6?-)/.test(line));
      return more === undefined ? [] : [`${path} would load ${more.split(' ')[0]}`];
    }),
  ];
}

/** Whether the kernel has the user rules that the file says, in its order. */
export function followsFile(host: UfwHost, family: UfwFamily): boolean {
  const chain = family === 'ipv4' ? 'ufw-user-input' : 'ufw6-user-input';
  const said = chainsOf(textOf(host, USER_RULES[family]).split('\n')).rules.get(chain) ?? [];
  const there = chainsOf(host.ufw.kernel[family]).rules.get(chain) ?? [];
  const plain = (rules: typeof said): string =>
    JSON.stringify(
      rules.map(({ target, options }) => [
        target,
        [...options]
          .filter(([option]) => !FORM.has(option))
          .map(([option, value]) => `${option} ${value.replace(/\/(32|128)$/, '')}`)
          .sort(),
      ]),
    );
  return plain(said) === plain(there);
}

/** Options that iptables adds, or writes otherwise than ufw. */
const FORM = new Set(['-m', '--comment', '--reject-with', '--name', '--mask', '--rsource', '--limit']);

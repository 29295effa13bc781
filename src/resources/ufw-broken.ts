// What keeps a file of ufw's rules from being read by ufw or loaded by the kernel. Rules: what ufw itself would write is fine, anything
// else is named with its line and left alone.
import type { UfwFamily } from './ufw-files.ts';

/** What iptables can do with a packet by itself. */
const TARGETS = new Set(
  'ACCEPT DROP RETURN QUEUE REJECT LOG NFLOG ULOG AUDIT MARK CONNMARK SECMARK CONNSECMARK CLASSIFY CT NOTRACK TRACE TEE SET NFQUEUE DNAT SNAT REDIRECT MASQUERADE NETMAP TPROXY TTL HL TOS DSCP ECN TCPMSS TCPOPTSTRIP CHECKSUM SYNPROXY RATEEST HMARK IDLETIMER LED CLUSTERIP DNPT SNPT'.split(
    ' ',
  ),
);

/** The line that jumps to a chain nobody has: trying the file out does not show it, loading it fails. `there`: chains of the kernel. */
function lostJump(lines: readonly string[], there: readonly string[]): string | undefined {
  const chains = new Set([...lines, ...there].flatMap((line) => /^:(\S+) /.exec(line)?.[1] ?? []));
  const index = lines.findIndex((line) => {
    const target = /^-[AI] \S+ (?:.* )?(?:-j|-g|--jump|--goto) (\S+)/.exec(line)?.[1];
    return target !== undefined && !TARGETS.has(target) && !chains.has(target) && !/^ufw6?-/.test(target);
  });
  return index === -1 ? undefined : `line ${index + 1} jumps to a chain that is not there`;
}

/** Why ufw would not read the file as it stands, or not load it beside these lines of the kernel; undefined when it is as ufw writes it. */
export function brokenFile(
  text: string,
  family: UfwFamily,
  kernel: readonly string[] = [],
): string | undefined {
  const lines = text.split('\n');
  const chain = family === 'ipv4' ? 'ufw-user-input' : 'ufw6-user-input';
  const last = lines.findLast((line) => line.trim() !== '');
  if (lines[0] !== '*filter') return 'it does not begin with "*filter"';
  if (last !== 'COMMIT') return 'it does not end with "COMMIT": it is cut off, or something was added';
  if (!lines.some((line) => line.startsWith(`:${chain} `))) return `it does not declare the chain ${chain}`;
  if (!lines.includes('### RULES ###'))
    return 'the line "### RULES ###" is missing, where ufw looks for rules';
  const odd = lines.findIndex((line) => !/^($|#|:ufw6?-\S+ - |-[AI] ufw6?-|\*filter$|COMMIT$)/.test(line));
  return odd === -1 ? lostJump(lines, kernel) : `line ${odd + 1} is nothing that ufw writes`;
}

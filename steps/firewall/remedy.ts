// What every control of this step shares: the policy that was answered, who carries it out, and the resources for it.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Verdict } from '../../src/model/control.ts';
import type { Intent, Resource } from '../../src/model/resource.ts';
import { firewallOf, policyOf } from './policy.ts';
import { backendOf, open, sshFrom } from './questions.ts';

export function policy(context: Context): readonly Intent[] {
  const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  return policyOf(context, {
    sshFrom: list(answerOf(sshFrom, context)),
    open: list(answerOf(open, context)),
  });
}

export const ours = (context: Context): boolean => backendOf(context) === 'portcullis';
export const byUfw = (context: Context): boolean => backendOf(context) === 'ufw';
export const acts = (context: Context): boolean => ours(context) || byUfw(context);

export const remedy = (context: Context): readonly Resource[] => {
  if (!acts(context)) return [];
  const nft: Resource = { kind: 'package', name: 'nftables', purpose: 'loads the rules' };
  const backend = byUfw(context) ? ({ backend: 'ufw' } as const) : {};
  return [
    ...(firewallOf(context)?.nft == null ? [nft] : []),
    { kind: 'firewall', ...backend, intents: policy(context) },
  ];
};

/** `look` is not asked when the firewall could not be read. */
export function judged(look: (context: Context) => Verdict) {
  return (context: Context): Verdict => {
    const { firewall } = context.readings;
    if (firewall.kind === 'known') return look(context);
    return { result: 'unknown', evidence: [firewall.kind === 'unknown' ? firewall.reason : 'nobody looked'] };
  };
}

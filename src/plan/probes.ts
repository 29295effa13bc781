// Rules: sshd is asked for every login that could differ: the operator from where he is, everybody who administers or logged in
// lately, root, somebody unknown, and strangers of both families. Names and addresses that sshd could misread are left out.
import type { Context } from '../model/context.ts';
import { operatorOf } from './operator.ts';

export type Probe = {
  readonly user: string;
  readonly address: string;
  readonly role: 'operator' | 'admin' | 'recent' | 'root' | 'unknown' | 'stranger';
};

/** Addresses reserved for documentation: nobody comes from there. */
const STRANGERS = ['203.0.113.77', '2001:db8::77'];
const NOBODY = 'portcullis-nobody';
const MOST_ACCOUNTS = 16;

export function probesFor(context: Context): readonly Probe[] {
  const operator = operatorOf(context);
  const { accounts, sshd } = context.readings;
  const home = operator?.address ?? STRANGERS[0] ?? '';
  const recent = sshd.kind === 'known' ? sshd.value.recentLogins : [];
  const known = accounts.kind === 'known' ? accounts.value.accounts : [];
  const admins = known.filter((one) => one.sudo !== 'none' && one.sudo !== 'unknown').map((one) => one.name);
  const probes: Probe[] = [
    ...(operator === undefined
      ? []
      : [{ user: operator.user, address: operator.address, role: 'operator' } as const]),
    { user: 'root', address: home, role: 'root' },
    ...admins.slice(0, MOST_ACCOUNTS).map((user): Probe => ({ user, address: home, role: 'admin' })),
    ...recent.slice(0, MOST_ACCOUNTS).map(({ user, address }): Probe => ({ user, address, role: 'recent' })),
    { user: NOBODY, address: home, role: 'unknown' },
    ...STRANGERS.flatMap((address): Probe[] => [
      { user: operator?.user ?? 'root', address, role: 'stranger' },
      { user: NOBODY, address, role: 'stranger' },
    ]),
  ];
  const seen = new Set<string>();
  return probes.filter((probe) => {
    const key = `${probe.user} ${probe.address}`;
    const plain =
      /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(probe.user) && /^[0-9A-Fa-f:.]+$/.test(probe.address);
    if (!plain || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

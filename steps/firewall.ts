// Rules of this step: exactly one owner, and nobody else's tables are touched; the way the operator came by stays open, whatever is
// answered; both families are treated alike; what leaves the host is not limited; what a container publishes is judged elsewhere.
import type { Context } from '../src/model/context.ts';
import type { Step } from '../src/model/control.ts';
import { ufwHostOf } from '../src/resources/ufw-host.ts';
import { ufwWants } from '../src/resources/ufw-wants.ts';
import { controls } from './firewall/controls.ts';
import { questions } from './firewall/questions.ts';
import { realityDoors, realityView } from './firewall/reality.ts';
import { byUfw, ours, policy } from './firewall/remedy.ts';
import { renewalControl } from './firewall/renewals.ts';

/** Where another firewall is only judged, nobody asked what is wanted; under ufw its administrator's rules want, too. */
function decided(context: Context) {
  if (ours(context)) return policy(context);
  const host = byUfw(context) ? ufwHostOf(context) : undefined;
  return host === undefined ? undefined : [...policy(context), ...ufwWants(host, context)];
}

export const firewall: Step = {
  id: 'firewall',
  title: 'Firewall: only what is meant to be reached can be reached',
  what: 'Drops what comes in and was not asked for, over IPv4 and IPv6, but for SSH and the ports you name. The rules are one nftables table of their own, loaded at boot before the network is up, or rules of ufw where the host has it; those of others are left alone.',
  why: 'Every service that listens by accident is open to everybody until somebody closes it. A firewall makes the list of what is open short, and yours.',
  words: [
    { word: 'firewall', means: 'rules in the host that let connections in or drop them' },
    { word: 'port', means: 'a numbered door: 22 is usual for SSH, 443 for https' },
  ],
  questions,
  controls: [...controls, renewalControl(decided)],
  views: (context) => [realityView(decided)(context)],
  doors: realityDoors(decided),
};

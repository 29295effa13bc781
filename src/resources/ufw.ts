// Rules: ufw's files are edited like any other and made to hold by one operation at the end; nothing is ever reset. ufw is switched on
// by the same operation; what its files say besides then holds too, which is shown.
import type { Context } from '../model/context.ts';
import type { Change, FirewallResource } from '../model/resource.ts';
import { diffFile } from './file.ts';
import { bootChange, closingDiff, closingPorts, jumpNotes, policyChange } from './firewall-change.ts';
import { intentText, type PublicPort } from './firewall-policy.ts';
import { fatesFrom } from './ufw-fate.ts';
import { rulesIn, USER_RULES, withAssignment } from './ufw-files.ts';
import { familiesOf, textOf, type UfwHost, ufwHostOf } from './ufw-host.ts';
import { type UfwCandidate, ufwCandidate } from './ufw-policy.ts';
import { mergeDiffs, NO_DIFF, type ResourceDiff, type Wanted } from './wanted.ts';

const CONF = '/etc/ufw/ufw.conf';
const DEFAULTS = '/etc/default/ufw';
export const UFW_UNIT = 'ufw.service';

export function diffUfw(wanted: Wanted<FirewallResource>, context: Context): ResourceDiff {
  const first = diffRules(wanted, context);
  return mergeDiffs([first, closingDiff(wanted, { context, first, diff: diffRules })]);
}

function diffRules(wanted: Wanted<FirewallResource>, context: Context): ResourceDiff {
  const host = ufwHostOf(context);
  if (host === undefined)
    return { ...NO_DIFF, unknown: ['nobody looked at ufw, so what would change there is not known'] };
  const candidate = ufwCandidate(host, wanted.resource.intents, operatorAt(context));
  const file = (path: string, content: string): ResourceDiff =>
    diffFile({ ...wanted, resource: { kind: 'file', path, content } }, context);
  const defaults = file(DEFAULTS, defaultsText(host));
  const files = [
    ...familiesOf(host).map((family) => file(USER_RULES[family], candidate.user[family])),
    defaults,
    file(CONF, host.ufw.enabled ? textOf(host, CONF) : withAssignment(textOf(host, CONF), 'ENABLED', 'yes')),
  ];
  const moves = (diff: ResourceDiff): boolean => diff.changes.some(({ action }) => action !== 'none');
  const whole = !host.ufw.active || moves(defaults);
  const load = !host.ufw.active || files.some(moves);
  return mergeDiffs([
    ...files,
    { ...NO_DIFF, changes: [enableChange(wanted, host)] },
    {
      ...NO_DIFF,
      changes: [loadChange(wanted, { host, candidate, context, scope: whole ? 'whole' : 'rules', load })],
      notes: load ? [...jumpNotes(wanted.resource, context), ...notesOn(host, candidate)] : [],
    },
  ]);
}

/** Where the operator comes from and to; undefined for a local target. */
export function operatorAt({ connection, readings }: Context) {
  if (connection.transport === 'local' || readings.who.kind !== 'known') return undefined;
  const { clientAddress, serverAddress } = readings.who.value;
  return { address: clientAddress, serverAddress };
}

function defaultsText(host: UfwHost): string {
  const now = textOf(host, DEFAULTS);
  const closed = ['drop', 'reject'].includes(host.ufw.inputPolicy)
    ? now
    : withAssignment(now, 'DEFAULT_INPUT_POLICY', '"DROP"');
  return host.ufw.ipv6 || !host.fact.ipv6 ? closed : withAssignment(closed, 'IPV6', 'yes');
}

function enableChange(wanted: Wanted, { fact }: UfwHost): Change {
  return bootChange(wanted, {
    unit: UFW_UNIT,
    enabled: fact.units[UFW_UNIT]?.enabled === 'enabled',
    when: 'loads the rules at boot',
    primitives: [{ kind: 'unit', name: UFW_UNIT, verb: 'enable' }],
  });
}

function loadChange(
  wanted: Wanted<FirewallResource>,
  it: {
    readonly host: UfwHost;
    readonly candidate: UfwCandidate;
    readonly context: Context;
    readonly scope: 'rules' | 'whole';
    readonly load: boolean;
  },
): Change {
  const { host, scope, load } = it;
  const was = host.ufw.active ? 'active' : 'inactive';
  const title = host.ufw.active
    ? 'the kernel gets these rules; yours stay and come first'
    : 'ufw is switched on: everything that no rule lets in is dropped';
  return {
    ...policyChange(wanted),
    address: 'ufw:rules',
    action: load ? 'update' : 'none',
    title: load ? title : 'nothing to do: the kernel has these rules',
    risk: load ? 'lockout' : 'none',
    effective: load ? effectiveOf(wanted.resource, it) : [],
    primitives: load ? [{ kind: 'ufw', scope, was }] : [],
  };
}

/** Ways in that open or close for strangers and for those who are named. */
function effectiveOf(
  resource: FirewallResource,
  it: { readonly host: UfwHost; readonly candidate: UfwCandidate; readonly context: Context },
): Change['effective'] {
  const { host, candidate, context } = it;
  const unfiltered = 'not filtered by ufw';
  const ours = (texts: Readonly<Record<'ipv4' | 'ipv6', string>>): readonly string[] =>
    familiesOf(host).flatMap((family) =>
      rulesIn(texts[family]).flatMap(({ tuple, purpose }) => (purpose === undefined ? [] : [told(tuple)])),
    );
  const user = { ipv4: textOf(host, USER_RULES.ipv4), ipv6: textOf(host, USER_RULES.ipv6) };
  const [before, after] = [[...new Set(ours(user))], [...new Set(ours(candidate.user))]];
  const opened = after.filter((text) => !before.includes(text));
  const closed = before.filter((text) => !after.includes(text));
  const rows = [
    ...opened.map((name) => ({
      name,
      before: host.ufw.active ? 'no rule of ours' : unfiltered,
      after: 'accepted',
    })),
    ...closed.map((name) => ({ name, before: 'accepted', after: 'no rule of ours' })),
  ];
  if (host.ufw.active) return rows;
  const accepted = ({ port, protocol }: PublicPort) =>
    fatesFrom(host, candidate.user, { port, protocol }).some(({ fate }) => fate === 'accepted');
  const closing = closingPorts(resource, context, accepted);
  return [
    { name: 'everything else from outside', before: unfiltered, after: 'dropped' },
    ...rows,
    ...closing.map((name) => ({ name, before: unfiltered, after: 'dropped' })),
  ];
}

/** "allow tcp 443 0.0.0.0/0 any 192.0.2.0/24 in comment=…" as a person would say it. */
export function told(tuple: string): string {
  const [verb = '', protocol = '', ports = '', , , source = ''] = tuple.split(' ');
  const from = /^(0\.0\.0\.0|::)\/0$/.test(source) ? '' : ` from ${source}`;
  const what = ports === 'any' ? (protocol === 'any' ? 'everything' : protocol) : `${ports}/${protocol}`;
  return `${verb.replace(/^route:/, 'route ')} ${what.replace('/any', '')}${from}`;
}

function notesOn(host: UfwHost, { blocked }: UfwCandidate): readonly string[] {
  const theirs = familiesOf(host).flatMap((family) =>
    rulesIn(textOf(host, USER_RULES[family])).flatMap(({ tuple, purpose }) =>
      purpose === undefined ? [told(tuple)] : [],
    ),
  );
  return [
    ...blocked.map(
      ({ intent, by }) => `${intentText(intent)} stays closed: a rule of your own comes first (${by})`,
    ),
    ...(host.ufw.active || theirs.length === 0
      ? []
      : [`rules that stand in ufw already come into force with it: ${[...new Set(theirs)].join(', ')}`]),
    ...(host.ufw.active
      ? []
      : ['ufw drops what is forwarded through this host unless a rule routes it (DEFAULT_FORWARD_POLICY)']),
  ];
}

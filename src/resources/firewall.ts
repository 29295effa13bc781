// Rules: the policy is one table of ours, the file that a boot loads it from, and the unit that does so; all three or none. The
// table is compared with what the kernel has, never with the file. Nobody else's table, file or unit is named here.

import type { FirewallFact } from '../facts/network-values.ts';
import { tableHash } from '../facts/nft-table.ts';
import type { Context } from '../model/context.ts';
import type { Change, FirewallResource } from '../model/resource.ts';
import { insideLinks } from './container-rules.ts';
import { diffFile } from './file.ts';
import { bootChange, closingDiff, closingPorts, jumpNotes, policyChange } from './firewall-change.ts';
import { intentText } from './firewall-policy.ts';
import {
  FIREWALL_FILE,
  FIREWALL_UNIT,
  FIREWALL_UNIT_FILE,
  intentsIn,
  renderFile,
  renderTable,
  sameTable,
  UNIT_TEXT,
} from './firewall-table.ts';
import { mergeDiffs, NO_DIFF, type ResourceDiff, sha256, type Wanted } from './wanted.ts';

export function diffFirewall(wanted: Wanted<FirewallResource>, context: Context): ResourceDiff {
  const first = diffTable(wanted, context);
  return mergeDiffs([first, closingDiff(wanted, { context, first, diff: diffTable })]);
}

function diffTable(wanted: Wanted<FirewallResource>, context: Context): ResourceDiff {
  const { firewall } = context.readings;
  if (firewall.kind !== 'known')
    return {
      ...NO_DIFF,
      unknown: ['nobody looked at the firewall, so what would change there is not known'],
    };
  const table = renderTable(wanted.resource.intents, insideLinks(context));
  const file = (path: string, content: string, mode: string) =>
    diffFile({ ...wanted, resource: { kind: 'file', path, content, mode, uid: 0, gid: 0 } }, context);
  return mergeDiffs([
    file(FIREWALL_FILE, renderFile(table), '0600'),
    file(FIREWALL_UNIT_FILE, UNIT_TEXT, '0644'),
    { ...NO_DIFF, changes: [enableChange(wanted, firewall.value)] },
    tableChange(wanted, {
      fact: firewall.value,
      table,
      closing: closingPorts(wanted.resource, context),
      notes: jumpNotes(wanted.resource, context),
    }),
  ]);
}

function enableChange(wanted: Wanted, fact: FirewallFact): Change {
  return bootChange(wanted, {
    unit: FIREWALL_UNIT,
    enabled: fact.units[FIREWALL_UNIT]?.enabled === 'enabled',
    when: 'loads the rules at boot, before the network is up',
    primitives: [
      { kind: 'unit', name: FIREWALL_UNIT, verb: 'daemon-reload' },
      { kind: 'unit', name: FIREWALL_UNIT, verb: 'enable' },
    ],
  });
}

function tableChange(
  wanted: Wanted<FirewallResource>,
  it: { fact: FirewallFact; table: string; closing: readonly string[]; notes: readonly string[] },
): ResourceDiff {
  const { own } = it.fact;
  const same = own !== null && sameTable(own, it.table);
  const hash = sha256(it.table);
  const change: Change = {
    ...policyChange(wanted),
    address: 'nft-table:inet portcullis',
    action: same ? 'none' : own === null ? 'create' : 'update',
    title: same
      ? 'nothing to do: the kernel has these rules'
      : `${wanted.resource.intents.length === 1 ? '1 way' : `${wanted.resource.intents.length} ways`} in, everything else that nobody asked for is dropped`,
    risk: same ? 'none' : 'lockout',
    effective: same ? [] : effectiveOf(own, { ...wanted.resource, closing: it.closing }),
    before: own,
    after: it.table,
    base: own === null ? { kind: 'absent' } : { kind: 'nft-table', sha256: tableHash(own) },
    primitives: same ? [] : [{ kind: 'nft-table', family: 'inet', name: 'portcullis', sha256: hash }],
  };
  return {
    ...NO_DIFF,
    changes: [change],
    contents: same ? {} : { [hash]: Buffer.from(it.table).toString('base64') },
    notes: same ? [] : it.notes,
  };
}

/** Ways in that open or close; without rules of ours everything was open that nobody else closed. */
function effectiveOf(
  own: string | null,
  { intents, closing }: FirewallResource & { readonly closing: readonly string[] },
): Change['effective'] {
  const before = own === null ? [] : intentsIn(own).map(intentText);
  const after = intents.map(intentText);
  const opened = after.filter((text) => !before.includes(text));
  const closed = before.filter((text) => !after.includes(text));
  return [
    ...(own === null
      ? [{ name: 'everything else from outside', before: 'not filtered by us', after: 'dropped' }]
      : []),
    ...opened.map((name) => ({
      name,
      before: own === null ? 'not filtered by us' : 'dropped',
      after: 'accepted',
    })),
    ...closed.map((name) => ({ name, before: 'accepted', after: 'dropped' })),
    ...(own === null ? closing : []).map((name) => ({
      name,
      before: 'not filtered by us',
      after: 'dropped',
    })),
  ];
}

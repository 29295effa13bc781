// The registry: one line a kind. Options of sshd are planned together, everything else one by one; two that end at the same
// address are joined when they say the same and are a conflict when they do not.

import { caddyEditor, insertCaddy } from '../editors/caddyfile.ts';
import { insertNginx, nginxEditor } from '../editors/nginx.ts';
import type { Context } from '../model/context.ts';
import { UserError } from '../model/errors.ts';
import type { CaddyEditResource, NginxEditResource, Resource } from '../model/resource.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { diffAccounts } from './account.ts';
import { diffAuthorizedKeys } from './authorized-key.ts';
import { diffCertificates } from './certificate.ts';
import { diffContainerPolicy } from './container-policy.ts';
import { diffDatabaseRights } from './database-right.ts';
import { diffDirectiveEdits, type EditedServer } from './directive-edit.ts';
import { diffFile } from './file.ts';
import { diffFirewall } from './firewall.ts';
import { diffHbaRules } from './hba-rule.ts';
import { diffIniOptions } from './ini-option.ts';
import { joinFiles } from './join-files.ts';
import { diffPackages } from './package.ts';
import { diffSecrets } from './secret.ts';
import { diffSshdOptions } from './sshd-option.ts';
import { settleSshdOptions } from './sshd-wanted.ts';
import { diffUfw } from './ufw.ts';
import { diffUnit } from './unit.ts';
import { mergeDiffs, type ResourceDiff, type Wanted } from './wanted.ts';

type Kind = Resource['kind'];
type Of<K extends Kind> = Wanted<Extract<Resource, { kind: K }>>;

const NGINX: EditedServer = {
  ...{ name: 'nginx', unit: 'nginx.service', checker: 'nginx' },
  ...{ editor: nginxEditor, insert: insertNginx },
};
const CADDY: EditedServer = {
  ...{ name: 'Caddy', unit: 'caddy.service', checker: 'caddy' },
  ...{ editor: caddyEditor, insert: insertCaddy },
};

const DIFFS: { readonly [K in Kind]: (wanted: readonly Of<K>[], context: Context) => ResourceDiff } = {
  account: diffAccounts,
  'authorized-key': diffAuthorizedKeys,
  certificate: diffCertificates,
  'container-policy': diffContainerPolicy,
  file: (wanted, context) => mergeDiffs(wanted.map((one) => diffFile(one, context))),
  package: diffPackages,
  firewall: (wanted, context) =>
    mergeDiffs(
      wanted.map((one) =>
        one.resource.backend === 'ufw' ? diffUfw(one, context) : diffFirewall(one, context),
      ),
    ),
  'database-right': diffDatabaseRights,
  'hba-rule': diffHbaRules,
  'ini-option': diffIniOptions,
  'nginx-edit': (wanted, context) => diffDirectiveEdits(wanted, { context, server: NGINX }),
  'caddy-edit': (wanted, context) => diffDirectiveEdits(wanted, { context, server: CADDY }),
  secret: diffSecrets,
  'sshd-option': diffSshdOptions,
  unit: (wanted, context) => mergeDiffs(wanted.map((one) => diffUnit(one, context))),
};

/** Packages before what needs them, keys before options that may close other ways in, units last. */
const ORDER: readonly Kind[] = [
  'package',
  'account',
  'authorized-key',
  'certificate',
  'file',
  'firewall',
  'container-policy',
  'sshd-option',
  'ini-option',
  'nginx-edit',
  'caddy-edit',
  'hba-rule',
  'database-right',
  'secret',
  'unit',
];

/**
 * What has to change so that everything wanted is so. Changes come in the order in which they must happen within a stage.
 * Throws UserError (exit 64) that lists every conflict and every resource that cannot be.
 */
export function diffResources(asked: readonly Wanted[], context: Context): ResourceDiff {
  const wanted = settleSshdOptions(asked);
  const problems: string[] = conflictsIn(wanted);
  const diffs = ORDER.map((kind) => {
    try {
      return diffKind(kind, unique(wanted), context);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(sanitizeLine(error.message, 300));
      return undefined;
    }
  });
  if (problems.length > 0) {
    throw new UserError(problems.join('; '), {
      hints: ['change the answers that lead to it, or leave the step out'],
    });
  }
  const whole = mergeDiffs(diffs.filter((diff) => diff !== undefined));
  return { ...whole, changes: joinFiles(whole.changes) };
}

function diffKind<K extends Kind>(kind: K, wanted: readonly Wanted[], context: Context): ResourceDiff {
  return DIFFS[kind](
    wanted.filter((one): one is Of<K> => one.resource.kind === kind),
    context,
  );
}

/** Two controls may ask for the same thing; it is done once. */
function unique(wanted: readonly Wanted[]): readonly Wanted[] {
  const seen = new Map<string, Wanted>();
  for (const one of wanted) {
    const key = JSON.stringify([one.step, one.resource]);
    if (!seen.has(key) || one.resource.kind === 'sshd-option')
      seen.set(`${key}${seen.has(key) ? one.control : ''}`, one);
  }
  return [...seen.values()];
}

function conflictsIn(wanted: readonly Wanted[]): string[] {
  const byAddress = new Map<string, Wanted>();
  const problems: string[] = [];
  for (const one of wanted) {
    const address = addressOf(one.resource);
    const other = byAddress.get(address);
    byAddress.set(address, one);
    // Many may want one package.
    if (one.resource.kind === 'package') continue;
    if (other === undefined || JSON.stringify(other.resource) === JSON.stringify(one.resource)) continue;
    if (
      one.resource.kind === 'sshd-option' &&
      other.step === one.step &&
      sameValues(one.resource, other.resource)
    )
      continue;
    const who = other.step === one.step ? [other.control, one.control] : [other.step, one.step];
    problems.push(
      `conflict: "${who[0]}" and "${who[1]}" both write ${sanitizeLine(address.replace(/^[a-z-]+:/, ''), 120)}`,
    );
  }
  return problems;
}

function sameValues(one: Resource, other: Resource): boolean {
  return (
    one.kind === 'sshd-option' &&
    other.kind === 'sshd-option' &&
    JSON.stringify(one.values) === JSON.stringify(other.values)
  );
}

function addressOf(resource: Resource): string {
  switch (resource.kind) {
    case 'file':
      return `file:${resource.path}`;
    case 'ini-option':
      return `ini-option:${resource.path}:${resource.section}:${resource.key}`;
    case 'nginx-edit':
    case 'caddy-edit':
      return `${resource.kind}:${JSON.stringify([resource.file, resource.block, editName(resource)])}`;
    case 'database-right':
      return `database-right:${resource.port}:${resource.database}:${resource.what}:${resource.role ?? ''}`;
    case 'hba-rule':
      return `hba-rule:${resource.file}:${resource.line}:${resource.edit.do === 'set' ? resource.edit.part : resource.edit.do}`;
    case 'secret':
      return `secret:${resource.path}:${resource.fill?.name ?? ''}:${resource.drop?.name ?? ''}`;
    case 'unit':
      return `unit:${resource.name}`;
    case 'package':
      return `package:${resource.name}`;
    case 'certificate':
      return `certificate:${resource.name}`;
    case 'container-policy':
      return 'container-policy:docker';
    case 'account':
      return `account:${resource.name}:${resource.phase ?? 'expand'}:${resource.closePassword === true ? 'password' : 'rights'}`;
    case 'authorized-key':
      return `authorized-key:${resource.user}:${resource.line}`;
    case 'firewall':
      return 'nft-table:inet portcullis';
    case 'sshd-option':
      return `sshd-option:${resource.keyword.toLowerCase()}:${resource.phase ?? 'expand'}`;
  }
}

/** What an edit is about: two of different words about one directive contradict each other. */
function editName({ edit }: NginxEditResource | CaddyEditResource): readonly unknown[] {
  if (edit.do === 'add') return [edit.do, edit.directive];
  return edit.do === 'set'
    ? [edit.do, edit.name, edit.args.slice(0, edit.kept)]
    : [edit.do, edit.name, edit.args];
}

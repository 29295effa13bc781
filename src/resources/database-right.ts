// Rules: each right is a change of its own, put back by its opposite; services that are named restart after it, and come back as
// proof. Names that need quotes are told and not touched.
import type { Context } from '../model/context.ts';
import type { Change, DatabaseRightResource, Primitive } from '../model/resource.ts';
import { NO_DIFF, type ResourceDiff, type Wanted } from './wanted.ts';

/** Names that the host's engine takes. */
export function isPlainName(name: string): boolean {
  return /^[a-z_][a-z0-9_]{0,62}$/.test(name);
}

export function diffDatabaseRights(
  wanted: readonly Wanted<DatabaseRightResource>[],
  _context: Context,
): ResourceDiff {
  const changes = wanted.map(({ resource, step, control, why }): Change => {
    const { services: named, kind: _kind, ...right } = resource;
    const services = [...new Set(named.map(({ unit }) => unit))];
    const [before, after] = resource.to ? ['no', 'yes'] : ['yes', 'no'];
    const words = [rightWords(resource), ...services.map((name) => `${name} restarts`)];
    return {
      address: `database:${resource.database}:${resource.what}:${resource.role ?? 'everybody'}`,
      action: resource.what === 'read' || resource.what === 'write' ? 'create' : 'update',
      title: words.join('; '),
      ...{ step, controls: [control], why },
      risk: 'service',
      phase: 'expand',
      confidence: 'predicted',
      effective: [{ name: rightName(resource), before, after }],
      primitives: [
        { kind: 'postgres-right', ...right },
        ...services.map((name): Primitive => ({ kind: 'unit', name, verb: 'restart' })),
      ],
    };
  });
  return { ...NO_DIFF, changes };
}

function rightName({ what, role, database }: DatabaseRightResource): string {
  if (what === 'connect') return `everybody enters ${database}`;
  if (what === 'temporary') return `everybody makes temporary tables in ${database}`;
  if (what === 'create') return `everybody creates in the schema public of ${database}`;
  return what === 'read' || what === 'write' ? `role ${role} of ${database}` : `${role} ${what}`;
}

function rightWords(resource: DatabaseRightResource): string {
  const { what, role, database, to } = resource;
  if (what === 'read') return `the role ${role} reads in ${database}; nobody logs in as it`;
  if (what === 'write') return `the role ${role} reads and writes rows in ${database}; nobody logs in as it`;
  const name = role ?? 'everybody';
  const right = {
    connect: `enter ${database}`,
    temporary: `make temporary tables in ${database}`,
    create: `create in the schema public of ${database}`,
  };
  if (what === 'connect' || what === 'temporary' || what === 'create')
    return `${name} may ${to ? '' : 'not '}${right[what]}${to ? '' : ' any more'}`;
  return `${name} is ${to ? '' : 'not '}${what}${to ? '' : ' any more'}`;
}

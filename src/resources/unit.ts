// Rules: a unit is compared by what systemd says of it; only what differs is done, enabling before starting and stopping
// before disabling. Units nobody looked at are not known, never assumed.
import type { Context } from '../model/context.ts';
import type { Primitive, UnitResource, UnitVerb } from '../model/resource.ts';
import { sshdOf } from './sshd.ts';
import { lookedOf, NO_DIFF, type ResourceDiff, type Wanted } from './wanted.ts';

export function diffUnit(wanted: Wanted<UnitResource>, context: Context): ResourceDiff {
  const { resource } = wanted;
  const now = stateOf(resource.name, context);
  if (now === undefined) {
    return { ...NO_DIFF, unknown: [`nobody looked at the unit ${resource.name}`] };
  }
  const verbs: UnitVerb[] = [];
  if (resource.masked === false && now.enabled === 'masked') verbs.push('unmask');
  if (resource.enabled === true && now.enabled !== 'enabled') verbs.push('enable');
  if (resource.active === true && now.active !== 'active') verbs.push('start');
  if (resource.active === false && now.active === 'active') verbs.push('stop');
  if (resource.enabled === false && now.enabled === 'enabled') verbs.push('disable');
  if (resource.masked === true && now.enabled !== 'masked') verbs.push('mask');
  if (resource.reload === true && now.active === 'active') verbs.push('reload');
  const access = /^sshd?(@.*)?\.(service|socket)$/.test(resource.name);
  const primitives = verbs.map((verb): Primitive => ({ kind: 'unit', name: resource.name, verb }));
  const action = verbs.includes('stop')
    ? 'stop'
    : verbs.includes('start')
      ? 'start'
      : verbs.includes('reload')
        ? 'reload'
        : 'update';
  return {
    ...NO_DIFF,
    changes: [
      {
        address: `unit:${resource.name}`,
        action: verbs.length === 0 ? 'none' : action,
        title: verbs.length === 0 ? `nothing to do: ${now.enabled}, ${now.active}` : verbs.join(', '),
        step: wanted.step,
        controls: [wanted.control],
        why: wanted.why,
        risk: verbs.length === 0 ? 'none' : access ? 'lockout' : 'service',
        phase: 'expand',
        confidence: 'predicted',
        effective: [],
        base: { kind: 'unit', name: resource.name, ...now },
        primitives,
      },
    ],
  };
}

function stateOf(name: string, context: Context): { enabled: string; active: string } | undefined {
  for (const { units } of lookedOf(context)) {
    const found = units?.[name];
    if (found !== undefined) return found;
  }
  const sshd = sshdOf(context);
  if (sshd === undefined) return undefined;
  if (name === sshd.unit.name) return { enabled: sshd.unit.enabled, active: sshd.unit.active };
  if (name !== sshd.socket.unit) return undefined;
  return {
    enabled: sshd.socket.enabled ? 'enabled' : 'disabled',
    active: sshd.socket.active ? 'active' : 'inactive',
  };
}

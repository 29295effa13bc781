// Rules: a package that is installed is left as it is, whatever its version; one that is missing is a change of the phase
// "packages", once for all who want it. What comes with it, only apt on the host can say (src/plan/package-set.ts).
import type { Context } from '../model/context.ts';
import type { Change, PackageResource } from '../model/resource.ts';
import { NO_DIFF, type ResourceDiff, type Wanted } from './wanted.ts';

const NAME = /^[a-z0-9][a-z0-9+.-]+$/;

export function diffPackages(wanted: readonly Wanted<PackageResource>[], context: Context): ResourceDiff {
  const strange = wanted.find(({ resource }) => !NAME.test(resource.name));
  if (strange !== undefined) throw new RangeError(`${strange.resource.name}: not the name of a package`);
  if (wanted.length === 0) return NO_DIFF;
  const { packages } = context.readings;
  const names = [...new Set(wanted.map(({ resource }) => resource.name))];
  const cannot = (why: string): ResourceDiff => ({ ...NO_DIFF, unknown: [why] });
  if (packages.kind !== 'known') return cannot(`whether ${names.join(', ')} is installed`);
  if (packages.value.manager !== 'apt') {
    return cannot(
      `${names.join(', ')}: this host has no apt, so install by hand what is missing, or leave the step out with --steps`,
    );
  }
  const installed = new Set(packages.value.installed);
  const changes = names.map((name) =>
    changeFor(
      name,
      wanted.filter(({ resource }) => resource.name === name),
      installed.has(name),
    ),
  );
  const missing = changes.some((change) => change.action !== 'none');
  const { lockHolder } = packages.value;
  const busy = `${lockHolder} holds the package manager now: applying waits for it`;
  return { ...NO_DIFF, changes, notes: missing && lockHolder !== '' ? [busy] : [] };
}

/** A package that starts something by itself says so; the engine keeps it from starting. */
function bringing(wanted: readonly Wanted<PackageResource>[]): string {
  const units = [...new Set(wanted.flatMap(({ resource }) => resource.brings ?? []))];
  return units.length === 0 ? '' : `; brings ${units.join(', ')}, started once configured`;
}

function changeFor(name: string, wanted: readonly Wanted<PackageResource>[], there: boolean): Change {
  const purposes = [...new Set(wanted.map(({ resource }) => resource.purpose))];
  return {
    address: `package:${name}`,
    action: there ? 'none' : 'install',
    title: there
      ? 'nothing to do: installed'
      : `by the host’s apt: ${purposes.join('; ')}${bringing(wanted)}`,
    step: wanted[0]?.step ?? '',
    controls: [...new Set(wanted.map(({ control }) => control))],
    why: [...new Set(wanted.map(({ why }) => why))].join(' '),
    risk: 'none',
    phase: 'packages',
    confidence: 'predicted',
    ...(there ? {} : { before: null, after: `${name}\n` }),
    effective: [],
    primitives: there ? [] : [{ kind: 'packages', install: [name], set: [], kibibytes: 0 }],
  };
}

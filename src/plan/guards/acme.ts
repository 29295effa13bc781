// Rules: an authority is not asked where it is certain to fail: it counts failures, and after a few it answers nobody for an hour. What hinders it
// is worked out in src/resources/acme-preflight.ts; here it becomes a refusal.
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import { preflight } from '../../resources/acme-preflight.ts';
import { shutByPolicy } from '../../resources/over-port-80.ts';
import type { Wanted } from '../../resources/wanted.ts';
import { sanitizeLine } from '../../text/sanitize.ts';

export function acmeRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const opens = wanted.some(
    ({ resource }) =>
      resource.kind === 'firewall' &&
      resource.backend !== 'ufw' &&
      shutByPolicy(resource.intents, context).length === 0,
  );
  const found = wanted.flatMap(({ resource }) =>
    resource.kind === 'certificate' ? preflight(resource, context, { opens }).hindrances : [],
  );
  return [
    ...new Map(
      found.map(({ message, remedy }) => [
        message,
        { guard: 'guard.acme', message: sanitizeLine(message, 500), remedy: sanitizeLine(remedy, 500) },
      ]),
    ).values(),
  ];
}

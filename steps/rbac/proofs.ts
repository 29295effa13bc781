// Claims of this room. Rules: the operator's own way to root is proved over a fresh login after every change.
import type { Context } from '../../src/model/context.ts';
import type { Proof } from '../../src/model/control.ts';

/** The operator logs in anew and reaches root as he does now. */
export function keepsSudo({ connection }: Context): readonly Proof[] {
  if (connection.transport === 'local' || connection.root === 'none') return [];
  return [
    {
      id: 'rbac.operator',
      title: `${connection.user} logs in on port ${connection.port} and reaches root`,
      viewpoint: 'fresh-login',
      expect: 'works',
      check: { kind: 'login', user: connection.user, port: connection.port, root: true },
    },
  ];
}

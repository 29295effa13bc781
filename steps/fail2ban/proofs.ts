import type { Context } from '../../src/model/context.ts';
import type { Proof } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { sshPorts } from './state.ts';

/** The jail guards the right ports and exempts the operator; a ban really reaches the kernel, and goes again. */
export function proofs(context: Context): readonly Proof[] {
  const own = knownValue(context.readings.who)?.clientAddress;
  return [
    {
      id: 'fail2ban.jail',
      title: `Jail sshd guards port ${sshPorts(context).join(', ')}${own === undefined ? '' : `, and never bans ${own}`}`,
      viewpoint: 'inside',
      expect: 'works',
      check: {
        kind: 'jail',
        jail: 'sshd',
        ports: sshPorts(context),
        ignores: own === undefined ? [] : [own],
      },
    },
    {
      id: 'fail2ban.ban',
      title: 'A ban reaches the kernel, and can be lifted',
      viewpoint: 'inside',
      expect: 'works',
      check: { kind: 'ban', jail: 'sshd' },
    },
  ];
}

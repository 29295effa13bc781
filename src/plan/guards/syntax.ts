// sshd's own check comes first: what it refuses would never be reloaded, and after a restart there would be no listener at all.
import { sanitizeLine } from '../../text/sanitize.ts';
import type { Guard } from './guard.ts';

export const syntaxGuard: Guard = {
  id: 'guard.syntax',
  refuse({ stage, context }) {
    if (stage.test.code === 0) return [];
    const { sshd } = context.readings;
    const broken = sshd.kind === 'known' && sshd.value.test.code !== 0;
    return [
      {
        guard: 'guard.syntax',
        message: `sshd would refuse the configuration: ${sanitizeLine(stage.test.message, 300)}`,
        remedy: broken
          ? 'the files are broken already, before any change: put them right, then plan again'
          : 'change the answer that leads to this line',
      },
    ];
  },
};

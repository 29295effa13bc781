// A journal with everything in it: a run of two that stands, one that was undone, one that was taken back; and what became of the first.
import type { Side, TransactionSides } from '../../src/model/three-way.ts';
import type { TransactionStatus } from '../../src/model/transaction.ts';
import { kept } from './sample.ts';

const at = (id: string, minutes: number) => ({ id, begun: 1_795_302_000 + minutes * 60 });

/** Newest first, as a session gives it. */
export const JOURNAL: readonly TransactionStatus[] = [
  kept({ ...at('20261121-233002-5c1f09aa', 30), run: 'third' }),
  kept({ ...at('20261121-232951-0b7d22e1', 29), run: 'third', step: 'firewall' }),
  kept({
    ...at('20261121-231200-77aa0c4d', 12),
    ...{ run: 'undo', step: 'fail2ban', undoes: '20261121-230500-19e0f3b2' },
  }),
  kept({ ...at('20261121-230500-19e0f3b2', 5), run: 'second', step: 'fail2ban', undone: true }),
  kept({
    ...at('20261121-230000-4f2ab901', 0),
    ...{ run: 'first', state: 'ROLLED_BACK', result: 'restored 3 of 3', operationsDone: 2 },
  }),
];

const file = (text: string | null, mode = '0644'): Side => ({
  ...{ kind: 'file', mode, uid: 0, gid: 0 },
  ...{ bytes: text === null ? 214 : text.length, text },
});

const DROP_IN = 'PasswordAuthentication no\nPermitRootLogin prohibit-password\nMaxAuthTries 4\n';

/** Of the first run; the drop-in was edited by hand since. */
export const SIDES: readonly TransactionSides[] = [
  {
    id: '20261121-233002-5c1f09aa',
    objects: [
      {
        ...{ path: '/etc/ssh/sshd_config.d/00-portcullis.conf', fate: 'left', later: null, shown: true },
        ...{ before: { kind: 'absent' }, ours: file(DROP_IN), now: file(`${DROP_IN}MaxStartups 7\n`) },
      },
      {
        ...{ path: '/etc/ssh/sshd_config', fate: 'restore', later: null, shown: true },
        before: file('Port 22\nPasswordAuthentication yes\nUsePAM yes\n'),
        ours: file('Port 22\n# PasswordAuthentication yes\nUsePAM yes\n'),
        now: file('Port 22\n# PasswordAuthentication yes\nUsePAM yes\n'),
      },
      {
        ...{ path: '/srv/shop/.env', fate: 'restore', later: null, shown: false },
        ...{ before: file(null, '0600'), ours: file(null, '0600'), now: file(null, '0600') },
      },
    ],
    would: ['restore /etc/ssh/sshd_config', 'restore /srv/shop/.env', 'reload ssh.service'],
    left: ['/etc/ssh/sshd_config.d/00-portcullis.conf was changed by someone else since: left as it is'],
  },
  {
    id: '20261121-232951-0b7d22e1',
    objects: [
      {
        ...{ path: '/etc/portcullis/firewall.nft', fate: 'remove', later: null, shown: true },
        ...{ before: { kind: 'absent' }, ours: file('table inet portcullis {\n}\n') },
        now: file('table inet portcullis {\n}\n'),
      },
    ],
    would: ['remove /etc/portcullis/firewall.nft', 'remove the nft table inet portcullis'],
    left: [],
  },
];

/** What a host says of one transaction that nobody touched since. */
export function sides(id: string): readonly TransactionSides[] {
  return [{ id, objects: [], would: ['restore /etc/ssh/sshd_config'], left: [] }];
}

// Until the host was read: which machine, the connection and what it asks, and why it failed.
import type { TransportQuestion } from '../../src/model/target.ts';
import type { Size } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { connection } from './sample.ts';
import { asking } from './sample-target.ts';
import type { Scenes } from './scenes-type.ts';

/** The way to the host is being made. */
function connecting(size: Size): Walk {
  const walk = new Walk({ size });
  const host = 'shop.example.com';
  walk.session({ type: 'connecting', host, detail: 'Connection opened to 192.0.2.10:22' });
  walk.session({ type: 'connecting', host, detail: 'Host key known; logging in as ana' });
  return walk;
}

function discovering(size: Size): Walk {
  const walk = connecting(size);
  const { client: _, ...seen } = connection;
  walk.session({ type: 'connected', connection: seen });
  walk.happens({ type: 'connect-done' });
  for (const [index, fact] of ['who', 'os', 'accounts', 'sshd', 'listeners'].entries())
    walk.session({ type: 'discovering', done: index, total: 21, fact });
  return walk;
}

function asked(size: Size, question: TransportQuestion, typed = ''): Walk {
  const walk = connecting(size);
  walk.happens({ type: 'asked', question });
  walk.types(typed);
  return walk;
}

export const ARRIVAL_SCENES: Scenes = {
  target: (size) => {
    const walk = asking(size);
    walk.press('down', 'down');
    return walk;
  },
  connect: connecting,
  'host-key': (size) =>
    asked(size, {
      kind: 'host-key',
      host: 'shop.example.com',
      type: 'ssh-ed25519',
      fingerprint: 'SHA256:9Gk2mP0xq7Yd4sJtVbLwQeRzUoIhNfC1aT8uX3yZkWM',
    }),
  passphrase: (size) =>
    asked(size, { kind: 'passphrase', prompt: 'Enter passphrase for key ~/.ssh/id_ed25519:' }, 'secret'),
  'new-key': (size) =>
    asked(size, {
      kind: 'new-secret',
      of: 'passphrase',
      prompt: 'Passphrase of the new key:',
      again: false,
      empty:
        'It protects the key when somebody copies it from this machine. Nothing typed: a key without one.',
    }),
  confirm: (size) => asked(size, { kind: 'confirm', prompt: 'Put this key on the host?' }, 'ye'),
  'sudo-password': (size) =>
    asked(size, { kind: 'sudo-password', user: 'ana', host: 'shop.example.com' }, 'secret'),
  touch: (size) => asked(size, { kind: 'touch', prompt: 'Confirm user presence for key ED25519-SK' }),
  discover: discovering,
  failed: (size) => {
    const walk = new Walk({ size });
    walk.happens({
      type: 'failed',
      during: 'connect',
      problem: {
        kind: 'target',
        message: 'The host refuses this login.',
        where: 'ana@shop.example.com:22',
        hints: [
          'check that your key is in ~/.ssh/authorized_keys of ana',
          'name another key with --identity FILE',
        ],
        evidence: ['ana@shop.example.com: Permission denied (publickey).'],
        exitCode: 6,
      },
    });
    return walk;
  },
};

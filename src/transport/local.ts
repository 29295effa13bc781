// Looking at this machine: the same framed shell, no network. Rules: nothing here can prove a login from outside, so
// fresh() and probe() say so instead of pretending.
import { userInfo } from 'node:os';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { ClientAlgorithms, Transport } from '../model/target.ts';
import type { Secret } from '../text/secret.ts';
import { openChannel } from './channel.ts';
import { NoShell, reachRoot, type SudoChoice } from './login.ts';
import { startWire } from './wire.ts';

const NO_CLIENT: ClientAlgorithms = {
  version: '',
  kex: [],
  ciphers: [],
  macs: [],
  hostKeys: [],
  publicKeys: [],
};
const START_PATIENCE = 10_000;

export type LocalOptions = {
  readonly sudo: SudoChoice;
  readonly requireRoot: boolean;
  readonly password: () => Promise<Secret | undefined>;
  /** Shell to start; /bin/sh unless a test wants another one. */
  readonly shell?: readonly [string, ...string[]];
};

/** Open a shell on this machine. Rejects with TargetError (exit 6) when root is required and cannot be had. */
export async function openLocal(options: LocalOptions): Promise<Transport> {
  const user = userInfo().username;
  const [shell, ...args] = options.shell ?? ['/bin/sh'];
  const wire = startWire(shell, args, {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: userInfo().homedir,
    LC_ALL: 'C',
    SSH_CONNECTION: '',
  });
  const { root } = await reachRoot(wire, {
    sudo: options.sudo,
    requireRoot: options.requireRoot,
    password: options.password,
    user,
    host: 'this machine',
    patience: () =>
      new Promise((resolve) => {
        setTimeout(() => resolve('the shell did not start'), START_PATIENCE).unref();
      }),
  }).catch((error: unknown) => {
    wire.kill();
    if (!(error instanceof NoShell)) throw error;
    throw new TargetError('the shell of this machine does not answer', {
      evidence: error.noise,
      exitCode: EXIT.unreachable,
    });
  });
  const channel = openChannel(wire, async () => 'the local shell ended');
  const outside = (what: string) =>
    new UserError(`${what} cannot be proved from this machine to itself`, {
      hints: ['run portcullis from another machine, or name one that can log in here with --prover'],
    });
  return {
    connection: {
      transport: 'local',
      user,
      address: '',
      port: 0,
      hostKey: '',
      hostKeyType: '',
      method: 'local',
      root,
      kex: '',
      cipher: '',
      mac: '',
      client: NO_CLIENT,
      viaProxy: false,
    },
    run: channel.run,
    fresh: () => Promise.reject(outside('a new login')),
    probe: () => Promise.reject(outside('what sshd offers')),
    counts: () => ({ exchanges: channel.exchanges(), connections: 0, logins: 0 }),
    lost: channel.lost,
    close: channel.close,
  };
}

// The one door to the transport room.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Ask, Emit } from '../model/session.ts';
import type { Target, Transport } from '../model/target.ts';
import type { Command } from '../text/command.ts';
import { openLocal } from './local.ts';
import type { SudoChoice } from './login.ts';
import { openOpenSsh } from './openssh.ts';
import type { PacingOptions } from './pacing.ts';
import { passwordBook } from './passwords.ts';
import type { AskedConfig } from './ssh-config.ts';

export type TransportOptions = {
  readonly target: Target;
  /** auto (the default): openssh where this machine has an ssh client, else ssh2. */
  readonly transport?: 'auto' | 'openssh' | 'ssh2' | undefined;
  /** Private key file; only this one is offered. */
  readonly identity?: string | undefined;
  /** Jump host, as ssh -J takes it. */
  readonly jump?: string | undefined;
  /** A known_hosts file that replaces the operator's own and the system's. */
  readonly knownHosts?: string | undefined;
  /** Fingerprint "SHA256:…" of a host key that may be unknown so far. */
  readonly acceptHostKey?: string | undefined;
  readonly sudo: SudoChoice;
  /** Answers what only a person can; declines everything when there is none. */
  readonly ask: Ask;
  readonly emit?: Emit | undefined;
  /** Called once the login is under way, or nothing can be: whoever has work to do meanwhile may begin it. */
  readonly onDialled?: (() => void) | undefined;
  /** What will be asked first: where the login leads to root at once it goes along with it, and run() of it finds the answer. */
  readonly first?: Promise<Command> | undefined;
  /** What ssh was asked about this target before all this was loaded (early.ts). */
  readonly asked?: AskedConfig | undefined;
  /** True: when a password was the way in, the person is asked which key shall be the next one. */
  readonly chooseKey?: boolean | undefined;
  /** Our state folder; holds known_hosts. Default: portcullis under XDG_STATE_HOME. */
  readonly stateDir?: string | undefined;
  /** True: not reaching root is an error (exit 6). False: connection.root may be "none". */
  readonly requireRoot: boolean;
  /** How often doors may be visited without a login; the defaults are in pacing.ts. */
  readonly pacing?: PacingOptions | undefined;
};

/** Reach a target. Rejects with UserError (something to correct here) or TargetError (exit 6). Close it when done. */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  if (options.target.kind === 'local') {
    const { ask } = options;
    const user = process.env.USER ?? '';
    return openLocal({
      sudo: options.sudo,
      requireRoot: options.requireRoot,
      password: async () => {
        const reply = await ask({ kind: 'sudo-password', user, host: 'this machine' });
        return reply.kind === 'secret' ? reply.secret : undefined;
      },
    });
  }
  const stateDir = options.stateDir ?? defaultStateDir();
  const { target, emit } = options;
  const where = `${target.user === undefined ? '' : `${target.user}@`}${target.host}`;
  const book = passwordBook({
    ask: options.ask,
    where,
    host: target.host,
    file: join(stateDir, 'passwords', where.replaceAll(/[^\w.@-]/g, '_')),
    tell: (text) => emit?.({ type: 'note', level: 'warning', text }),
  });
  const all = {
    ...options,
    stateDir,
    ask: book.ask,
    changePassword: book.change,
    alsoCalled: book.alsoCalled,
  };
  const kind = options.transport ?? 'auto';
  if (kind === 'openssh' || (kind === 'auto' && (await hasSsh()))) return openOpenSsh(all);
  const { openSsh2 } = await import('./ssh2.ts');
  return openSsh2(all);
}

async function hasSsh(): Promise<boolean> {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) =>
      access(join(folder, 'ssh'), constants.X_OK).then(
        () => true,
        () => false,
      ),
    );
  return (await Promise.all(found)).includes(true);
}

function defaultStateDir(): string {
  return join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'portcullis');
}

export { parseTarget } from './target.ts';

import type { Ask, Emit } from '../model/session.ts';
import type { Target, Transport } from '../model/target.ts';
import type { Command } from '../text/command.ts';
import { openTransport } from '../transport/index.ts';
import type { AskedConfig } from '../transport/ssh-config.ts';

/** How the host is reached; nothing here says anything about hardening. */
export type Way = {
  readonly target: Target;
  readonly stateDir: string;
  readonly reach: {
    readonly sudo: 'auto' | 'none' | 'password';
    /** When a password was the way in: ask which key shall be the next. */
    readonly chooseKey?: boolean;
    readonly transport?: 'auto' | 'openssh' | 'ssh2';
    readonly identity?: string;
    readonly jump?: string;
    readonly knownHosts?: string;
    readonly acceptHostKey?: string;
  };
  /** What ssh was asked about this target while this program was loading. */
  readonly asked?: AskedConfig | undefined;
  readonly ask: Ask;
  readonly emit: Emit;
};

/**
 * One login, told as events; `port` instead of the target's own once the host has moved its sshd. `onDialled` is called
 * when there is nothing left to do here but to wait for the host; `first` is what will be asked first.
 */
export async function connectOnce(
  way: Way,
  how: {
    readonly port?: number | undefined;
    readonly onDialled?: () => void;
    readonly first?: Promise<Command> | undefined;
  } = {},
): Promise<Transport> {
  const { port, onDialled, first } = how;
  const { target, reach, ask, asked, emit, stateDir } = way;
  emit({ type: 'connecting', host: target.name, detail: 'Opening the connection' });
  const transport = await openTransport({
    target: port === undefined ? target : { ...target, port },
    ...reach,
    ask,
    asked,
    stateDir,
    onDialled,
    first,
    requireRoot: target.kind !== 'local',
  });
  const { client: _client, ...connection } = transport.connection;
  emit({ type: 'connected', connection });
  return transport;
}

// A session of the room of sshd as the sudo user of the lab's hosts has it, without the command line in between.
import type { Host } from '../../src/lab/host.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import type { Session } from '../../src/model/session.ts';
import { createSession } from '../../src/session/session.ts';
import { Secret } from '../../src/text/secret.ts';
import { steps } from '../../steps/index.ts';
import { walkOf } from './walk-of.ts';

/** `identity`: null for none, so that the password is the way in. */
export async function sessionOfAna(
  host: Host,
  it: { readonly stateDir: string; readonly port?: number | undefined; readonly identity?: string | null },
): Promise<{ readonly session: Session; readonly events: readonly SessionEvent[] }> {
  const events: SessionEvent[] = [];
  const password = host.users.find((user) => user.name === 'ana')?.password ?? '';
  const identity = it.identity === undefined ? host.keyFile : it.identity;
  const session = createSession({
    target: {
      ...{ name: host.name, kind: 'ssh', host: host.address, user: 'ana' },
      ...(it.port === undefined ? {} : { port: it.port }),
    },
    profile: await walkOf('sshd'),
    steps,
    tool: '0.0.0',
    stateDir: it.stateDir,
    reach: {
      ...{ sudo: 'auto', knownHosts: host.knownHostsFile },
      ...(identity === null ? {} : { identity }),
    },
    recheck: [1],
    repeat: () => 'portcullis',
    again: () => 'portcullis',
    ask: async (question) =>
      question.kind === 'sudo-password' || question.kind === 'password'
        ? { kind: 'secret', secret: new Secret(password) }
        : { kind: 'decline' },
    emit: (event) => events.push(event),
  });
  return { session, events };
}

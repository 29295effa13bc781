// Claims seen from here. Rules: no password is ever guessed; a door is visited once per port, user and address and the answer
// serves every proof about it (the transport paces the visits); a refusal counts as "fails" only when sshd itself refused
// the login: a dead network proves nothing.
import type { Proof } from '../model/control.ts';
import { TargetError } from '../model/errors.ts';
import type { WebProbes } from '../model/outside.ts';
import type { Connection, DoorProbe, FreshOptions, Transport } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Way } from './families.ts';
import type { Sight } from './inside.ts';
import { seeIssued } from './issued.ts';
import { seeHandshake, seeRequest } from './web.ts';

export type Doors = (visit: {
  readonly port: number;
  readonly user?: string;
  readonly way: Way;
}) => Promise<DoorProbe>;

/** Each door is visited once, however often it is asked about. */
export function rememberDoors(transport: Transport): Doors {
  const visits = new Map<string, Promise<DoorProbe>>();
  return ({ port, user, way }) => {
    const key = JSON.stringify([port, user, way]);
    const visit =
      visits.get(key) ??
      transport.probe({ port, ...(user === undefined ? {} : { user }), ...dialOf(way), ...patienceFor(way) });
    visits.set(key, visit);
    return visit;
  };
}

/** The first way is dialled as the first login was; only another family needs an address of its own. */
function dialOf({ family, address }: Way): Pick<FreshOptions, 'family' | 'address'> {
  return address === undefined || family === undefined ? {} : { family, address };
}

/** Where nothing is known to answer, as with a second family that leads nowhere, silence need not be waited out at every stage. */
function patienceFor({ address }: Way): { readonly patience?: number } {
  return address === undefined ? {} : { patience: 3 };
}

type Around = {
  readonly transport: Transport;
  readonly fresh: Transport;
  readonly doors: Doors;
  readonly web: WebProbes;
  readonly way: Way;
};

export function seeOutside(proof: Proof, around: Around): Promise<Sight> {
  const { check } = proof;
  if (check.kind === 'login') return seeLogin(check, around);
  if (check.kind === 'method') return seeMethod(check, around);
  if (check.kind === 'port') return seePort(check, around);
  const { web, way, fresh } = around;
  const address = way.address ?? fresh.connection.address;
  if (check.kind === 'tls') return seeHandshake(check, { web, address });
  if (check.kind === 'issued') return seeIssued(check, { web, address, fresh });
  if (check.kind === 'http') return seeRequest(check, { web, address });
  return Promise.resolve({ holds: undefined, seen: `${check.kind} cannot be seen from outside` });
}

type Check<K extends Proof['check']['kind']> = Extract<Proof['check'], { kind: K }>;

/** The login that carries these proofs is itself the proof when it is the one claimed. */
async function seeLogin(check: Check<'login'>, it: Around): Promise<Sight> {
  const made = it.fresh.connection;
  if (
    it.way.address === undefined &&
    made.user === check.user &&
    made.port === check.port &&
    (check.byKey !== true || made.method.startsWith('publickey')) &&
    made.transport !== 'local'
  ) {
    return loggedIn(check, made);
  }
  try {
    const login = await it.transport.fresh({
      user: check.user,
      port: check.port,
      root: check.root ? 'same' : 'none',
      ...(check.byKey === true ? { only: 'publickey' as const } : {}),
      ...dialOf(it.way),
    });
    try {
      return loggedIn(check, login.connection);
    } finally {
      await login.close();
    }
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const text = [error.message, ...error.evidence].join('\n');
    const seen = sanitizeLine([error.message, ...error.hints.slice(0, 1)].join('; '));
    const answered =
      /Permission denied|login refused/.test(text) || (check.root && /\bsudo\b/.test(error.message));
    return { holds: answered ? false : undefined, seen };
  }
}

function loggedIn(check: Check<'login'>, made: Connection): Sight {
  const how = made.keyFingerprint ?? made.method;
  if (check.root && made.root === 'none')
    return { holds: false, seen: `${made.user} is in, but did not reach root` };
  const reached = check.root && made.root !== 'root' ? ', root by sudo' : '';
  return { holds: true, seen: sanitizeLine(`${made.user} is in on port ${made.port} with ${how}${reached}`) };
}

async function seeMethod(check: Check<'method'>, it: Around): Promise<Sight> {
  const door = await it.doors({ port: check.port, user: check.user, way: it.way });
  if (door.kind === 'closed') return { holds: undefined, seen: closedWords(check.port, door) };
  return {
    holds: door.methods.includes(check.method),
    seen: `sshd offers ${sanitizeLine(door.methods.join(', '))}`,
  };
}

async function seePort(check: Check<'port'>, it: Around): Promise<Sight> {
  const door = await it.doors({ port: check.port, way: it.way });
  if (door.kind === 'open') return { holds: true, seen: `sshd answers on port ${check.port}` };
  const seen = closedWords(check.port, door);
  switch (door.reason) {
    case 'refused':
    case 'timeout':
      return { holds: false, seen };
    case 'not-ssh':
    case 'other-host-key':
      return { holds: true, seen };
    case 'unreachable':
      return { holds: undefined, seen };
  }
}

function closedWords(port: number, door: Extract<DoorProbe, { kind: 'closed' }>): string {
  const words = {
    refused: 'the connection is refused',
    timeout: 'nothing answers',
    unreachable: 'there is no way to it from here',
    'other-host-key': 'another host key answers',
    'not-ssh': 'something answers that is not ssh',
  }[door.reason];
  return sanitizeLine(`port ${port}: ${words}`);
}

// Decides proofs. Rules: undecided is never proved; inside claims are asked over the fresh login, all in one exchange; claims from
// outside hold only when they hold in every family that reaches this host from here, and the others are named as not tried.
import { randomBytes } from 'node:crypto';
import type { Proof, ProofResult } from '../model/control.ts';
import type { WebProbes } from '../model/outside.ts';
import type { Emit } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import { familyOf, otherWay, type Way } from './families.ts';
import { type Inside, lookInside, type Sight, seeInside } from './inside.ts';
import { isAboutJails, lookAtJails, seeJail } from './jails.ts';
import { type Doors, rememberDoors, seeOutside } from './outside.ts';
import { isAboutPeople, lookAtPeople, seePerson } from './people.ts';
import { isAboutPostgres, lookAtPostgres } from './postgres.ts';
import { seeRenewal } from './renewal.ts';
import { isAboutSecrets, lookAtLogins, type ProofValues } from './secrets.ts';
import { seeLoaded, seeWorkers } from './web.ts';

type ProveOptions = {
  /** The operator's first connection: its pinned host key and way to root are what new logins are held against. */
  readonly transport: Transport;
  /** A login made after the change; stays open, its owner closes it. */
  readonly fresh: Transport;
  /** How this machine visits web servers. */
  readonly web: WebProbes;
  /** Gets "proving" before and "proved" after each proof. */
  readonly emit?: Emit;
  /** Of secrets that this run changed. */
  readonly values?: ProofValues | undefined;
};

/** Results in the order of the proofs. Rejects only for bugs: what a host does is a result. */
export async function proveAll(
  proofs: readonly Proof[],
  options: ProveOptions,
): Promise<readonly ProofResult[]> {
  const { transport, fresh, web, emit } = options;
  const results = new Map<Proof, ProofResult>();
  const decide = async (proof: Proof, look: () => Promise<Sight>): Promise<void> => {
    emit?.({ type: 'proving', proof: proof.id, title: proof.title });
    const started = performance.now();
    const sight = await look();
    const result = judge(proof, { sight, milliseconds: Math.round(performance.now() - started) });
    results.set(proof, result);
    emit?.({ type: 'proved', result });
  };

  const nonce = randomBytes(12).toString('hex');
  const insiders = proofs.filter(
    (proof) =>
      proof.viewpoint === 'inside' &&
      ![isAboutJails, isAboutPeople, isAboutServers, isAboutPostgres, isAboutSecrets].some((isAbout) =>
        isAbout(proof),
      ),
  );
  const jailers = proofs.filter(isAboutJails);
  const inside = await lookInside(insiders, { transport: fresh, nonce });
  for (const proof of insiders) {
    await decide(proof, async () =>
      typeof inside === 'string' ? { holds: undefined, seen: inside } : seeInside(proof, inside),
    );
  }

  if (jailers.length > 0) {
    const jails = await lookAtJails(jailers, { transport: fresh, nonce });
    for (const proof of jailers) {
      await decide(proof, async () =>
        typeof jails === 'string' ? { holds: undefined, seen: jails } : seeJail(proof, jails),
      );
    }
  }

  const persons = proofs.filter(isAboutPeople);
  if (persons.length > 0) {
    const people = await lookAtPeople(persons, { transport: fresh, nonce });
    for (const proof of persons) {
      await decide(proof, async () =>
        typeof people === 'string' ? { holds: undefined, seen: people } : seePerson(proof, people),
      );
    }
  }

  for (const proof of proofs.filter(isAboutServers)) {
    const { check } = proof;
    if (check.kind === 'renewal') await decide(proof, () => seeRenewal(check, fresh));
    if (check.kind === 'workers') await decide(proof, () => seeWorkers(check, fresh));
    if (check.kind === 'loaded') await decide(proof, () => seeLoaded(check, fresh));
  }

  const bySight = async (mine: readonly Proof[], sights: ReadonlyMap<Proof, Sight> | string) => {
    const nothing: Sight = { holds: undefined, seen: typeof sights === 'string' ? sights : 'nobody looked' };
    for (const proof of mine)
      await decide(proof, async () =>
        typeof sights === 'string' ? nothing : (sights.get(proof) ?? nothing),
      );
  };
  // Services first: what they bring back is among what the database is asked for.
  const changed = proofs.filter(isAboutSecrets);
  if (changed.length > 0)
    await bySight(changed, await lookAtLogins(changed, { transport: fresh, nonce, values: options.values }));
  const databases = proofs.filter(isAboutPostgres);
  if (databases.length > 0)
    await bySight(databases, await lookAtPostgres(databases, { transport: fresh, nonce }));

  const outsiders = proofs.filter((proof) => proof.viewpoint !== 'inside');
  const doors = rememberDoors(transport);
  const ways = outsiders.length === 0 ? undefined : await waysTo({ proofs: outsiders, fresh, inside, doors });
  const look = (proof: Proof) => async (): Promise<Sight> => {
    if (ways === undefined) return { holds: undefined, seen: 'not looked at' };
    const asked = familyAsked(proof);
    const open = ways.open.filter((way) => asked === undefined || way.family === asked);
    const tried = isSpending(proof) ? open.slice(0, 1) : open;
    const sights: Sight[] = [];
    for (const way of tried) sights.push(await seeOutside(proof, { transport, fresh, doors, web, way }));
    return together(proof, { tried, sights, note: asked === undefined ? ways.note : '' });
  };
  // Doors wait for the pacing of visits; logins do not, so the two run side by side.
  const lanes = [
    outsiders
      .filter((proof) => proof.check.kind === 'login')
      .sort((a, b) => Number(isSpending(a)) - Number(isSpending(b))),
    outsiders.filter((proof) => proof.check.kind !== 'login'),
  ];
  await Promise.all(
    lanes.map(async (lane) => {
      for (const proof of lane) await decide(proof, look(proof));
    }),
  );
  return proofs.flatMap((proof) => results.get(proof) ?? []);
}

const isAboutServers = ({ check }: Proof): boolean =>
  check.kind === 'workers' || check.kind === 'loaded' || check.kind === 'renewal';

/** A login that shall be refused spends the operator's authentication budget: tried once, in one family, and last. */
function isSpending(proof: Proof): boolean {
  return proof.check.kind === 'login' && proof.expect === 'fails';
}

function familyAsked({ check }: Proof) {
  return 'family' in check ? check.family : undefined;
}

type Ways = { readonly open: readonly Way[]; readonly note: string };

/** The way of the fresh login, and the other family where the same sshd shows its pinned key there. */
async function waysTo(it: {
  proofs: readonly Proof[];
  fresh: Transport;
  inside: Inside | string;
  doors: Doors;
}): Promise<Ways> {
  const { connection } = it.fresh;
  const first: Way = { family: familyOf(connection.address) };
  const other = typeof it.inside === 'string' ? undefined : otherWay(connection, it.inside.addresses);
  if (other === undefined) return { open: [first], note: '' };
  const name = other.family === 'ipv4' ? 'IPv4' : 'IPv6';
  // What stands in between forwards one port: at the host's own address another number would be the door.
  const door = typeof it.inside === 'string' ? undefined : it.inside.door;
  if (door !== undefined && door !== connection.port)
    return {
      open: [first],
      note: `; you come through a port forward (${connection.port} here is ${door} there), so ${name} was not tried`,
    };
  // A door that has to be visited anyway answers this too.
  const asked = it.proofs.find(({ check }) => check.kind === 'method')?.check;
  const { port, user } = asked?.kind === 'method' ? asked : connection;
  const seen = await it.doors({ port, user, way: other });
  return seen.kind === 'open'
    ? { open: [first, other], note: '' }
    : { open: [first], note: `; ${name} is not reachable from here and was not tried` };
}

/** Works: in every family. Fails: in every family too, so one that still works is the answer. */
function together(
  proof: Proof,
  it: { tried: readonly Way[]; sights: readonly Sight[]; note: string },
): Sight {
  if (it.sights.length === 0)
    return { holds: undefined, seen: 'this family does not reach the host from here' };
  const several = it.sights.length > 1;
  const words = it.sights.map(({ seen }, index) => {
    const family = it.tried[index]?.family;
    return several && family !== undefined ? `${family === 'ipv4' ? 'IPv4' : 'IPv6'}: ${seen}` : seen;
  });
  const seen = words.join('; ') + it.note;
  const wanted = proof.expect === 'works';
  if (it.sights.some(({ holds }) => holds === !wanted)) return { holds: !wanted, seen };
  return { holds: it.sights.every(({ holds }) => holds === wanted) ? wanted : undefined, seen };
}

function judge(proof: Proof, it: { readonly sight: Sight; readonly milliseconds: number }): ProofResult {
  const { holds, seen } = it.sight;
  const outcome =
    holds === undefined ? 'undecided' : holds === (proof.expect === 'works') ? 'proved' : 'disproved';
  return { proof, outcome, seen, milliseconds: it.milliseconds };
}

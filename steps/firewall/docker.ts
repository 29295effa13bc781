// Rules of these controls: Docker's chains are never touched and never trusted to close anything; what the kernel has of our own
// table decides, not a file; who may come in is the policy's, so a control here asks for nothing of its own.
import type { DockerFact, PublishedPort } from '../../src/facts/network-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control, Verdict } from '../../src/model/control.ts';
import type { Intent, Resource } from '../../src/model/resource.ts';
import { wantedGuard } from '../../src/resources/container-policy.ts';
import { isDatabase } from './databases.ts';

type Allowance = Omit<Intent, 'purpose'>;

/** Who may reach which port of this host: the policy of the firewall step. */
type Policy = (context: Context) => readonly Allowance[];

/** The part of the firewall step that is about containers. */
export function dockerControls(policy: Policy, acts: (context: Context) => boolean): readonly Control[] {
  const common = {
    references: ['OWASP Docker Security Cheat Sheet, rule 5a', 'Docker: packet filtering and firewalls'],
    reads: 'docker ps, the table inet portcullis_docker of the kernel, and the links of default routes',
    mayBreak:
      'Ports of containers that the policy does not name are closed, and so are routes straight to addresses of containers (a VPN into 172.17.0.0/16, say).',
    applies: ({ readings }: Context) => readings.docker.kind !== 'absent',
    remedy: (context: Context): readonly Resource[] => {
      if (!acts(context)) return [];
      return [
        ...(lacksNft(context)
          ? [{ kind: 'package', name: 'nftables', purpose: 'to guard containers' } as const]
          : []),
        { kind: 'container-policy', allow: policy(context) },
      ];
    },
  };
  return [
    {
      ...common,
      id: 'firewall.docker-databases',
      title: 'No database in a container is open to everybody',
      severity: 'critical',
      why: 'Docker publishes a port past the rules of the host: a database that a firewall seems to close answers the whole internet.',
      judge: (context) => judge(context, policy, isDatabase),
    },
    {
      ...common,
      id: 'firewall.docker-ports',
      title: 'What containers publish obeys the policy',
      severity: 'high',
      why: 'Docker rewrites packets for its containers before the rules of the host see them, so only rules on their way to the container close such a port.',
      judge: (context) => judge(context, policy, () => true),
    },
  ];
}

function judge(context: Context, policy: Policy, about: (port: PublishedPort) => boolean): Verdict {
  const reading = context.readings.docker;
  if (reading.kind === 'unknown') return { result: 'unknown', evidence: [reading.reason] };
  if (reading.kind === 'absent') return { result: 'unknown', evidence: ['there is no Docker'] };
  const docker = reading.value;
  const allow = policy(context);
  const named = publishedOutside(docker).filter(about);
  if (docker.guard === wantedGuard(allow, docker)) {
    const open = named.filter((port) => allowed(port, allow) === 'everybody' && isDatabase(port));
    if (open.length > 0)
      return { result: 'fail', evidence: open.map((port) => `${words(port)}, and the policy says so`) };
    const closed = named.filter((port) => allowed(port, allow) === 'nobody');
    return {
      result: 'pass',
      evidence: ['our table is loaded as the policy says', ...closed.map(closedWords)],
    };
  }
  if (about === isDatabase) {
    if (!docker.running)
      return { result: 'unknown', evidence: ['Docker is stopped, so it cannot tell what it publishes'] };
    if (named.length === 0)
      return { result: 'pass', evidence: ['no container publishes a database beyond this host'] };
  }
  const exposed = named.filter((port) => allowed(port, allow) !== 'everybody' || isDatabase(port));
  return {
    result: 'fail',
    evidence: [
      docker.guard === null
        ? 'nothing stands between the network and what containers publish'
        : 'the table that guards containers is not as the policy says',
      ...exposed.flatMap((port) => [words(port), proposal(port)]),
    ],
  };
}

function lacksNft({ readings }: Context): boolean {
  return readings.tools.kind === 'known' && readings.tools.value['nft'] === false;
}

/** What could be reached from another machine, each port once. */
export function publishedOutside({ published }: Pick<DockerFact, 'published'>): readonly PublishedPort[] {
  const outside = published.filter(({ address }) => !/^127\.|^::1$/.test(address));
  const key = (it: PublishedPort) => `${it.container} ${it.protocol} ${it.port}-${it.lastPort}`;
  return [...new Map(outside.toReversed().map((port) => [key(port), port])).values()].reverse();
}

/** Whether the policy lets everybody in, names who may come, or does not know the port. */
function allowed(port: PublishedPort, allow: readonly Allowance[]): 'everybody' | 'named' | 'nobody' {
  const matching = allow.filter(
    (it) => it.protocol === port.protocol && it.port <= port.lastPort && (it.to ?? it.port) >= port.port,
  );
  if (matching.some(({ from }) => from === 'everyone')) return 'everybody';
  return matching.length > 0 ? 'named' : 'nobody';
}

const range = ({ port, lastPort }: PublishedPort) => (port === lastPort ? `${port}` : `${port}-${lastPort}`);

function words(port: PublishedPort): string {
  return `container ${port.container} (${port.image}) publishes ${range(port)}/${port.protocol} on ${port.address}: everybody who reaches this host reaches it`;
}

function proposal(port: PublishedPort): string {
  const inside = port.containerPort + port.lastPort - port.port;
  const target = port.port === port.lastPort ? `${port.containerPort}` : `${port.containerPort}-${inside}`;
  const suffix = port.protocol === 'tcp' ? '' : `/${port.protocol}`;
  return `where only this host needs it, write in its compose file: ports: ["127.0.0.1:${range(port)}:${target}${suffix}"], then docker compose up -d ${port.container}`;
}

function closedWords(port: PublishedPort): string {
  return `${range(port)}/${port.protocol} of container ${port.container} is closed to others`;
}

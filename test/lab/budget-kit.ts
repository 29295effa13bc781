// What a session costs on the wire, counted by the transport itself and by the words of each exchange. Used by the test of
// the budgets and by the benchmark.

import type { Host } from '../../src/lab/host.ts';
import type { Step } from '../../src/model/control.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { FreshOptions, Transport } from '../../src/model/target.ts';
import { parseSet } from '../../src/profile/answers.ts';
import { connectOnce, type Way } from '../../src/session/connect.ts';
import { createSession } from '../../src/session/session.ts';
import type { Command } from '../../src/text/command.ts';
import { steps } from '../../steps/index.ts';
import { walkOf } from './walk-of.ts';

/** Answers to the risky questions that leave every login of the lab as it is. */
export const CHOICES: readonly string[] = [
  'sshd.allow-users=root,ana,deploy',
  'sshd.root-login=prohibit-password',
  'sshd.password-login=false',
];

export type Costs = {
  /** Framed exchanges, of which `polls` only ask for the state or renew the lease. */
  readonly exchanges: number;
  readonly polls: number;
  /** TCP connections, doors visited without a login included. */
  readonly connections: number;
  readonly logins: number;
};

export type Walk = {
  readonly connect: Costs;
  readonly discover: Costs;
  readonly plan: Costs;
  readonly apply: Costs;
  readonly again: Costs;
  /** Controls of the walk, and how many changes the plan had. */
  readonly controls: number;
  readonly changes: number;
  readonly outcomes: readonly string[];
};

/** A login of the session, watched. `polls` counts the exchanges that only look, on this login and on later ones. */
function watched(transport: Transport, seen: { polls: number }): Transport {
  return {
    ...transport,
    run: (it: Command) => {
      if (isPoll(it)) seen.polls += 1;
      return transport.run(it);
    },
    fresh: async (options?: FreshOptions) => watched(await transport.fresh(options), seen),
  };
}

function isPoll({ parts }: Command): boolean {
  return parts.some((part) => 'value' in part && (part.value === 'status' || part.value === 'renew'));
}

/** The step sshd: connect, look, plan, apply without the late rechecks, apply again (nothing to do), undo: each with its price. */
export async function walkCounted(
  host: Host,
  options: {
    readonly stateDir: string;
    readonly without?: ReadonlySet<string>;
    readonly steps?: readonly Step[];
  },
): Promise<Walk> {
  const all = options.steps ?? steps;
  const questions = all.flatMap((step) => step.questions);
  const answers = new Map(CHOICES.map((word) => parseSet(word, questions)));
  const way: Way = {
    target: { name: host.name, kind: 'ssh', host: host.address, user: 'root' },
    stateDir: options.stateDir,
    reach: { sudo: 'auto', identity: host.keyFile, knownHosts: host.knownHostsFile },
    ask: async () => ({ kind: 'decline' }),
    emit: () => undefined,
  };
  const seen = { polls: 0 };
  const transport = await connectOnce(way);
  const session = createSession({
    ...way,
    begun: Promise.resolve(watched(transport, seen)),
    profile: await walkOf('sshd'),
    steps: all,
    tool: '0',
    answers,
    recheck: [],
    repeat: () => '',
    again: () => '',
  });
  const none: Costs = { exchanges: 0, polls: 0, connections: 0, logins: 0 };
  let before = none;
  /** What was spent since the last time. */
  const spent = (): Costs => {
    const now: Costs = { ...transport.counts(), polls: seen.polls };
    const cost: Costs = {
      exchanges: now.exchanges - before.exchanges,
      polls: now.polls - before.polls,
      connections: now.connections - before.connections,
      logins: now.logins - before.logins,
    };
    before = now;
    return cost;
  };
  const makePlan = (): Promise<Plan> =>
    session.plan({ answers, without: options.without ?? new Set(), headless: true });
  try {
    await session.connect();
    const connect = spent();
    const survey = await session.discover();
    const discover = spent();
    const plan = await makePlan();
    const planned = spent();
    const applied = await session.apply(plan, { confirm: 'auto', lease: 60 });
    const apply = spent();
    const nothing = await session.apply(await makePlan(), { confirm: 'auto', lease: 60 });
    const again = spent();
    const undone = await session.undo({ confirm: 'auto', lease: 60 });
    return {
      connect,
      discover,
      plan: planned,
      apply,
      again,
      controls: survey.findings.length,
      changes: plan.changes.filter((change) => change.action !== 'none').length,
      outcomes: [applied.outcome, nothing.outcome, undone.outcome],
    };
  } finally {
    await session.close();
  }
}

/** Exchanges of a plan of all steps beyond the facts: packets in namespaces, and apt where something is not installed. */
export async function rehearsalCounted(
  host: Host,
  stateDir: string,
): Promise<{ readonly exchanges: number; readonly packets: number; readonly packages: number }> {
  const words = [...CHOICES, 'firewall.ssh-from=everyone', 'firewall.open=', 'firewall.backend=portcullis'];
  const questions = steps.flatMap((step) => step.questions);
  const answers = new Map(words.map((word) => parseSet(word, questions)));
  const way: Way = {
    target: { name: host.name, kind: 'ssh', host: host.address, user: 'root' },
    stateDir,
    reach: { sudo: 'auto', identity: host.keyFile, knownHosts: host.knownHostsFile },
    ask: async () => ({ kind: 'decline' }),
    emit: () => undefined,
  };
  const transport = await connectOnce(way);
  const session = createSession({
    ...way,
    begun: Promise.resolve(transport),
    profile: await walkOf('firewall', 'sshd', 'fail2ban'),
    steps,
    tool: '0',
    answers,
    recheck: [],
    repeat: () => '',
    again: () => '',
  });
  try {
    await session.connect();
    await session.discover();
    const before = transport.counts().exchanges;
    const plan = await session.plan({ answers, headless: true });
    return {
      exchanges: transport.counts().exchanges - before,
      packets: plan.rehearsal?.packets.length ?? 0,
      packages: plan.changes.filter(({ phase }) => phase === 'packages').length,
    };
  } finally {
    await session.close();
  }
}

/** Every control of the walk but these. */
export function allBut(...kept: readonly string[]): ReadonlySet<string> {
  const ids = steps.flatMap((step) => step.controls.map((control) => control.id));
  return new Set(ids.filter((id) => !kept.includes(id)));
}

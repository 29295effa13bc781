// The plan path on a real host: connect, gather, draft, ask the candidate, finish; with one made-up control that wants
// whatever a test gives it.
import { gather } from '../../src/facts/gather.ts';
import type { Host } from '../../src/lab/host.ts';
import type { Context } from '../../src/model/context.ts';
import type { Step } from '../../src/model/control.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Resource } from '../../src/model/resource.ts';
import type { Transport } from '../../src/model/target.ts';
import { type Candidate, candidateCommand, parseCandidate } from '../../src/plan/candidate.ts';
import { draftPlan, finishPlan } from '../../src/plan/plan.ts';
import { openTransport } from '../../src/transport/index.ts';

export async function connectTo(
  host: Host,
  options: { readonly user?: string; readonly address?: string; readonly stateDir: string },
): Promise<Transport> {
  return await openTransport({
    target: {
      name: host.name,
      kind: 'ssh',
      host: options.address ?? host.address,
      user: options.user ?? 'root',
    },
    identity: host.keyFile,
    knownHosts: host.knownHostsFile,
    sudo: 'auto',
    ask: async () => ({ kind: 'decline' }),
    requireRoot: true,
    stateDir: options.stateDir,
  });
}

export async function surveyOf(transport: Transport): Promise<Context> {
  return {
    target: { name: 'lab', kind: 'ssh', host: transport.connection.address },
    connection: transport.connection,
    readings: await gather(transport, () => undefined),
    profile: {
      id: 'lab',
      title: 'Lab',
      description: 'For tests.',
      schema: 1,
      steps: ['lab'],
      answers: new Map(),
      excludes: new Map(),
    },
    answers: new Map(),
  };
}

/** A step whose one control always fails and wants these resources. */
export function stepWanting(resources: readonly Resource[]): Step {
  return {
    id: 'lab',
    title: 'Lab',
    what: 'Wants what the test wants.',
    why: 'To see what becomes of it.',
    questions: [],
    controls: [
      {
        id: 'lab.wish',
        title: 'the wish of a test',
        severity: 'low',
        why: 'A test wants it.',
        references: [],
        reads: 'nothing',
        mayBreak: 'whatever the test wants to break',
        judge: () => ({ result: 'fail', evidence: ['wished for'] }),
        remedy: () => resources,
      },
    ],
  };
}

export async function planFor(
  transport: Transport,
  context: Context,
  resources: readonly Resource[],
): Promise<{ readonly plan: Plan; readonly candidate: Candidate | undefined }> {
  const draft = draftPlan({ context, steps: [stepWanting(resources)] });
  const command = candidateCommand(draft.changes, draft.contents, context);
  const candidate =
    command === undefined ? undefined : parseCandidate(await transport.run(command), draft.changes, context);
  return { plan: finishPlan(draft, candidate, { tool: 'test', created: '2026-01-01T00:00:00Z' }), candidate };
}

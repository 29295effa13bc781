// The plan path on a real host: connect, gather, draft, ask the candidate, finish; with one made-up control that wants
// whatever a test gives it.
import { gather } from '../../src/facts/gather.ts';
import type { Host } from '../../src/lab/host.ts';
import type { Context } from '../../src/model/context.ts';
import type { Step } from '../../src/model/control.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Change, Resource } from '../../src/model/resource.ts';
import type { Transport } from '../../src/model/target.ts';
import { type Candidate, candidateCommand, parseCandidate } from '../../src/plan/candidate.ts';
import { type Draft, draftPlan, finishPlan } from '../../src/plan/plan.ts';
import { sha256 } from '../../src/resources/wanted.ts';
import { rehearsalEngine, rehearsalRequest } from '../../src/transaction/rehearse.ts';
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

/** A file of root's that is not there yet. */
export function fileChange(
  path: string,
  content: string,
  mode = '0644',
): Change & { readonly content: string } {
  return {
    address: `file:${path}`,
    action: 'create',
    title: path,
    step: 'lab',
    controls: [],
    why: 'A test wants it.',
    risk: 'none',
    phase: 'expand',
    confidence: 'predicted',
    before: null,
    after: content,
    effective: [],
    base: { kind: 'absent' },
    primitives: [{ kind: 'put-file', path, sha256: sha256(content), mode, uid: 0, gid: 0 }],
    content,
  };
}

/** Our table, which is not there yet. */
export function tableChange(content: string): Change & { readonly content: string } {
  const name = 'portcullis';
  return {
    ...fileChange('/', content),
    address: `nft-table:inet ${name}`,
    risk: 'lockout',
    primitives: [{ kind: 'nft-table', family: 'inet', name, sha256: sha256(content) }],
  };
}

/** The plan of changes made by hand, tried on the host. */
export async function rehearse(
  transport: Transport,
  context: Context,
  made: readonly (Change & { readonly content?: string })[],
): Promise<Plan> {
  const changes = made.map(({ content: _content, ...change }) => change);
  const contents = Object.fromEntries(
    made.flatMap(({ content }) =>
      content === undefined ? [] : [[sha256(content), Buffer.from(content).toString('base64')]],
    ),
  );
  const empty = draftPlan({ context, steps: [stepWanting([])] });
  return (await ask(transport, { ...empty, changes, contents })).plan;
}

export async function planFor(
  transport: Transport,
  context: Context,
  resources: readonly Resource[],
  engine = rehearsalEngine(),
): Promise<{ readonly plan: Plan; readonly candidate: Candidate | undefined }> {
  const draft = draftPlan({ context, steps: [stepWanting(resources)] });
  return await ask(transport, draft, engine);
}

async function ask(
  transport: Transport,
  draft: Draft,
  engine = rehearsalEngine(),
): Promise<{ readonly plan: Plan; readonly candidate: Candidate | undefined }> {
  const rehearser = { engine, request: rehearsalRequest };
  const command = candidateCommand(draft, { rehearser });
  const candidate =
    command === undefined ? undefined : parseCandidate(await transport.run(command), draft, { rehearser });
  return { plan: finishPlan(draft, candidate, { tool: 'test', created: '2026-01-01T00:00:00Z' }), candidate };
}

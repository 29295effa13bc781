// Rules: one table of ours beside Docker's chains, none of which is touched; the kernel has it at once, and Docker's own
// service loads it before it starts, so that no container is reached without it, whatever was restarted or flushed.

import type { DockerFact } from '../facts/network-values.ts';
import { tableHash } from '../facts/nft-table.ts';
import type { Context } from '../model/context.ts';
import type { Change, ContainerPolicyResource, Primitive } from '../model/resource.ts';
import { CONTAINER_TABLE, containerLinks, containerTable } from './container-rules.ts';
import { baseOf, NO_DIFF, type ResourceDiff, sha256, type Wanted } from './wanted.ts';

const UNDO = `# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
`;
const RULES = '/etc/portcullis/docker.nft';
const DROP_IN = '/etc/systemd/system/docker.service.d/portcullis.conf';
const { family, name } = CONTAINER_TABLE;

/** The table that guards containers on this host, as the kernel would list it. Throws RangeError for a source that is no address. */
export function wantedGuard(allow: ContainerPolicyResource['allow'], docker: DockerFact): string {
  return containerTable(allow, containerLinks(docker.bridges, docker.outside));
}

export function diffContainerPolicy(
  wanted: readonly Wanted<ContainerPolicyResource>[],
  context: Context,
): ResourceDiff {
  const [first] = wanted;
  if (first === undefined) return NO_DIFF;
  const reading = context.readings.docker;
  if (reading.kind === 'unknown')
    return { ...NO_DIFF, unknown: [`what Docker publishes is not known: ${reading.reason}`] };
  if (reading.kind === 'absent') return NO_DIFF;
  const docker = reading.value;
  const table = wantedGuard(first.resource.allow, docker);
  const common = {
    step: first.step,
    controls: wanted.map((one) => one.control),
    why: first.why,
    risk: 'service',
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
  } as const;
  const reload: Primitive = { kind: 'unit', name: 'docker.service', verb: 'daemon-reload' };
  const files = [
    fileChange({ path: RULES, text: rulesFile(table), title: 'who may reach containers', docker }),
    fileChange({ path: DROP_IN, text: dropIn(), title: 'Docker starts behind its guard', docker, reload }),
  ];
  const loaded = docker.guard === table;
  const change: Change = {
    ...common,
    address: `nft-table:${family} ${name}`,
    action: loaded ? 'none' : docker.guard === null ? 'create' : 'update',
    title: loaded ? 'nothing to do: loaded as wanted' : 'containers are guarded from now on',
    before: docker.guard,
    after: table,
    base: docker.guard === null ? { kind: 'absent' } : { kind: 'nft-table', sha256: tableHash(docker.guard) },
    primitives: loaded ? [] : [{ kind: 'nft-table', family, name, sha256: sha256(table) }],
  };
  return {
    ...NO_DIFF,
    changes: [...files.map(({ change: one }) => ({ ...common, ...one })), change],
    contents: Object.assign(
      {},
      ...[table, ...files.map(({ text }) => text)].map((text) => ({
        [sha256(text)]: Buffer.from(text).toString('base64'),
      })),
    ),
    notes: docker.running ? [] : ['Docker is stopped; the guard holds for what it will publish'],
  };
}

type FileWanted = {
  readonly path: string;
  readonly text: string;
  readonly title: string;
  readonly docker: DockerFact;
  readonly reload?: Primitive;
};

function fileChange({ path, text, title, docker, reload }: FileWanted) {
  const fact = docker.files.find((file) => file.path === path);
  const same = fact?.sha256 === sha256(text) && fact.mode === '0644' && fact.uid === 0 && fact.gid === 0;
  const put: Primitive = { kind: 'put-file', path, sha256: sha256(text), mode: '0644', uid: 0, gid: 0 };
  const action = same ? 'none' : fact === undefined ? 'create' : 'update';
  return {
    text,
    change: {
      address: `file:${path}`,
      action,
      title: same ? 'nothing to do: content, mode and owner are as wanted' : title,
      before: fact?.text ?? null,
      after: text,
      base: baseOf(fact),
      primitives: same ? [] : [put, ...(reload === undefined ? [] : [reload])],
    } as const,
  };
}

function rulesFile(table: string): string {
  const head = `# Written by Portcullis: who may reach what containers publish. Loaded by docker.service before it starts.\n${UNDO}`;
  return `${head}add table ${family} ${name}\ndelete table ${family} ${name}\n${table}`;
}

/** Without its guard Docker does not start: a database that is suddenly open is worse than one that is down. */
function dropIn(): string {
  const head = `# Written by Portcullis: containers are not reached before their guard is loaded.\n${UNDO}`;
  return `${head}[Service]\nExecStartPre=/usr/sbin/nft -f ${RULES}\n`;
}

// Rules: one exchange, a fixed script, values only on stdin and in base64 (names of folders below / are the one argument). What comes back is read strictly: a record that is
// not understood, a cut answer or a missing end means "could not tell", never "fine". Stages build on each other as in the plan.
import { parseSshdFiles, type SshdText } from '../facts/sshd-config.ts';
import type { EffectiveSshd } from '../facts/values.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Change, Primitive } from '../model/resource.ts';
import caddyTest from '../text/caddy-test.sh?raw';
import { type Command, command, literal, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import script from './candidate.sh?raw';
import checkers from './checkers.sh?raw';
import { operatorOf } from './operator.ts';
import { packetQuestion, packetsAfter } from './packets.ts';
import type { Draft } from './plan.ts';
import { type Probe, probesFor } from './probes.ts';
import { type CandidateRecord, type CarriedStage, carriedStage, checkersFor, foldersOf } from './rehearse.ts';
import packets from './rehearse-packets.sh?raw';
import place from './rehearse-place.sh?raw';
import { type StageFiles, stageFiles } from './stage-files.ts';

/** The engine's side of a rehearsal, which only the session can give (src/transaction/rehearse.ts). */
export type Rehearser = {
  /** The engine's functions: gzip, in base64. */
  readonly engine: string;
  readonly request: (
    changes: readonly Change[],
    contents: Readonly<Record<string, string>>,
  ) => { readonly text: string; readonly operations: readonly Primitive[] };
};

export type CandidateOptions = {
  readonly probes?: readonly Probe[];
  /** Absent: nothing is rehearsed. */
  readonly rehearser?: Rehearser | undefined;
};

/** What sshd would do after one stage. */
export type CandidateStage = {
  readonly step: string;
  readonly phase: 'expand' | 'contract';
  readonly test: { readonly code: number; readonly message: string };
  readonly general: EffectiveSshd;
  readonly logins: readonly { readonly probe: Probe; readonly effective: EffectiveSshd }[];
  /** Files the configuration names, looked at in the candidate. */
  readonly named: readonly { readonly keyword: string; readonly path: string; readonly exists: boolean }[];
  /** Files that Include lines name without a pattern. */
  readonly includes: readonly { readonly path: string; readonly exists: boolean }[];
  /** Whether a revocation list refuses the operator's key. */
  readonly revoked: readonly { readonly path: string; readonly state: 'yes' | 'no' | 'unreadable' }[];
};

export type Candidate =
  | {
      readonly kind: 'seen';
      /**
       * rehearsed: the engine wrote the files in namespaces of their own. namespace: the daemon read copies of the very files.
       * flattened: it read our own rendering of them.
       */
      readonly method: 'rehearsed' | 'namespace' | 'flattened';
      /** Why it was not rehearsed, in words; empty when it was. */
      readonly reason: string;
      /** Stages that sshd was asked about. */
      readonly stages: readonly CandidateStage[];
      /** Every stage that was tried. */
      readonly carried: readonly CarriedStage[];
      /** The host's own addresses; null when it could not list them. */
      readonly addresses: readonly string[] | null;
      /** Exit code of `visudo -c`; null without sudo. */
      readonly sudoers: number | null;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

const SCRIPT = [place, packets, caddyTest, checkers, script].join('\n');
const DEADLINE = 60_000;
const OUTPUT_LIMIT = 4 * 1024 * 1024;

/** The question to the host; undefined when no change could touch a login. Secrets never enter it. */
export function candidateCommand(
  draft: Pick<Draft, 'changes' | 'contents' | 'context'>,
  options: CandidateOptions = {},
): Command | undefined {
  const { changes, contents, context } = draft;
  const { rehearser, probes = probesFor(context) } = options;
  const stages = stageFiles(changes, context);
  if (stages.length === 0 || context.readings.sshd.kind !== 'known') return undefined;
  const operator = operatorOf(context);
  const key = operator?.key;
  const line = context.connection.publicKey ?? (key === undefined ? '' : `${key.type} ${key.blob}`);
  const records = [`key ${pack(line.match(/\S+ AAAA\S+/)?.[0] ?? '')}`];
  let wires = '';
  for (const [index, stage] of stages.entries()) {
    records.push(`stage ${index}`);
    if (rehearser !== undefined) {
      for (const name of checkersFor(stage.changes)) records.push(`check ${name}`);
      const question = packetQuestion(stage.changes, contents, context);
      if (question !== undefined && 'record' in question) {
        records.push(question.record);
        wires = 'packets';
      }
      records.push(`request ${pack(rehearser.request(stage.changes, contents).text)}`);
    }
    if (!stage.asksSshd) {
      records.push('done');
      continue;
    }
    for (const primitive of stage.primitives) {
      if (primitive.kind === 'put-file') {
        const content = contents[primitive.sha256] ?? '';
        const owner = `${primitive.mode} ${primitive.uid} ${primitive.gid}`;
        records.push(`put ${pack(primitive.path)} ${owner} ${content === '' ? '-' : content}`);
      } else if (primitive.kind === 'remove-file') records.push(`drop ${pack(primitive.path)}`);
    }
    records.push(`flat ${pack(flatten(stage.files))}`);
    if (!hasMatch(stage.files)) records.push('alike');
    const port = operator?.serverPort ?? 22;
    for (const probe of probes) {
      const laddr = operator?.serverAddress ?? '127.0.0.1';
      const spec = `user=${probe.user},host=${probe.address},addr=${probe.address},laddr=${laddr},lport=${port}`;
      records.push(`probe ${pack(spec)}`);
    }
    for (const path of literalIncludes(stage.files)) records.push(`look ${pack(path)}`);
    records.push('run');
  }
  const folders = rehearser === undefined ? '' : foldersOf(changes).join(' ');
  const engine = rehearser?.engine ?? '';
  // The text is sent once and given to itself, because it runs again inside the place it builds.
  const start = value('exec /bin/sh -c "$1" portcullis-candidate "$1" "" "$2" "$3" "$4"');
  const words = [SCRIPT, engine, folders, wires].map(value);
  return command([literal('/bin/sh -c'), start, 'sh', ...words], {
    stdin: [`${records.join('\n')}\n`],
    deadline: DEADLINE,
    outputLimit: OUTPUT_LIMIT,
  });
}

/** What the host answered to candidateCommand for the same changes, context and probes. Never throws. */
export function parseCandidate(
  outcome: Outcome,
  draft: Pick<Draft, 'changes' | 'contents' | 'context'>,
  options: CandidateOptions = {},
): Candidate {
  const { changes, contents, context } = draft;
  const { rehearser, probes = probesFor(context) } = options;
  const no = (reason: string): Candidate => ({ kind: 'unknown', reason });
  if (outcome.kind === 'lost') return no('the connection was lost while sshd was asked about the candidate');
  if (outcome.kind !== 'exited') return no(`the candidate check did not end (${outcome.kind})`);
  if (outcome.truncated) return no('the answer of the candidate check was too long');
  const records = recordsOf(outcome.stdout);
  const fatal = records.find((record) => record.verb === 'FATAL');
  if (fatal !== undefined || outcome.code !== 0 || records.at(-1)?.verb !== 'END') {
    const said = fatal?.rest ?? outcome.stderr.trim().split('\n').at(-1) ?? '';
    return no(`the candidate check failed on the host (exit ${outcome.code}): ${sanitizeLine(said)}`);
  }
  const method = records.find((record) => record.verb === 'METHOD')?.rest;
  if (method !== 'rehearsed' && method !== 'namespace' && method !== 'flattened')
    return no('the candidate check gave an unexpected answer');
  const wanted = stageFiles(changes, context);
  const carried: CarriedStage[] = [];
  const cuts = records.flatMap((record, index) => (record.verb === 'STAGE' ? [index] : []));
  if (cuts.length !== wanted.length)
    return no('the candidate check answered for other stages than were asked');
  const stages: CandidateStage[] = [];
  for (const [index, stage] of wanted.entries()) {
    const own = records.slice(cuts[index], cuts[index + 1]);
    const operations = rehearser?.request(stage.changes, contents).operations ?? [];
    const { step, phase } = stage;
    carried.push({
      ...carriedStage(own, { step, phase, operations }),
      ...packetsAfter({ changes: stage.changes, contents, context, all: records, own }),
    });
    if (!stage.asksSshd) continue;
    const parsed = stageOf(own, stage, probes);
    if (parsed === undefined) return no('sshd did not answer about every login in a way that can be read');
    stages.push(parsed);
  }
  const addresses = records.filter((record) => record.verb === 'ADDRESS').map((record) => record.rest);
  const sudoers = records.find((record) => record.verb === 'SUDOERS')?.rest;
  return {
    kind: 'seen',
    method,
    reason: method === 'rehearsed' ? '' : notHere(records),
    stages,
    carried,
    addresses: addresses.length === 0 ? null : addresses,
    sudoers: sudoers === undefined ? null : Number(sudoers),
  };
}

function notHere(records: readonly CandidateRecord[]): string {
  const said = records.find((record) => record.verb === 'NOTHERE')?.rest ?? 'the host did not say why';
  return sanitizeLine(said, 160);
}

function recordsOf(stdout: string): readonly CandidateRecord[] {
  const records: { verb: string; rest: string; body: string[] }[] = [];
  for (const line of stdout.split('\n')) {
    if (line.startsWith('| ')) records.at(-1)?.body.push(line.slice(2));
    else if (line !== '') {
      const cut = line.indexOf(' ');
      records.push({
        verb: cut === -1 ? line : line.slice(0, cut),
        rest: cut === -1 ? '' : line.slice(cut + 1),
        body: [],
      });
    }
  }
  return records;
}

function stageOf(
  records: readonly CandidateRecord[],
  stage: StageFiles,
  probes: readonly Probe[],
): CandidateStage | undefined {
  const test = records.find((record) => record.verb === 'TEST');
  const general = records.find((record) => record.verb === 'GENERAL');
  if (test === undefined || general === undefined) return undefined;
  const code = Number(test.rest);
  // What cannot be run, or says nothing that sshd says, has not looked at anything.
  if (!(code < 126) || records.find((record) => record.verb === 'CANARY')?.rest === '0') return undefined;
  const told = parseEffective(general.body);
  if (code === 0 && (general.rest !== '0' || told.port === undefined)) return undefined;
  const logins = records
    .filter((record) => record.verb === 'LOGIN')
    .flatMap((record) => {
      const [index, exit, same] = record.rest.split(' ');
      const probe = probes[Number(index)];
      if (probe === undefined || exit !== '0') return [];
      return [{ probe, effective: same === '=' ? told : parseEffective(record.body) }];
    });
  if (code === 0 && logins.length !== probes.length) return undefined;
  const pairs = (verb: string): readonly (readonly [string, string])[] =>
    records
      .filter((record) => record.verb === verb)
      .map((record) => {
        const cut = record.rest.indexOf(' ');
        return [record.rest.slice(0, cut), record.rest.slice(cut + 1)];
      });
  return {
    step: stage.step,
    phase: stage.phase,
    test: { code, message: [...test.body, ...(general.rest === '0' ? [] : general.body)].join('\n') },
    general: general.rest === '0' ? told : {},
    logins,
    named: pairs('NAMED').map(([keyword, rest]) => {
      const cut = rest.indexOf(' ');
      return { keyword, exists: rest.slice(0, cut) === 'yes', path: rest.slice(cut + 1) };
    }),
    includes: pairs('INCLUDE').map(([exists, path]) => ({ path, exists: exists === 'yes' })),
    revoked: pairs('REVOKED').map(([state, path]) => ({
      path,
      state: state === 'yes' || state === 'no' ? state : 'unreadable',
    })),
  };
}

/** `sshd -T` text: keyword, blank, value, a line each. */
export function parseEffective(lines: readonly string[]): EffectiveSshd {
  const effective: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const line of lines) {
    const match = /^([a-z0-9]+) (.*)$/.exec(line);
    if (match === null) continue;
    const [, keyword = '', text = ''] = match;
    effective[keyword] = [...(effective[keyword] ?? []), text];
  }
  return effective;
}

/** Base64 for one word of a record; "-" is the empty text. */
function pack(text: string): string {
  return text === '' ? '-' : Buffer.from(text).toString('base64');
}

/** The files as one text: each Include gives way to what it opens; a Match that an included file leaves open is closed. */
function flatten(files: readonly SshdText[]): string {
  const lines = parseSshdFiles(files);
  let open = '';
  const out: string[] = [];
  for (const line of lines) {
    if (line.keyword === 'include' || line.keyword === 'match') continue;
    const match = line.match.at(-1)?.criteria ?? '';
    if (match !== open) out.push(`Match ${match === '' ? 'all' : match}`);
    open = match;
    out.push(`${line.written} ${line.rest}`);
  }
  return `${out.join('\n')}\n`;
}

/** Without a Match, what holds for one login holds for all. */
function hasMatch(files: readonly SshdText[]): boolean {
  return parseSshdFiles(files).some((line) => line.keyword === 'match');
}

function literalIncludes(files: readonly SshdText[]): readonly string[] {
  return parseSshdFiles(files)
    .filter((line) => line.keyword === 'include')
    .flatMap((line) => line.args)
    .filter((pattern) => !/[*?[\\~]/.test(pattern))
    .map((pattern) => (pattern.startsWith('/') ? pattern : `/etc/ssh/${pattern}`));
}

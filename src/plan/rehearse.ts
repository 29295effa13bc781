// Rules: which checkers a stage needs follows from the paths it writes, a closed list. What the engine did in the namespace is read
// operation by operation; a checker counts only when it was there, could fail, and said that all is well.
import type { Packet } from '../model/plan.ts';
import type { Change, Primitive } from '../model/resource.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** One record of the host's answer; `body` is what a program printed. */
export type CandidateRecord = {
  readonly verb: string;
  readonly rest: string;
  readonly body: readonly string[];
};

/** failed: it refuses the result. broken: what it says cannot be trusted, or it refused before the change as well. */
export type CheckerRun = {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'broken' | 'missing';
  /** What it printed, sanitised; empty when it passed. */
  readonly message: string;
  /** What it said of the files as they were, where it could say no. */
  readonly before?: 'accepted' | 'refused';
};

/** What became of one stage in the rehearsal. */
export type CarriedStage = {
  readonly step: string;
  readonly phase: 'expand' | 'contract';
  /** Operations the engine carried out and read back. */
  readonly done: readonly Primitive[];
  /** Why it stopped. refused: before anything was written, as it would when applied. Undefined: it did not stop. */
  readonly stopped: { readonly kind: 'refused' | 'stale' | 'failed'; readonly why: string } | undefined;
  readonly checkers: readonly CheckerRun[];
  /** Where a firewall changes: what became of connections; empty with a reason when none were tried. */
  readonly packets: readonly Packet[];
  readonly noPackets: string;
};

const CHECKERS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^\/etc\/sudoers(\.d\/|$)/, () => 'visudo'],
  [
    /^\/etc\/systemd\/system\/([A-Za-z0-9@_.-]+\.(?:service|socket|timer|mount|path|target))(?:\.d\/|$)/,
    ([, unit]) => `systemd-analyze:${unit}`,
  ],
  [/^\/etc\/fail2ban\//, () => 'fail2ban'],
  [/^\/etc\/nginx\//, () => 'nginx'],
  [/^\/etc\/caddy\//, () => 'caddy'],
  [/^\/etc\/nftables\.(conf$|d\/)/, () => 'nft'],
];

/** The checkers that have a say about a path; sshd is asked by itself. */
export function checkersOf(path: string): readonly string[] {
  return CHECKERS.flatMap(([pattern, name]) => {
    const match = pattern.exec(path);
    return match === null ? [] : [name(match)];
  });
}

/** The checkers that a stage needs, each once. */
export function checkersFor(changes: readonly Change[]): readonly string[] {
  return [...new Set(pathsOf(changes).flatMap(checkersOf))];
}

/** Folders directly below / that are written to, and those that programs write to by themselves. */
export function foldersOf(changes: readonly Change[]): readonly string[] {
  const tops = pathsOf(changes).map((path) => path.split('/')[1] ?? '');
  return [...new Set(['etc', 'var', ...tops])].filter(
    (top) => /^[A-Za-z0-9_.-]+$/.test(top) && !NEVER.includes(top),
  );
}

/** Folders that are made anew for the rehearsal, or are not for files. */
const NEVER = ['run', 'tmp', 'proc', 'sys', 'dev', '.', '..'];

function pathsOf(changes: readonly Change[]): readonly string[] {
  return changes.flatMap((change) => change.primitives.flatMap((one) => ('path' in one ? [one.path] : [])));
}

/** Reads one stage's records. */
export function carriedStage(
  records: readonly CandidateRecord[],
  stage: Pick<CarriedStage, 'step' | 'phase'> & { readonly operations: readonly Primitive[] },
): Omit<CarriedStage, 'packets' | 'noPackets'> {
  const done = records.flatMap(({ verb, rest }) => {
    const [number, , word] = rest.split(' ');
    const operation = stage.operations[Number(number) - 1];
    return verb === 'OP' && word === 'ok' && operation !== undefined ? [operation] : [];
  });
  const stop = records.find(({ verb }) => verb === 'STOPPED');
  const kind = stop?.rest.split(' ')[0];
  return {
    step: stage.step,
    phase: stage.phase,
    done,
    stopped:
      stop === undefined
        ? undefined
        : {
            kind: kind === 'refused' || kind === 'stale' ? kind : 'failed',
            why: sanitizeLine(stop.body.join(' ').trim() || 'the engine did not say why', 300),
          },
    checkers: records.filter(({ verb }) => verb === 'CHECK').map(checkerRun),
  };
}

/** "NAME NOW BEFORE BROKEN": exit codes after the change, before it, and about something that must be refused. */
function checkerRun({ rest, body }: CandidateRecord): CheckerRun {
  const [name = '', ...words] = rest.split(' ');
  const [now = Number.NaN, before = Number.NaN, broken = Number.NaN] = words.map((word) => Number(word));
  const said = sanitizeLine(body.join(' ').trim(), 300);
  const run = (result: CheckerRun['result'], message = said): CheckerRun => ({ name, result, message });
  const told = { before: before === 0 ? 'accepted' : 'refused' } as const;
  if (now === 127) return run('missing', 'it is not on this host');
  if (!(now < 124)) return run('broken', `it did not run (exit ${now})`);
  if (!(broken > 0 && broken < 124)) return run('broken', 'it does not refuse what it must refuse');
  if (now === 0) return run('passed', '');
  const failed =
    before === 0 ? run('failed') : run('broken', `it refused before the change as well: ${said}`);
  return { ...failed, ...told };
}

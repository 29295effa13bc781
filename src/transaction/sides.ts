// What earlier transactions of ours did and what became of it, read from the host in one exchange. Rules: nothing is written; the host
// decides what may be told of a file; an answer that does not end as it should is none.
import { TargetError } from '../model/errors.ts';
import type { Transport } from '../model/target.ts';
import type { Fate, Side, ThreeWay } from '../model/three-way.ts';
import { command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { CLEAN } from './driver.ts';
import { engineReading } from './engine.ts';
import { GROUND } from './rehearse.ts';
import sides from './sides.sh?raw';

const FATES: ReadonlySet<string> = new Set<Fate>([
  'same',
  'restore',
  'remove',
  'mode',
  'lines',
  'home',
  'left',
]);

const DEADLINE = 60_000;
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** By transaction; one that the host does not know is left out. Throws TargetError when the host's answer is not whole. */
export async function readSides(
  transport: Transport,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly ThreeWay[]>> {
  const script = `${GROUND}\n${engineReading()}\n${sides}`;
  const parts = [CLEAN, '-c', value(script), 'portcullis', ...ids.map(value)];
  const outcome = await transport.run(command(parts, { deadline: DEADLINE, outputLimit: OUTPUT_LIMIT }));
  const text = outcome.kind === 'exited' && outcome.code === 0 && !outcome.truncated ? outcome.stdout : '';
  const read = parseSides(text);
  if (read !== undefined) return read;
  throw new TargetError('what earlier transactions changed could not be read', {
    evidence: outcome.kind === 'exited' ? [sanitizeLine(outcome.stderr, 300)] : [outcome.kind],
    hints: ['portcullis history TARGET lists them all the same'],
  });
}

type Draft = { -readonly [Key in keyof ThreeWay]: ThreeWay[Key] };

/** Undefined for a text that is not a whole answer. */
export function parseSides(text: string): ReadonlyMap<string, readonly ThreeWay[]> | undefined {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== 'end') return undefined;
  const all = new Map<string, Draft[]>();
  let objects: Draft[] | undefined;
  for (const line of lines) {
    const [word, ...rest] = line.split(' ');
    const last = objects?.at(-1);
    if (word === 'tx' && rest[0] !== undefined) {
      objects = [];
      all.set(rest[0], objects);
    } else if (word === 'object' && objects !== undefined) {
      const object = objectOf(rest);
      if (object === undefined) return undefined;
      objects.push(object);
    } else if (word === 'shown' && last !== undefined) {
      last.shown = true;
    } else if (word === 'text' && last !== undefined) {
      const [which = '', body = ''] = rest;
      if (which !== 'before' && which !== 'ours' && which !== 'now') return undefined;
      const side = last[which];
      if (side.kind === 'file') last[which] = { ...side, text: textOf(body === '-' ? '' : body) };
    } else return undefined;
  }
  return all;
}

function objectOf([path = '', fate = '', before = '', ours = '', now = '', later = '']: readonly string[]):
  | Draft
  | undefined {
  const sides = [sideOf(before), sideOf(ours), sideOf(now)] as const;
  if (!FATES.has(fate) || sides[0] === undefined || sides[1] === undefined || sides[2] === undefined)
    return undefined;
  return {
    path: Buffer.from(path, 'base64').toString('utf8'),
    fate: fate as Fate,
    before: sides[0],
    ours: sides[1],
    now: sides[2],
    later: later === '-' ? null : later,
    shown: false,
  };
}

function sideOf(text: string): Side | undefined {
  if (text === 'absent' || text === 'other') return { kind: text };
  const match = /^file:([0-7]{4}):(\d{1,10}):(\d{1,10}):(\d{1,15}|-)$/.exec(text);
  if (match === null) return undefined;
  const [, mode = '', uid, gid, bytes] = match;
  return {
    kind: 'file',
    mode,
    uid: Number(uid),
    gid: Number(gid),
    bytes: bytes === '-' ? null : Number(bytes),
    text: null,
  };
}

/** Null for what is no text. */
function textOf(base64: string): string | null {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.includes(0) ? null : bytes.toString('utf8');
}

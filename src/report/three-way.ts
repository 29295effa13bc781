// Three ways in words: what an object was before our change, what we wrote, what it is now, and what an undo does with it. The same
// rows for the screen, the lines and the command line. Rules: where somebody else changed it, that is said before anything else of it;
// what may be secret is told by its length alone; texts here are not yet safe to show.
import type { Side, ThreeWay, TransactionSides } from '../model/three-way.ts';
import { type ThreeWayLine, threeWayLines } from '../text/three-way.ts';

export type ThreeWayRow = {
  /** warn: what the reader must not miss. line: of the text, with the three it stands in. */
  readonly kind: 'title' | 'object' | 'fact' | 'warn' | 'fold' | 'line' | 'blank';
  readonly text: string;
  /** Of a line: "BWN", with "·" for a text it is not in and "?" where what we wrote is not known. */
  readonly mark?: string;
};

export const THREE_WAY_LEGEND = 'B before, W what we wrote, N now';

const CONTEXT_LINES = 2;

type Chosen = { readonly id: string; readonly step: string };

/** `chosen`: all that would be undone together, newest first. */
export function threeWayRows(
  sides: readonly TransactionSides[],
  chosen: readonly Chosen[],
): readonly ThreeWayRow[] {
  return chosen.flatMap(({ id, step }, index) => {
    const it = sides.find((one) => one.id === id);
    const rows: ThreeWayRow[] = [
      ...(index === 0 ? [] : [blank]),
      { kind: 'title', text: `${step}  ${id}` },
      ...(it === undefined ? [warn('The host does not know this transaction any more.')] : []),
    ];
    return it === undefined ? rows : [...rows, ...transactionRows(it, chosen)];
  });
}

const blank: ThreeWayRow = { kind: 'blank', text: '' };
const warn = (text: string): ThreeWayRow => ({ kind: 'warn', text });
const fact = (text: string): ThreeWayRow => ({ kind: 'fact', text });

function transactionRows(it: TransactionSides, chosen: readonly Chosen[]): readonly ThreeWayRow[] {
  if (it.refused !== undefined) return [warn(`It cannot be undone: ${it.refused}`)];
  const { length } = it.objects;
  const beside = it.would.filter((line) => !names(line, it.objects));
  const left = it.left.filter((line) => !names(line, it.objects));
  return [
    ...it.objects.flatMap((object, index) => [
      { kind: 'object', text: `${index + 1}/${length} ${object.path}` } as const,
      ...objectRows(object, chosen),
    ]),
    ...(beside.length === 0 ? [] : [fact(`Then, on the host: ${beside.join('; ')}`)]),
    ...left.map((line) => warn(line)),
    ...(it.objects.length + beside.length + left.length === 0
      ? [fact('Nothing of it is left to undo: all is as it was before.')]
      : []),
  ];
}

/** A line of the engine that says again what is told of an object; one that only gives it as a reason tells of something else. */
function names(line: string, objects: readonly ThreeWay[]): boolean {
  return objects.some(({ path }) => line.startsWith(`${path} `) || line.endsWith(` ${path}`));
}

function objectRows(it: ThreeWay, chosen: readonly Chosen[]): readonly ThreeWayRow[] {
  const facts = it.fate === 'home' ? [] : [fact(sidesText(it))];
  return [fateRow(it, chosen), ...facts, ...textRows(it)];
}

function fateRow(it: ThreeWay, chosen: readonly Chosen[]): ThreeWayRow {
  switch (it.fate) {
    case 'same':
      return fact('It is as before already: nothing to do.');
    case 'restore':
      return fact('Nobody changed it since. The undo puts the original back.');
    case 'remove':
      return fact('Nobody changed it since. The undo removes it: it was not there before.');
    case 'mode':
      return fact('Nobody changed it since. The undo puts mode and owner back.');
    case 'lines':
      return fact('Our lines are taken out; what others changed in it stays.');
    case 'home':
      return fact('The folder goes, unless something of its own is in it by now.');
    case 'left': {
      if (it.later === null) return warn('Changed since by somebody else: the undo leaves it as it is now.');
      const later = chosen.find(({ id }) => id === it.later);
      return later === undefined
        ? warn(`Changed again by Portcullis since (${it.later}): left as it is. Undo that one first.`)
        : fact(`Changed again by ${later.step} (${it.later}), which is undone first: then put back.`);
    }
  }
}

function sidesText({ fate, before, ours, now }: ThreeWay): string {
  const present =
    fate === 'same' ? 'as before' : fate === 'left' || fate === 'lines' ? sideText(now) : 'as we wrote it';
  return `before: ${sideText(before)}; we wrote: ${sideText(ours, 'removed')}; now: ${present}`;
}

function sideText(side: Side, absent = 'not there'): string {
  if (side.kind !== 'file') return side.kind === 'absent' ? absent : 'no plain file';
  const owner = side.uid === 0 && side.gid === 0 ? 'root' : `${side.uid}:${side.gid}`;
  const size = side.bytes === null ? '' : `${side.bytes} ${side.bytes === 1 ? 'byte' : 'bytes'}, `;
  return `${size}${side.mode} ${owner}`;
}

function textRows(it: ThreeWay): readonly ThreeWayRow[] {
  if (it.fate === 'mode' || it.fate === 'lines' || it.fate === 'home') return [];
  const files = [it.before, it.ours, it.now].filter((side) => side.kind === 'file');
  if (files.length === 0) return [];
  if (!it.shown) return [fact('What is in it is not shown: it may carry a secret.')];
  const unknown = (side: Side): boolean => side.kind === 'file' && side.text === null;
  if (unknown(it.before) || unknown(it.now))
    return [fact('Too long, or no text: not compared line by line.')];
  const known = !unknown(it.ours);
  const [before, ours, now] = [textOf(it.before), textOf(it.ours), textOf(it.now)];
  const lines = threeWayLines({ before, ours: known ? ours : now, now });
  if (lines === undefined) return [fact('Too different to compare line by line.')];
  if (before === now && ours === now && known) return [fact('What is in it is the same in all three.')];
  const rows = folded(lines).map(
    (one): ThreeWayRow =>
      typeof one === 'string' ? { kind: 'fold', text: one } : { kind: 'line', ...drawnLine(one, known) },
  );
  return [
    ...(known ? [] : [fact('What we wrote was not kept by the version that wrote it: before and now only.')]),
    ...rows,
    ...(lines.every(isAlike) && (before !== now || (known && ours !== now))
      ? [fact('They differ in how the last line ends.')]
      : []),
  ];
}

function textOf(side: Side): string | null {
  return side.kind === 'file' ? side.text : null;
}

function isAlike(line: ThreeWayLine): boolean {
  return line.before && line.ours && line.now;
}

function drawnLine(line: ThreeWayLine, known: boolean): { readonly mark: string; readonly text: string } {
  const ours = known ? (line.ours ? 'W' : '·') : '?';
  const plain = line.text.replaceAll('\t', '    ');
  const text = plain.endsWith('\r') ? `${plain.slice(0, -1)} (ends in a carriage return)` : plain;
  return { mark: `${line.before ? 'B' : '·'}${ours}${line.now ? 'N' : '·'}`, text };
}

/** Lines that all three have are folded where they are far from one that they have not. */
function folded(lines: readonly ThreeWayLine[]): readonly (ThreeWayLine | string)[] {
  const near = new Set<number>();
  for (const [index, line] of lines.entries()) {
    if (isAlike(line)) continue;
    for (let at = index - CONTEXT_LINES; at <= index + CONTEXT_LINES; at += 1) near.add(at);
  }
  const shown: (ThreeWayLine | string)[] = [];
  let hidden = 0;
  const close = (): void => {
    if (hidden > 0) shown.push(`${hidden} ${hidden === 1 ? 'line' : 'lines'} alike in all three`);
    hidden = 0;
  };
  for (const [index, line] of lines.entries()) {
    if (near.has(index)) {
      close();
      shown.push(line);
    } else hidden += 1;
  }
  close();
  return shown;
}

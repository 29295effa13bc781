// Rules: all options of a stage become one drop-in of ours plus the line edits it needs; sshd checks the result before it is
// reloaded, and it is reloaded, never restarted, unless ssh.socket owns the listener and the port moves. Stages follow one
// another: what the first leaves is the base of the second.
import { MAIN_FILE } from '../facts/sshd-config.ts';
import type { ConfigFile, SshdFact } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { BaseState, Change, Primitive } from '../model/resource.ts';
import { moveSocket } from './ssh-socket.ts';
import { canonicalKeyword } from './sshd.ts';
import { type Edit, type EditResult, editTree } from './sshd-edit.ts';
import { asked, nothingToDo, type OptionStage, reloadChange, type WantedOption } from './sshd-stage.ts';
import { INCLUDE_LINE, OWN_FILE, type Tree } from './sshd-tree.ts';
import { baseOf, fourDigits, isExact, NO_DIFF, type ResourceDiff, sha256 } from './wanted.ts';

export function diffSshdOptions(wanted: readonly WantedOption[], context: Context): ResourceDiff {
  if (wanted.length === 0) return NO_DIFF;
  const reading = context.readings.sshd;
  if (reading.kind !== 'known') {
    const reason = reading.kind === 'absent' ? 'there is no sshd on this host' : reading.reason;
    return { ...NO_DIFF, unknown: [`the sshd configuration could not be read: ${reason}`] };
  }
  const sshd = reading.value;
  const unreadable = [...sshd.files, ...sshd.socket.dropIns].filter((file) => !isExact(file));
  if (unreadable.length > 0 || sshd.files[0] === undefined) {
    const which = unreadable.map((file) => file.path).join(', ') || MAIN_FILE;
    return { ...NO_DIFF, unknown: [`${which} is not plain UTF-8 text, so it cannot be edited without loss`] };
  }

  const changes: Change[] = [];
  const contents: Record<string, string> = {};
  const notes: string[] = [];
  let tree: Tree = sshd.files.map(({ path, realPath, text }) => ({ path, realPath, text }));
  let socketText: string | undefined;
  for (const stage of stagesIn(wanted)) {
    const result = editTree({
      tree,
      wanted: stage.wanted.map((it) => it.resource),
      effective: sshd.effective,
    });
    const files = fileChanges({ before: tree, result, stage, sshd, contents, notes });
    const move = moveSocket({ wanted: stage.wanted, sshd, before: socketText, contents });
    changes.push(...files, ...(move?.changes ?? []));
    socketText = move?.text ?? socketText;
    if (files.length > 0 && move?.restarts !== true) changes.push(reloadChange(stage, sshd));
    if (files.length === 0 && move === undefined) changes.push(nothingToDo(stage, result));
    for (const { keyword, value, stricter } of result.kept) {
      if (stricter) notes.push(`kept: ${keyword} ${value} is stricter than what would be set`);
    }
    tree = result.tree;
  }
  if (sshd.commandLine.length > 0 && changes.some((change) => change.action !== 'none')) {
    notes.push(
      `sshd also runs with options of its own, which win over every file: ${sshd.commandLine.join(' ')}`,
    );
  }
  return { changes, contents, notes: [...new Set(notes)], unknown: [] };
}

/** Step by step in the order asked, in each first what only adds. */
function stagesIn(wanted: readonly WantedOption[]): readonly OptionStage[] {
  const steps = [...new Set(wanted.map((it) => it.step))];
  return steps.flatMap((step) =>
    (['expand', 'contract'] as const).flatMap((phase) => {
      const ofStage = wanted.filter((it) => it.step === step && (it.resource.phase ?? 'expand') === phase);
      return ofStage.length === 0 ? [] : [{ step, phase, wanted: ofStage }];
    }),
  );
}

function fileChanges(it: {
  before: Tree;
  result: EditResult;
  stage: OptionStage;
  sshd: SshdFact;
  contents: Record<string, string>;
  notes: string[];
}): readonly Change[] {
  const { before, result, stage, sshd } = it;
  const seen = new Set<string>();
  const changes: Change[] = [];
  for (const file of result.tree) {
    if (seen.has(file.realPath)) continue;
    seen.add(file.realPath);
    const old = before.find((candidate) => candidate.realPath === file.realPath);
    const fact = sshd.files.find((candidate) => candidate.realPath === file.realPath);
    const own = file.path === OWN_FILE;
    const loose =
      own && fact !== undefined && (fourDigits(fact.mode) !== '0600' || fact.uid !== 0 || fact.gid !== 0);
    if (old?.text === file.text && !loose) continue;
    const hash = sha256(file.text);
    it.contents[hash] = Buffer.from(file.text).toString('base64');
    const edits = result.edits.filter((edit) => edit.realPath === file.realPath);
    const askers = own
      ? stage.wanted.filter((one) => result.written.includes(canonicalKeyword(one.resource.keyword)))
      : stage.wanted.filter((one) =>
          edits.some((edit) => edit.keyword === canonicalKeyword(one.resource.keyword)),
        );
    const include = result.includeAdded && file.path === before[0]?.path;
    changes.push({
      address: `file:${file.realPath}`,
      action: old === undefined ? 'create' : 'update',
      title: own ? ownTitle(result.written.length) : editTitle(edits, include),
      step: stage.step,
      ...asked(askers.length > 0 ? askers : stage.wanted),
      risk: 'lockout',
      phase: stage.phase,
      confidence: 'predicted',
      before: old?.text ?? null,
      after: file.text,
      effective: [],
      base: changedBefore(it.sshd, old) ?? baseOf(fact),
      primitives: [putFile({ path: file.realPath, hash, fact: own ? undefined : fact })],
    });
    if (file.path !== file.realPath) {
      it.notes.push(`${file.path} is a link; ${file.realPath}, where it leads, is what changes`);
    }
    if (fact !== undefined && fact.nlink > 1) {
      it.notes.push(
        `${file.realPath} has ${fact.nlink} hard-linked names; the others keep the content of before`,
      );
    }
  }
  return changes;
}

/** The base of a file that an earlier stage has already rewritten: what that stage leaves. */
function changedBefore(
  sshd: SshdFact,
  old: { realPath: string; text: string } | undefined,
): BaseState | undefined {
  if (old === undefined) return undefined;
  const fact = sshd.files.find((candidate) => candidate.realPath === old.realPath);
  const hash = sha256(old.text);
  if (fact?.sha256 === hash) return undefined;
  const own = fact === undefined || fact.path === OWN_FILE;
  return {
    kind: 'file',
    sha256: hash,
    mode: own ? '0600' : fourDigits(fact.mode),
    uid: own ? 0 : fact.uid,
    gid: own ? 0 : fact.gid,
  };
}

function putFile(it: { path: string; hash: string; fact: ConfigFile | undefined }): Primitive {
  const owner = it.fact ?? { mode: '0600', uid: 0, gid: 0 };
  return {
    kind: 'put-file',
    path: it.path,
    sha256: it.hash,
    mode: fourDigits(owner.mode),
    uid: owner.uid,
    gid: owner.gid,
    ...(it.fact === undefined
      ? { parents: [{ path: '/etc/ssh/sshd_config.d', mode: '0755', uid: 0, gid: 0 }] }
      : {}),
  };
}

function ownTitle(count: number): string {
  return count === 1 ? '1 option in a drop-in of our own' : `${count} options in a drop-in of our own`;
}

function editTitle(edits: readonly Edit[], include: boolean): string {
  const parts: string[] = [];
  if (include) parts.push(`"${INCLUDE_LINE}" put in front`);
  const [first] = edits;
  if (first !== undefined) {
    const where = first.match === null ? '' : ` under "Match ${first.match}"`;
    parts.push(
      edits.length === 1
        ? `line ${first.line} switched off${where}: ${first.text}`
        : `${edits.length} lines switched off, the first is line ${first.line}${where}: ${first.text}`,
    );
  }
  return parts.join('; ');
}

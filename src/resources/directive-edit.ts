// Rules: every edit of one file is one change, made through the editor, so that what nobody asked for keeps its bytes; an edit that the editor
// refuses is told and nothing is guessed; a link stays, the file it leads to is edited. The server checks the whole and reloads, never
// restarts: a restart drops connections, and fails where a reload would have kept the old one serving.
import type { directiveEditor } from '../editors/directive-editor.ts';
import { type DirectivePath, findDirectives } from '../editors/directive-tree.ts';
import type { ConfigFile } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { Change, Checker, NginxEditResource } from '../model/resource.ts';
import {
  baseOf,
  fourDigits,
  isExact,
  lookedOf,
  lookUp,
  NO_DIFF,
  type ResourceDiff,
  sha256,
  type Wanted,
} from './wanted.ts';

type EditResource = Omit<NginxEditResource, 'kind'> & { readonly kind: 'nginx-edit' | 'caddy-edit' };
type WantedEdit = Wanted<EditResource>;

/** A server whose files are made of directives. `name`: as people call it. */
export type EditedServer = ReturnType<typeof directiveEditor> & {
  readonly name: string;
  readonly unit: string;
  readonly checker: Checker;
};

const HEADER = `# Written by portcullis. Change it with portcullis, or delete this file and reload nginx.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
`;

export function diffDirectiveEdits(
  wanted: readonly WantedEdit[],
  it: { readonly context: Context; readonly server: EditedServer },
): ResourceDiff {
  const groups = new Map<string, WantedEdit[]>();
  for (const one of wanted) {
    const key = JSON.stringify([one.step, one.resource.file]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const diffs = [...groups.values()].map((group) => diffOne(group, it));
  const changes = diffs.flatMap((diff) => diff.changes);
  const acting = changes.filter(({ action }) => action !== 'none');
  return {
    changes: [...changes, ...(acting.length === 0 ? [] : [checkAndReload(acting, it)])],
    contents: Object.assign({}, ...diffs.map((diff) => diff.contents)),
    notes: diffs.flatMap((diff) => diff.notes),
    unknown: diffs.flatMap((diff) => diff.unknown),
  };
}

function diffOne(
  wanted: readonly WantedEdit[],
  { context, server }: { readonly context: Context; readonly server: EditedServer },
): ResourceDiff {
  const [first] = wanted;
  if (first === undefined) return NO_DIFF;
  const path = first.resource.file;
  const cannot = (why: string): ResourceDiff => ({ ...NO_DIFF, unknown: [`${path}: ${why}`] });
  const found = lookUp(context, path);
  if (found === undefined) return cannot('nobody looked at it, so what would change there is not known');
  const fact = found === 'absent' ? undefined : found;
  if (fact === undefined && !path.includes('portcullis')) return cannot('it is not there any more');
  if (fact !== undefined && !isExact(fact)) return cannot('it is not plain UTF-8 text, so it is not edited');
  let text = fact?.text ?? HEADER;
  for (const { resource } of wanted) {
    const result = edited(text, resource, server);
    if ('said' in result) return cannot(`${result.said}; make the change by hand`);
    text = result.text;
  }
  return text === fact?.text ? NO_DIFF : written({ wanted, fact, text, path });
}

type Edited = { readonly text: string } | { readonly said: string };

function edited(text: string, resource: EditResource, server: EditedServer): Edited {
  const { block, edit } = resource;
  const parsed = server.editor.parse(text);
  if (!parsed.ok) return { said: `line ${parsed.problem.line}: ${parsed.problem.what}` };
  const document = parsed.value;
  const path: DirectivePath = block;
  if (edit.do === 'remove') {
    const gone: DirectivePath = [...path, { name: edit.name, args: edit.args, nth: 0 }];
    if (findDirectives(document, gone).length === 0) return { text };
    const result = server.editor.remove(document, gone);
    return result.ok ? edited(result.value, resource, server) : { said: result.problem.what };
  }
  const result =
    edit.do === 'add'
      ? server.insert({ document, path, directive: edit.directive, at: edit.at })
      : server.editor.set(
          document,
          [...path, { name: edit.name, args: edit.args.slice(0, edit.kept) }],
          edit.args,
        );
  return result.ok ? { text: result.value } : { said: result.problem.what };
}

function written(it: {
  readonly wanted: readonly WantedEdit[];
  readonly fact: ConfigFile | undefined;
  readonly text: string;
  readonly path: string;
}): ResourceDiff {
  const { wanted, fact, text } = it;
  const hash = sha256(text);
  const path = fact?.realPath ?? it.path;
  const change: Change = {
    address: `file:${path}`,
    action: fact === undefined ? 'create' : 'update',
    title: wanted.length === 1 ? '1 edit' : `${wanted.length} edits`,
    ...askedBy(wanted.map(({ step, control, why }) => ({ step, controls: [control], why }))),
    risk: 'service',
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
    before: fact?.text ?? null,
    after: text,
    base: baseOf(fact),
    primitives: [
      {
        ...{ kind: 'put-file', path, sha256: hash, mode: fourDigits(fact?.mode ?? '0644') },
        ...{ uid: fact?.uid ?? 0, gid: fact?.gid ?? 0 },
      },
    ],
  };
  const links = fact !== undefined && fact.nlink > 1;
  const notes = links
    ? [`${path} has ${fact.nlink} hard-linked names; the others keep the content of before`]
    : [];
  return { ...NO_DIFF, changes: [change], contents: { [hash]: Buffer.from(text).toString('base64') }, notes };
}

type Asked = Pick<Change, 'step' | 'controls' | 'why'>;

function askedBy(all: readonly Asked[]): Asked {
  const controls = [...new Set(all.flatMap((one) => one.controls))];
  const why =
    controls.length === 1 ? (all[0]?.why ?? '') : `${controls.length} controls; x in the step explains them`;
  return { step: all[0]?.step ?? '', controls, why };
}

/** The server looks at the whole once, after every file; one that does not run has nothing to reload. */
function checkAndReload(
  changes: readonly Change[],
  { context, server }: { readonly context: Context; readonly server: EditedServer },
): Change {
  const { name, unit, checker } = server;
  const state = lookedOf(context).find(({ units }) => units?.[unit])?.units?.[unit];
  const runs = state?.active === 'active';
  return {
    ...askedBy(changes),
    address: `reload:${unit}`,
    action: runs ? 'reload' : 'update',
    title: runs
      ? `${name} checks its files and reloads; connections stay`
      : `${name} checks its files; it does not run`,
    risk: 'service',
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
    ...(state === undefined ? {} : { base: { kind: 'unit', name: unit, ...state } }),
    primitives: [
      { kind: 'validate', checker },
      ...(runs ? [{ kind: 'unit', name: unit, verb: 'reload' } as const] : []),
    ],
  };
}

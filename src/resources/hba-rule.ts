// Rules: every change of one pg_hba.conf is one, made through the editor, so that all other bytes stay; the file is edited where it says just
// what the server says of that line, and told otherwise. The server checks the file before it reloads, because it ignores a bad one in
// silence; it is never restarted. Services that are named restart after it: their coming back is the proof.
import { type HbaDocument, hbaEditor, insertHbaRule } from '../editors/pg-hba.ts';
import type { PostgresCluster } from '../facts/postgresql-values.ts';
import type { ConfigFile } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { Change, EffectiveChange, HbaRuleResource, Primitive } from '../model/resource.ts';
import { clientWords, fatesOf, isKept, rowsAfter } from './hba-after.ts';
import { rowWords } from './hba-match.ts';
import {
  baseOf,
  fourDigits,
  isExact,
  lookedOf,
  lookUp,
  mergeDiffs,
  NO_DIFF,
  type ResourceDiff,
  sha256,
  type Wanted,
} from './wanted.ts';

type WantedRule = Wanted<HbaRuleResource>;

export function diffHbaRules(wanted: readonly WantedRule[], context: Context): ResourceDiff {
  const files = [...new Set(wanted.map(({ resource }) => resource.file))];
  return mergeDiffs(
    files.map((file) =>
      diffOne(
        wanted.filter(({ resource }) => resource.file === file),
        context,
      ),
    ),
  );
}

/** The cluster whose main file it is. */
export function clusterWith(context: Context, file: string): PostgresCluster | undefined {
  const { postgresql } = context.readings;
  const clusters = postgresql.kind === 'known' ? postgresql.value.clusters : [];
  return clusters.find(({ server }) => server?.settings.hba_file?.value === file);
}

function diffOne(wanted: readonly WantedRule[], context: Context): ResourceDiff {
  const path = wanted[0]?.resource.file ?? '';
  const cannot = (why: string): ResourceDiff => ({ ...NO_DIFF, unknown: [`${path}: ${why}`] });
  const cluster = clusterWith(context, path);
  const fact = lookUp(context, path);
  if (cluster?.server == null || fact === undefined || fact === 'absent')
    return cannot('nobody looked at it, so what would change there is not known');
  if (!isExact(fact)) return cannot('it is not plain UTF-8 text, so it is not edited');
  let { text } = fact;
  // From the end, so that the numbers of the lines above stay true.
  const edits = wanted.map(({ resource }) => resource).sort((a, b) => b.line - a.line || rank(a) - rank(b));
  for (const edit of edits) {
    const result = edited(text, edit);
    if ('said' in result) return cannot(`line ${edit.line}: ${result.said}; make the change by hand`);
    text = result.text;
  }
  const after = rowsAfter(cluster.server, edits);
  const effective = fatesOf(cluster.server, after).map(({ client, before, after: then }): EffectiveChange => {
    const words = (rows: typeof before) => rows.map(rowWords).join(', or ') || 'no line';
    return { name: clientWords(client), before: words(before), after: words(then) };
  });
  return text === fact.text ? NO_DIFF : written({ wanted, context, fact, text, cluster, effective });
}

/** What stands at a line is changed before something is put in front of it. */
const rank = ({ edit }: HbaRuleResource): number => (edit.do === 'set' ? 0 : 1);

type Edited = { readonly text: string } | { readonly said: string };

function edited(text: string, { line, edit }: HbaRuleResource): Edited {
  const parsed = hbaEditor.parse(text);
  if (!parsed.ok) return { said: parsed.problem.what };
  const document = parsed.value;
  const index = indexAt(document, line);
  const rule = hbaEditor.get(document, index);
  if (rule === undefined) return { said: 'no rule stands there' };
  const bare = (word: string) => ({ text: word, quoted: !/^[a-z_][a-z0-9_]*$/.test(word) });
  const result =
    edit.do === 'set'
      ? hbaEditor.set(document, index, {
          ...rule,
          ...(edit.part === 'type'
            ? { type: edit.value }
            : {
                method: edit.value,
                options: rule.options.filter(isKept),
              }),
        })
      : insertHbaRule(
          document,
          { before: index },
          {
            ...{ type: 'local', databases: [{ text: 'all', quoted: false }], users: [bare(edit.role)] },
            ...{ address: null, mask: null, method: 'peer', options: [] },
          },
        );
  return result.ok ? { text: result.value } : { said: result.problem.what };
}

function indexAt({ text, rules }: HbaDocument, line: number): number {
  return rules.findIndex(({ start }) => text.slice(0, start).split('\n').length === line);
}

function written(it: {
  readonly wanted: readonly WantedRule[];
  readonly context: Context;
  readonly fact: ConfigFile;
  readonly text: string;
  readonly cluster: PostgresCluster;
  readonly effective: readonly EffectiveChange[];
}): ResourceDiff {
  const { wanted, fact, text, cluster } = it;
  const hash = sha256(text);
  const controls = [...new Set(wanted.map(({ control }) => control))];
  const common = {
    step: wanted[0]?.step ?? '',
    controls,
    why:
      controls.length === 1
        ? (wanted[0]?.why ?? '')
        : `${controls.length} controls; x in the step explains them`,
    risk: 'service',
    phase: 'expand',
    confidence: 'predicted',
  } as const;
  const services = [...new Set(wanted.flatMap(({ resource }) => resource.services.map(({ unit }) => unit)))];
  const state = lookedOf(it.context).find(({ units }) => units?.[cluster.unit])?.units?.[cluster.unit];
  const { mode, uid, gid } = fact;
  const file: Change = {
    ...common,
    address: `file:${fact.realPath}`,
    action: 'update',
    title: wanted.length === 1 ? '1 line' : `${wanted.length} edits`,
    before: fact.text,
    after: text,
    effective: it.effective,
    base: baseOf(fact),
    primitives: [{ kind: 'put-file', path: fact.realPath, sha256: hash, mode: fourDigits(mode), uid, gid }],
  };
  const restarts = services.map((name): Primitive => ({ kind: 'unit', name, verb: 'restart' }));
  const reload: Change = {
    ...common,
    address: `reload:${cluster.unit}`,
    action: 'reload',
    title: ['PostgreSQL checks its lines and reloads', ...services.map((name) => `${name} restarts`)].join(
      '; ',
    ),
    effective: [],
    ...(state === undefined ? {} : { base: { kind: 'unit', name: cluster.unit, ...state } }),
    primitives: [
      { kind: 'validate', checker: 'postgresql' },
      { kind: 'unit', name: cluster.unit, verb: 'reload' },
      ...restarts,
    ],
  };
  const notes =
    fact.nlink > 1
      ? [`${fact.path} has ${fact.nlink} hard-linked names; the others keep the content of before`]
      : [];
  return {
    ...NO_DIFF,
    changes: [file, reload],
    contents: { [hash]: Buffer.from(text).toString('base64') },
    notes,
  };
}

// Rules: refusals come first, then what a person must know, then the changes by step, each with what it does in effect and how
// sure that is, then its text as a unified diff. A diff of more than FOLD lines is folded and says so. Nothing of a host is
// printed unescaped. With `brief` the diffs are left out.
import type { Finding } from '../model/control.ts';
import type { Plan } from '../model/plan.ts';
import type { Change, EffectiveChange } from '../model/resource.ts';
import { statementWords } from '../model/statement.ts';
import { diffLines, renderUnified } from '../text/diff.ts';
import { listChange, MANY_CONTROLS } from '../text/short-list.ts';
import { wrap } from '../text/wrap.ts';
import { rehearsalLines } from './rehearsal-text.ts';
import { confidenceWord, drawn, type Paint, paint, plural, riskWord, type Style, safe } from './style.ts';

/** Lines of one diff that are shown. */
const FOLD = 200;

const ACTION_SIGN: Readonly<Record<Change['action'], readonly [string, Paint]>> = {
  install: ['+', 'good'],
  create: ['+', 'good'],
  update: ['~', 'warn'],
  remove: ['-', 'bad'],
  reload: ['*', 'warn'],
  restart: ['*', 'warn'],
  start: ['*', 'warn'],
  stop: ['*', 'bad'],
  none: ['=', 'quiet'],
};

export type PlanStyle = Style & { readonly brief?: boolean };

/** The plan for a person who is to approve it. Ends with a newline. */
export function planText(plan: Plan, style: PlanStyle): string {
  const installs = plan.changes.filter(isInstall);
  const steps = [...new Set(plan.changes.filter((it) => !isInstall(it)).map((it) => it.step))];
  const head = `Plan for ${safe(plan.target.name, style)}  profile ${safe(plan.profile, style)}`;
  const lines = [
    paint(head, 'strong', style),
    ...(plan.target.hostKey === ''
      ? []
      : [paint(`host key ${safe(plan.target.hostKey, style)}`, 'quiet', style)]),
    ...refusalLines(plan, style),
    ...incompleteLines(plan, style),
    ...noteLines(plan, style),
    ...waivedLines(plan, style),
    ...(installs.length > 0 ? sectionLines(plan, { title: 'packages', changes: installs }, style) : []),
    ...steps.flatMap((step) => {
      const changes = plan.changes.filter((it) => it.step === step && !isInstall(it));
      return sectionLines(plan, { title: step, changes }, style);
    }),
    ...rehearsalLines(plan, style),
    '',
    ...closing(plan, style),
  ];
  return `${lines.join('\n')}\n`;
}

function refusalLines(plan: Plan, style: Style): readonly string[] {
  if (plan.refusals.length === 0) return [];
  const count = plan.refusals.length === 1 ? '1 reason' : `${plan.refusals.length} reasons`;
  const title = paint(
    drawn(`✗ REFUSED for ${count}; nothing of this plan will be applied`, style),
    'bad',
    style,
  );
  return [
    '',
    title,
    ...plan.refusals.flatMap((it) => [
      ...wrap(safe(it.message, style), { width: style.columns, indent: '    ', first: '  - ' }),
      ...wrap(safe(it.remedy, style), { width: style.columns, indent: '      ', first: '    instead: ' }),
      `    (${safe(it.guard, style)})`,
    ]),
  ];
}

function incompleteLines(plan: Plan, style: Style): readonly string[] {
  if (plan.complete) return [];
  const text = `INCOMPLETE: something the plan rests on could not be read, so it cannot be applied. \`portcullis check ${safe(plan.target.name, style)}\` says what.`;
  return [
    '',
    ...wrap(text, { width: style.columns, indent: '  ', first: '' }).map((line) =>
      paint(line, 'warn', style),
    ),
  ];
}

function noteLines(plan: Plan, style: Style): readonly string[] {
  if (plan.notes.length === 0) return [];
  return [
    '',
    'Read this first:',
    ...plan.notes.flatMap((note) =>
      wrap(safe(note, style), { width: style.columns, indent: '    ', first: '  ! ' }),
    ),
  ];
}

/** What fails and is left as it is, because somebody said so. */
function waivedLines({ findings }: Plan, style: Style): readonly string[] {
  const waived = findings.filter(({ result }) => result === 'waived');
  if (waived.length === 0) return [];
  const say = ({ control, severity, statement }: Finding): readonly string[] => {
    const text = `${control} (${severity})${statement === undefined ? '' : `: ${statementWords(statement)}`}`;
    return wrap(safe(text, style), { width: style.columns, indent: '    ', first: drawn('  ≈ ', style) });
  };
  return ['', 'Waived, and left as it is:', ...waived.flatMap(say)];
}

/** Packages come first, whichever steps want them; so the steps stand in the order of the walk. */
const isInstall = ({ action }: Change): boolean => action === 'install';

function sectionLines(
  plan: Plan,
  { title, changes }: { readonly title: string; readonly changes: readonly Change[] },
  style: PlanStyle,
): readonly string[] {
  const promise = plan.refusals.length === 0 && plan.complete;
  return [
    '',
    paint(safe(title, style), 'strong', style),
    ...changes.flatMap((change) => changeLines(change, { ...style, promise })),
  ];
}

const STAGE_WORDS: Readonly<Record<Change['phase'], string>> = {
  packages: '; installed before everything else, in a transaction of its own',
  expand: '',
  contract: '; taken away only after its replacement is proved',
};

/** `promise`: false where nothing of it will be armed and proved. */
function changeLines(change: Change, style: PlanStyle & { readonly promise: boolean }): readonly string[] {
  const [sign, colour] = ACTION_SIGN[change.action];
  const verb = change.action === 'none' ? 'nothing to do' : change.action;
  const name = change.action === 'install' ? change.address.replace(/^package:/, '') : change.address;
  const head = `  ${sign} ${verb}  ${safe(name, style)}`;
  const lines = [paint(head, colour, style)];
  const say = (text: string) =>
    wrap(safe(text, style), { width: style.columns, indent: '        ', first: '      ' });
  lines.push(...say(change.title));
  if (change.action === 'none') return lines;
  lines.push(...reasonLines(change, style));
  const stage = STAGE_WORDS[change.phase];
  lines.push(...say(`risk: ${riskWord(change.risk, style.promise)}; ${confidenceWord(change)}${stage}`));
  for (const it of change.effective) lines.push(...effectLines(it, style));
  return style.brief === true ? lines : [...lines, ...textLines(change, style)];
}

/** One reason is said; many are counted, and each is told by `explain`. */
function reasonLines(change: Change, style: Style): readonly string[] {
  const say = (text: string) =>
    wrap(safe(text, style, 4000), { width: style.columns, indent: '        ', first: '      ' });
  const { controls, why } = change;
  if (controls.length <= MANY_CONTROLS) {
    return [...say(`why: ${why}`), ...(controls.length > 0 ? say(`for: ${controls.join(', ')}`) : [])];
  }
  return say(`for ${controls.length} controls: ${controls.join(', ')}`);
}

/** A long list is told by what goes and what comes, a line each; anything else by the value before and after. */
function effectLines({ name, before, after }: EffectiveChange, style: Style): readonly string[] {
  const line = (text: string, first: string) =>
    wrap(drawn(text, style), {
      width: style.columns,
      indent: ' '.repeat(first.length + 2),
      first: drawn(first, style),
    });
  const head = wrap(`in effect: ${safe(name, style)}`, { width: style.columns, indent: '      ' });
  const list = listChange(before, after);
  if (list === undefined)
    return line(`in effect: ${safe(name, style)} ${shown(before, style)} → ${shown(after, style)}`, '      ');
  const say = (parts: readonly string[]) => parts.map((it) => safe(it, style)).join(', ');
  const { gone, come, order } = list;
  return [
    ...head,
    ...(gone.length === 0 ? [] : line(say(gone), '        − ')),
    ...(come.length === 0 ? [] : line(say(come), '        + ')),
    ...(order.length === 0 ? [] : line(say(order), '        order ')),
  ];
}

function shown(value: string, style: Style): string {
  return value === '' ? '(not set)' : safe(value, style);
}

function textLines(change: Change, style: Style): readonly string[] {
  if (change.before === undefined && change.after === undefined) return [];
  if (change.action === 'install') return packageLines(change, style);
  const path = change.address.replace(/^[a-z-]+:/, '');
  const names = {
    before: change.before === null ? '(absent)' : path,
    after: change.after === null ? '(absent)' : path,
  };
  const unified = renderUnified(diffLines(change.before, change.after), names).trimEnd();
  if (unified === '') return ['      (same text; mode, owner or place changes)'];
  const all = unified.split('\n');
  const lines = all.slice(0, FOLD).map((line) => paintDiff(`      ${drawn(line, style)}`, line, style));
  if (all.length <= FOLD) return lines;
  return [
    ...lines,
    `      ${drawn('…', style)} ${all.length - FOLD} more lines (plan --format json shows all of them)`,
  ];
}

/** What apt installs, a line a package: name, version, architecture, size to fetch. */
function packageLines({ after }: Change, style: Style): readonly string[] {
  return (after ?? '')
    .split('\n')
    .filter((it) => it !== '')
    .map((it) => paint(`      + ${safe(it, style)}`, 'good', style));
}

function paintDiff(line: string, raw: string, style: Style): string {
  if (raw.startsWith('+++') || raw.startsWith('---') || raw.startsWith('@@'))
    return paint(line, 'quiet', style);
  if (raw.startsWith('+')) return paint(line, 'good', style);
  return raw.startsWith('-') ? paint(line, 'bad', style) : line;
}

function closing(plan: Plan, style: Style): readonly string[] {
  // What cannot be applied promises nothing.
  if (plan.refusals.length > 0) return [paint('REFUSED: nothing of this can be applied', 'bad', style)];
  if (!plan.complete)
    return [paint('INCOMPLETE: nothing of this can be applied until all of it could be read', 'warn', style)];
  const real = plan.changes.filter((it) => it.action !== 'none');
  const score = drawn(`score ${plan.score.now} now → ${plan.score.projected} after`, style);
  const untold = plan.findings.filter(({ result }) => result === 'unknown').length;
  if (real.length === 0 && untold > 0) {
    const words = `Nothing is planned, but ${plural(untold, 'control')} could not be judged: "portcullis check" says why`;
    return [paint(`${words} (score ${plan.score.now}).`, 'warn', style)];
  }
  if (real.length === 0)
    return [`Nothing to do: the host is as this plan wants it (score ${plan.score.now}).`];
  const risky = real.some((it) => it.risk === 'lockout');
  const units = real.flatMap((it) =>
    it.primitives.flatMap((one) => (one.kind === 'unit' ? [`${one.verb} ${one.name}`] : [])),
  );
  const touched = [...new Set(units)].map((it) => safe(it, style)).join(', ');
  return [
    ...wrap(
      `${plural(real.length, 'change')}; ${touched === '' ? 'no service is touched' : touched}; ${score}`,
      {
        width: style.columns,
      },
    ),
    ...(risky
      ? wrap(
          'At risk: your own way in. So the host is armed first and takes everything back by itself unless a fresh login proves it.',
          { width: style.columns },
        )
      : []),
    ...(plan.proofs.length > 0
      ? [`${plural(plan.proofs.length, 'proof')} will be tried before it is kept.`]
      : []),
    paint(`digest ${safe(plan.digest, style)}`, 'quiet', style),
  ];
}

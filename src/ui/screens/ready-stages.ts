// What a plan does, stage by stage, in as many lines as there is room for.
import { type Stage, stageName } from '../../model/stage.ts';
import { type Line, line, span } from '../lines.ts';
import { packageLines, promiseLines } from './packages.ts';
import { changeMark, changeName, count } from './words.ts';

type Place = { readonly index: number; readonly of: number; readonly width: number };

/** The same from a line a change to a line a stage, longest first; packages give way last, because nothing else tells of them. */
export function stageLists(stages: readonly Stage[], width: number): readonly (readonly Line[])[] {
  const whole = (stage: Stage, index: number): Line[] =>
    stageLines(stage, { index, of: stages.length, width });
  const all = stages.flatMap(whole);
  if (stages.length < 2) return [all];
  const more = line(span('   d in the step shows all of it', 'muted'));
  const packages = stages.flatMap((stage, index) =>
    stage.phase === 'packages' ? whole(stage, index) : [stageLine(stage, index)],
  );
  const short = stages.map(stageLine);
  const promised =
    stages[0]?.phase === 'packages'
      ? [...short.slice(0, 1), ...promiseLines(width), ...short.slice(1)]
      : short;
  return [all, [...packages, more], [...promised, more], [...short, more]];
}

function stageLines(stage: Stage, { index, of, width }: Place): Line[] {
  return [
    ...(of === 1 ? [] : [line(span(` Stage ${index + 1}: ${stageName(stage)}`, 'strong'))]),
    ...(stage.phase === 'packages'
      ? packageLines(stage.changes, width)
      : stage.changes.map((it) =>
          line('   ', changeMark(it.action), ` ${changeName(it.address)}`, span(`  ${it.title}`, 'muted')),
        )),
  ];
}

/** A line a stage, where there is no room for one a change. */
function stageLine(stage: Stage, index: number): Line {
  const names = stage.changes.map(({ address }) => changeName(address)).join(', ');
  return line(
    span(` Stage ${index + 1}: ${stageName(stage)}  `, 'strong'),
    stage.phase === 'packages'
      ? names
      : [count(stage.changes.length, 'change'), ...servicesOf(stage)].join(', '),
  );
}

/** What reloads, restarts, starts or stops: "reload ssh.service". */
function servicesOf({ changes }: Stage): readonly string[] {
  return changes
    .filter(({ action }) => ['reload', 'restart', 'start', 'stop'].includes(action))
    .map(({ action, address }) => `${action} ${changeName(address)}`);
}

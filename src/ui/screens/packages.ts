// What a run installs, in words: before it is begun, while apt works, and until the rest is planned again.
import type { Change } from '../../model/resource.ts';
import { PACKAGES } from '../../model/stage.ts';
import { hanging, type Line, line, span } from '../lines.ts';
import { type Run, type State, transactionNow } from '../machine/state.ts';
import { changeMark, changeName, count } from './words.ts';

/** What holds of every package that comes, whoever wants it. */
const PROMISE = 'No service starts unconfigured; undo purges exactly these packages.';

type Named = { readonly name: string; readonly version: string };

/** Every package that apt said would come, those that were asked for first; a row is "name version architecture size". */
function comingWith(changes: readonly Change[]): { asked: readonly Named[]; others: readonly Named[] } {
  const rows = changes.flatMap(({ after }) => (after ?? '').split('\n').filter((row) => row !== ''));
  const all = rows.map((row) => {
    const [name = '', version = ''] = row.split(' ');
    return { name, version };
  });
  const wanted = new Set(changes.map(({ address }) => address.replace(/^package:/, '')));
  return {
    asked: all.filter(({ name }) => wanted.has(name)),
    others: all.filter(({ name }) => !wanted.has(name)),
  };
}

/** Packages that were asked for, those that come with them, and what holds of all. */
export function packageLines(changes: readonly Change[], width: number): Line[] {
  const { others } = comingWith(changes);
  const names = others.map(({ name }) => name).join(', ');
  return [
    ...changes.flatMap((it) =>
      hanging(
        line('   ', changeMark(it.action), ` ${changeName(it.address)}  `),
        it.title,
        width - 1,
        'muted',
      ).slice(0, 2),
    ),
    ...(others.length === 0
      ? []
      : hanging(line(span('     with ', 'muted')), names, width - 1, 'muted').slice(0, 2)),
    ...promiseLines(width),
  ];
}

export function promiseLines(width: number): Line[] {
  return hanging(line(span('     ')), PROMISE, width - 1, 'muted');
}

/** What the packages' own stage is about; nothing in any other. */
export function installingLines(state: State, width: number, short: boolean): Line[] {
  const { run, plan } = state;
  if (run === null || plan === null || run.kind !== 'apply' || run.stage?.name !== PACKAGES) return [];
  const { asked, others } = comingWith(
    plan.changes.filter(({ phase, action }) => phase === 'packages' && action !== 'none'),
  );
  const named = asked.map(({ name, version }) => (short ? name : `${name} ${version}`)).join(', ');
  const more = others.length === 0 ? '' : `, with ${count(others.length, 'package')} they need`;
  return [
    ...hanging(line(span(' Installs ', 'muted')), `${named}${more}`, width - 1).slice(0, short ? 1 : 3),
    ...(short ? [] : hanging(line(span(' ')), PROMISE, width - 1, 'muted')),
  ];
}

/** On the stage after the packages: that the rest came out as it was shown. */
export function plannedAgain({ again, stage }: Run): Line[] {
  return again === 'same' && stage?.number === 2
    ? [line(span(' ✓ ', 'good'), 'planned again with them: the rest is as it was shown')]
    : [];
}

/** Between the packages and what follows them. */
export function planningAgain(run: Run): Line[] {
  const { stage, again } = run;
  if (stage?.name !== PACKAGES || stage.next.length === 0 || again !== null) return [];
  return transactionNow(run)?.state === 'COMMITTED'
    ? [line(span(' ● ', 'info'), 'Reading the host again, and planning the rest with them')]
    : [];
}

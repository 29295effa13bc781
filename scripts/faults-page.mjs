// docs/faults.md from the results of a fault run: what ran, how it ended, and every point with every kind.
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)];
const plain = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A point's place in the order of the engine's own names, so that op-2 comes before op-10. */
const byName = (a, b) => a.localeCompare(b, 'en', { numeric: true });

/** The page as markdown. `planned` is the whole matrix; a result not there has not been run. */
export function faultsPage({ results, race, about, planned, images }) {
  const kinds = [
    ...new Set([...planned, ...results.map(({ fault }) => fault)].map(({ kind }) => kind)),
  ].sort();
  const key = ({ point, kind }) => `${point} ${kind}`;
  const covered = new Set(results.map(({ fault }) => key(fault)));
  const twice = [...covered].filter((one) =>
    images.every((image) => results.some((it) => it.image === image && key(it.fault) === one)),
  ).length;
  const bad = results.filter(({ end, fired }) => end === 'ILLEGAL' || !fired);
  const gap = Math.max(0, ...results.map((it) => it.gap));
  const over = Math.max(-Infinity, ...results.map((it) => it.gap - it.fault.lease));
  const longer = results.filter(
    ({ fault }) => fault.lease !== 60 && fault.lease > Number(about.lease),
  ).length;
  const wins = (kind) => race.filter(({ winner }) => winner === kind).length;
  const lost = race.filter(({ problems }) => problems.length > 0);

  const summary = images.flatMap((image) =>
    kinds.map((kind) => {
      const mine = results.filter((it) => it.image === image && it.fault.kind === kind);
      const ended = (end) => mine.filter((it) => it.end === end).length;
      const missed = mine.filter(({ fired }) => !fired).length;
      const numbers = ['OLD', 'NEW', 'untouched', 'ILLEGAL'].map(ended);
      return [image, kind, mine.length, ...numbers, missed];
    }),
  );

  const cell = (point, kind) => {
    const ends = images.flatMap((image) => {
      const it = results.find(
        (one) => one.image === image && one.fault.point === point && one.fault.kind === kind,
      );
      return it === undefined ? [] : [`${it.fired ? it.end : 'not reached'} ${image[0]}`];
    });
    const words = new Set(ends.map((end) => end.slice(0, -2)));
    return ends.length === images.length && words.size === 1 ? [...words][0] : ends.join(', ');
  };
  const points = [...new Set([...planned, ...results.map(({ fault }) => fault)].map(({ point }) => point))];
  points.sort(byName);

  return [
    '# Results of the fault matrix',
    '',
    `Written by \`npm run faults\`; run of ${about.started.slice(0, 16)} UTC at commit ${about.commit}, seed ${about.seed}, leases of ${about.lease} s where one must run out. Real hosts: ${images.join(' and ')}.`,
    'What is injected where, and the oracle: [transaction.md](transaction.md).',
    '',
    `The matrix: ${planned.length} faults (${points.length} points). Run: ${covered.size} of them, ${twice} on both images; ${results.length} runs in all, ${bad.length} bad.`,
    'Each image takes one half of the matrix in an order drawn from the seed, then the other half.',
    '',
    ...table(
      ['image', 'kind', 'runs', 'end OLD', 'end NEW', 'nothing begun', 'illegal', 'point not reached'],
      summary,
    ),
    '',
    `Longest time without a successful new login from outside: ${gap.toFixed(1)} s (looked at every 3 s; promised: at most the lease + 15 s; the worst was the lease ${over < 0 ? '−' : '+'} ${Math.abs(over).toFixed(1)} s; not watched while a host is down).`,
    `${longer} faults needed a longer lease because the machine was too slow to reach the point in time.`,
    '',
    `Commit racing the timer (trixie, leases of 2 s): ${race.length} rounds; the commit won ${wins('committed')}, the timer ${wins('too-late')}; ${lost.length} ended otherwise than told.`,
    '',
    ...(bad.length + lost.length === 0
      ? []
      : [
          '## What went wrong',
          '',
          ...bad.map(
            (it) =>
              `- ${it.image}, ${it.fault.point} ${it.fault.kind}: ${it.end}; ${plain(it.problems.join('; '))}`,
          ),
          ...lost.map((it) => `- race: ${plain(it.problems.join('; '))}`),
          '',
        ]),
    '## Every point',
    '',
    `How it ended on both images; ${images.map((image) => `${image[0]}: on ${image} only`).join(', ')}; untouched: refused or ended before anything was begun; empty: not run or not asked.`,
    '',
    ...table(
      ['point', ...kinds],
      points.map((point) => [point, ...kinds.map((kind) => cell(point, kind))]),
    ),
    '',
  ].join('\n');
}

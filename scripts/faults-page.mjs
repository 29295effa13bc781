// docs/faults.md from the results of a fault run: what ran, how it ended, and every point with every kind.
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)];
const plain = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A point's place in the order of the engine's own names, so that op-2 comes before op-10. */
const byName = (a, b) => a.localeCompare(b, 'en', { numeric: true });

/** The page as markdown. `planned` is the whole matrix; `aside`: results that were looked at and run again, each with its reason. */
export function faultsPage({ results, race, about, planned, aside, images }) {
  const kinds = [
    ...new Set([...planned, ...results.map(({ fault }) => fault)].map(({ kind }) => kind)),
  ].sort();
  const key = ({ point, kind, client }) => `${point} ${kind} ${client}`;
  const covered = new Set(results.map(({ fault }) => key(fault)));
  const twice = [...covered].filter((one) =>
    images.every((image) => results.some((it) => it.image === image && key(it.fault) === one)),
  ).length;
  const bad = results.filter(({ end, fired }) => end === 'ILLEGAL' || !fired);
  const commits = [...new Set(results.map(({ commit }) => commit))]
    .map((commit) => `${commit} (${results.filter((it) => it.commit === commit).length} runs)`)
    .join(' and ');
  const gap = Math.max(0, ...results.map((it) => it.gap));
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
    const ends = (image) => {
      const here = ({ image: on, fault }) => on === image && fault.point === point && fault.kind === kind;
      const words = results.filter(here).map((it) => (it.fired ? it.end : 'not reached'));
      // A point may be passed by what is kept and by what is taken back.
      return [...new Set(words)].sort().join('/');
    };
    const all = images.map((image) => [image[0], ends(image)]).filter(([, text]) => text !== '');
    const same = all.length === images.length && all.every(([, text]) => text === all[0][1]);
    return same ? all[0][1] : all.map(([letter, text]) => `${text} ${letter}`).join(', ');
  };
  const points = [...new Set([...planned, ...results.map(({ fault }) => fault)].map(({ point }) => point))];
  points.sort(byName);

  return [
    '# Results of the fault matrix',
    '',
    `Written by \`npm run faults\`; run of ${about.started.slice(0, 16)} UTC at commit ${commits}, seed ${about.seed}, leases of ${about.lease} s where one must run out. Real hosts: ${images.join(' and ')}.`,
    'What is injected where, and the oracle: [transaction.md](transaction.md).',
    '',
    `The matrix: ${planned.length} faults (${points.length} points). Run: ${covered.size} of them, ${twice} on both images; ${results.length} runs in all, ${bad.length} bad.`,
    'Each image takes one half of the matrix in an order drawn from the seed, then the other half.',
    '',
    ...(about.note === undefined ? [] : [about.note, '']),
    ...table(
      ['image', 'kind', 'runs', 'end OLD', 'end NEW', 'nothing begun', 'illegal', 'point not reached'],
      summary,
    ),
    '',
    `Longest time in which new logins from outside failed: ${gap.toFixed(1)} s (tried every 3 s; promised: at most the lease + 15 s; not watched while a host is down).`,
    `${longer} faults needed a longer lease because the machine was too slow to reach the point in time.`,
    '',
    `Commit racing the timer (trixie, leases of 2 s): ${race.length} rounds; the commit won ${wins('committed')}, the timer ${wins('too-late')}; ${wins('none')} were refused before anything began (a lease of 2 s on a slow machine); ${lost.length} ended otherwise than told.`,
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
    ...(aside.length === 0
      ? []
      : [
          '## Looked at and run again',
          '',
          ...aside.map(
            (it) =>
              `- ${it.image}, ${it.fault.point} ${it.fault.kind}: ${plain(it.problems.join('; '))}. ${it.reason}`,
          ),
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

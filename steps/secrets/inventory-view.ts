// Rules: a row says where a secret stands, how strong it is and what is wrong with it; never its value, and nothing that is not also a finding.
import type { SecretSeen, SecretsSight } from '../../src/facts/secret-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { fileFaults } from './files.ts';
import { sightOf } from './state.ts';
import { isDefault, lackOf, sharedWith, weaknessOf } from './weakness.ts';

const DAY = 86_400;

export function inventoryView(context: Context): StepView {
  const sight = sightOf(context);
  const reason = context.secrets?.kind === 'unknown' ? context.secrets.reason : 'they were not looked at yet';
  return {
    id: 'secrets.inventory',
    title: 'Secrets',
    about: 'Every declared secret as it stands in its file. Values are measured and not shown.',
    columns: ['Secret', 'Stands in', 'Class', 'Strength', 'Changing it', 'File changed', 'Used by'],
    rows: (sight?.secrets ?? []).map((seen) => rowOf(seen, sight as SecretsSight)),
    empty: `Nothing to show: ${reason}.`,
    legend: {
      good: 'strong, its own, and readable for its user only',
      bad: 'can be guessed, read or is not there',
      unknown: 'could not be read',
    },
  };
}

/** What is wrong with one secret, as the controls say it. */
function faultsOf(seen: SecretSeen, sight: SecretsSight): readonly string[] {
  const lack = lackOf(seen);
  const weak = weaknessOf(seen);
  const shared = sharedWith(seen, sight);
  const file = sight.files.find(({ path }) => path === seen.entry.path);
  const inUse = [...sight.units, ...sight.containers]
    .filter(({ stale }) => stale.includes(seen.entry.name))
    .map(({ name }) => name);
  return [
    ...(lack === undefined ? [] : [lack]),
    ...(isDefault(seen) ? ['it is a value that everybody knows'] : []),
    ...(weak === undefined ? [] : [weak]),
    ...(shared.length === 0 ? [] : [`the same value as ${shared.join(', ')}`]),
    ...(seen.lines > 1 ? [`its key stands ${seen.lines} times; the last one counts`] : []),
    ...(file === undefined ? [] : fileFaults(file, sight)),
    ...inUse.map((name) => `${name} still runs with another value`),
  ];
}

function rowOf(seen: SecretSeen, sight: SecretsSight): ViewRow {
  const { entry, measure, status, reason } = seen;
  const file = sight.files.find(({ path }) => path === entry.path);
  const faults = faultsOf(seen, sight);
  const strength =
    measure === null
      ? status
      : `${measure.length} characters, about ${measure.bits} bits (${measure.classes.join(', ')})`;
  const users = [
    ...entry.units,
    ...entry.containers,
    ...(entry.role === undefined ? [] : [`role ${entry.role.name}`]),
  ];
  const state = status === 'unreadable' ? 'unknown' : faults.length > 0 ? 'bad' : 'good';
  return {
    state,
    cells: [
      entry.name,
      entry.key === entry.name ? entry.path : `${entry.path}: ${entry.key}`,
      entry.kind.name,
      strength,
      entry.rotation,
      file === undefined || file.status !== 'file' ? '–' : ageOf(sight.now - file.changed),
      users.join(' ') || 'nobody told',
    ],
    notes: status === 'unreadable' ? [reason] : faults.map((it) => `${it}.`),
  };
}

function ageOf(seconds: number): string {
  const days = Math.floor(Math.max(0, seconds) / DAY);
  return days === 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago`;
}

// How the wizard speaks here, and whether it may show itself before its words are read whole. Rules: imports nothing
// heavy; one function decides the form for both, so that an early screen is never one that was not wanted; what the
// words mean in the end is for commander to say: here only what is plain without it.
import { interactive } from './interactive.ts';

/** A full screen; lines, where that would not be read (dumb terminals, screen readers, CI); nobody is there to ask. */
export type WizardForm = 'screen' | 'lines' | 'none';

export function wizardForm(options: { readonly plain: boolean; readonly json: boolean }): WizardForm {
  if (!interactive() || process.stdout.isTTY !== true || options.json) return 'none';
  const { TERM, INK_SCREEN_READER, CI } = process.env;
  const dumb = TERM === 'dumb' || TERM === undefined;
  // The same words as the launcher's: "CI=false" and an empty CI mean no.
  const unattended = CI !== undefined && !/^(false|0|)$/i.test(CI);
  return options.plain || dumb || INK_SCREEN_READER === 'true' || unattended ? 'lines' : 'screen';
}

/** First words that are not a host. A test holds them against the command table. */
export const COMMAND_NAMES: readonly string[] = [
  'apply',
  'attest',
  'check',
  'completion',
  'confirm',
  'demo',
  'doctor',
  'explain',
  'harden',
  'help',
  'history',
  'lockdown',
  'plan',
  'profile',
  'rollback',
  'secrets',
  'status',
  'unlock',
  'waive',
];

const SWITCHES: ReadonlySet<string> = new Set([
  '--dry-run',
  '--verbose',
  '--no-color',
  '--guide',
  '--no-guide',
]);
const NO_SCREEN: ReadonlySet<string> = new Set(['--', '--help', '--version', '--plain', '--json']);

/**
 * What words surely mean a wizard on a full screen, and of which host ('' = it asks). Undefined: not surely; the wizard
 * may still come, only later.
 */
export function surelyWizard(
  words: readonly string[],
): { readonly target: string; readonly dryRun: boolean } | undefined {
  if (words.some((word) => NO_SCREEN.has(word) || /^-[^-]/.test(word))) return undefined;
  const first = words.findIndex((word) => !SWITCHES.has(word));
  const named = words[first] === 'harden' ? words.slice(first + 1) : words.slice(Math.max(0, first));
  const target = named.find((word) => !SWITCHES.has(word)) ?? '';
  // The value of an option looks like a host.
  if (target.startsWith('-') || (words[first] !== 'harden' && COMMAND_NAMES.includes(target)))
    return undefined;
  return { target, dryRun: words.includes('--dry-run') };
}

const REACHING: ReadonlySet<string> = new Set([
  'apply',
  'attest',
  'check',
  'lockdown',
  'plan',
  'unlock',
  'waive',
]);

/** The host of words that surely reach one by this machine's ssh, directly. Undefined: not surely. */
export function surelyReached(words: readonly string[]): string | undefined {
  const [command = '', target = ''] = words;
  if (!REACHING.has(command) || target === '' || target.startsWith('-')) return undefined;
  return words.some((word) => /^-(-?h|-help|-jump|-transport)/.test(word)) ? undefined : target;
}

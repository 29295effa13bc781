import type { DockerFact } from './network-values.ts';
import { linesOf, type Sections } from './sections.ts';

/** The command line decides over the file; Docker refuses to start with both, but it may have been edited since. */
export function settingsOf(sections: Sections): (name: string, preset: boolean) => boolean {
  const options = linesOf(sections.body('command'));
  const file = linesOf(sections.body('settings'));
  return (name, preset) => {
    const option = options.findLast((it) => it === `--${name}` || it.startsWith(`--${name}=`));
    const setting = file.findLast((it) => it.startsWith(`"${name}"`));
    const word = option?.split('=')[1] ?? (option === undefined ? setting?.split(':')[1]?.trim() : 'true');
    return word === undefined ? preset : word === 'true';
  };
}

/** From the words of `iptables-save --version`. */
export function modeOf(version: string): DockerFact['rules'] {
  if (version.includes('nf_tables')) return 'nft';
  return version.includes('legacy') ? 'legacy' : 'unknown';
}

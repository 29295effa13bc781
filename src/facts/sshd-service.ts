// How sshd is started: its unit, its socket and the options of its command line.
import { configFiles } from './config-file.ts';
import { linesOf, pairsOf, type Sections, wordsOf } from './sections.ts';
import type { SshdFact } from './values.ts';

/** The blocks of `systemctl show`, loaded units only. */
function units(sections: Sections, suffix: string): readonly string[] {
  const blocks = (sections.find('units')?.body ?? '').trim().split('\n\n');
  return blocks.filter((block) => {
    const pairs = pairsOf(block);
    return pairs.get('LoadState') === 'loaded' && (pairs.get('Id') ?? '').endsWith(suffix);
  });
}

export function unitOf(sections: Sections): SshdFact['unit'] {
  const all = units(sections, '.service').map(pairsOf);
  const pairs = all.find((it) => it.get('ActiveState') === 'active') ?? all[0];
  return {
    name: pairs?.get('Id') ?? '',
    active: pairs?.get('ActiveState') ?? '',
    enabled: pairs?.get('UnitFileState') ?? '',
  };
}

export function socketOf(sections: Sections): SshdFact['socket'] {
  const all = units(sections, '.socket');
  const block = all.find((it) => pairsOf(it).get('ActiveState') === 'active') ?? all[0] ?? '';
  const pairs = pairsOf(block);
  return {
    active: pairs.get('ActiveState') === 'active',
    enabled: pairs.get('UnitFileState') === 'enabled',
    unit: pairs.get('Id') ?? '',
    listen: linesOf(block).flatMap((line) => /^Listen=(.*) \(Stream\)$/.exec(line)?.[1] ?? []),
    dropIns: configFiles(sections, 'drop-in'),
  };
}

/** Flags that say nothing about the configuration. */
const IDLE_FLAGS: ReadonlySet<string> = new Set(['-D', '-e', '-q', '-d', '-r', '-R', '-i']);

export function commandLine(sections: Sections): readonly string[] {
  const running = linesOf(sections.find('running')?.body ?? '');
  // sshd writes its arguments into its title: "sshd: /usr/sbin/sshd -D -p 22 [listener] 0 of 10-100 startups".
  const title = /^sshd: (.*?) \[listener\]/.exec(running[0] ?? '')?.[1];
  const live = title === undefined ? running.slice(1) : wordsOf(title).slice(1);
  const defaults = linesOf(sections.body('defaults')).flatMap((line) =>
    wordsOf(line.replace(/^[^=]*=/, '').replace(/["']/g, '')),
  );
  const told = live.length > 0 ? live : defaults;
  return told.filter((word) => !IDLE_FLAGS.has(word));
}

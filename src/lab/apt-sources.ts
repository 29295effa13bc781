import { readdir, readFile } from 'node:fs/promises';

/** One usable package archive of this machine: what a `deb` line needs. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Path of the signing keyring; undefined when the line names none. */
  readonly signedBy: string | undefined;
}

const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const DEBIAN_SUITE = /^(bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)(-security)?$/;

/** Parses the deb822 form; one stanza may stand for several sources. */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of text.split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#') || line.trim() === '') continue;
      if (/^[ \t]/.test(line)) {
        fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
        continue;
      }
      const colon = line.indexOf(':');
      last = line.slice(0, colon).toLowerCase();
      fields.set(last, line.slice(colon + 1).trim());
    }
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || /^(no|false)$/i.test(fields.get('enabled') ?? '')) continue;
    const signed = fields.get('signed-by');
    for (const uri of words('uris')) {
      for (const suite of words('suites')) {
        const signedBy = signed?.startsWith('/') ? signed : undefined;
        sources.push({ uri, suite, components: words('components'), signedBy });
      }
    }
  }
  return sources;
}

/** Parses the one-line form (`deb [options] uri suite component…`). */
export function parseOneLine(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line);
    if (!match) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1];
    sources.push({ uri, suite, components: components.trim().split(/\s+/), signedBy });
  }
  return sources;
}

/** Every enabled source of this machine, in the order apt reads them. */
export async function machineSources(directory = '/etc/apt'): Promise<AptSource[]> {
  const parts = await readdir(`${directory}/sources.list.d`).catch(() => []);
  const files = [
    `${directory}/sources.list`,
    ...parts.sort().map((name) => `${directory}/sources.list.d/${name}`),
  ];
  const sources: AptSource[] = [];
  for (const file of files) {
    if (!/\.(list|sources)$/.test(file)) continue;
    const text = await readFile(file, 'utf8').catch(() => '');
    sources.push(...(file.endsWith('.sources') ? parseDeb822(text) : parseOneLine(text)));
  }
  return sources;
}

/**
 * `deb` lines for a Debian release (main and security), from wherever this machine gets Debian. Empty when this
 * machine knows no Debian archive.
 */
export function debianLines(sources: readonly AptSource[], release: string): string[] {
  const debian = sources.filter(
    (source) => DEBIAN_SUITE.test(source.suite) && source.components.includes('main'),
  );
  const main = debian.find((source) => !source.suite.endsWith('-security'));
  const security = debian.find((source) => source.suite.endsWith('-security'));
  if (!main) return [];
  const line = (source: AptSource, suite: string) =>
    `deb [signed-by=${source.signedBy ?? DEBIAN_KEYRING}] ${source.uri} ${suite} main`;
  return [line(main, release), ...(security ? [line(security, `${release}-security`)] : [])];
}

import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './os.sh?raw';
import preamble from './sections.sh?raw';
import { pairsOf, reader } from './sections.ts';
import type { OsFact } from './values.ts';

/** os-release values are shell words: quotes go, backslashes take the next character. */
function unquoted(text: string | undefined): string {
  const trimmed = (text ?? '').trim();
  const inner = /^(["'])(.*)\1$/s.exec(trimmed)?.[2] ?? trimmed;
  return inner.replace(/\\(.)/gs, '$1');
}

/** Distribution, kernel and architecture. */
export const os: Fact<OsFact> = {
  name: 'os',
  title: 'Operating system',
  stability: 'stable',
  script: preamble + body,
  deadline: 5,
  outputLimit: 8192,
  parse: reader((sections) => {
    const release = pairsOf(sections.body('release'));
    return known({
      id: unquoted(release.get('ID')) || 'linux',
      versionId: unquoted(release.get('VERSION_ID')),
      prettyName: unquoted(release.get('PRETTY_NAME')) || unquoted(release.get('NAME')) || 'Linux',
      kernel: sections.line('kernel'),
      architecture: sections.line('machine'),
    });
  }),
};

import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './init.sh?raw';
import preamble from './sections.sh?raw';
import { pairsOf, reader, Unreadable } from './sections.ts';
import type { InitFact } from './values.ts';

/** What runs as PID 1. `state` is systemd's own word (running, degraded, …), empty elsewhere. */
export const init: Fact<InitFact> = {
  name: 'init',
  title: 'Init system',
  stability: 'stable',
  script: preamble + body,
  deadline: 5,
  outputLimit: 4096,
  digested: ({ name, version }) => ({ name, version }),
  parse: reader<InitFact>((sections) => {
    if (sections.find('other')) return known({ name: 'other', version: 0, state: '' });
    const pairs = pairsOf(sections.body('systemd'));
    const version = /^v?(\d{1,6})/.exec(pairs.get('Version') ?? '')?.[1];
    if (version === undefined) throw new Unreadable('systemd does not tell its version');
    return known({ name: 'systemd', version: Number(version), state: pairs.get('SystemState') ?? '' });
  }),
};

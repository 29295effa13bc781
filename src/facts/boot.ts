import { known } from '../model/outcome.ts';
import body from './boot.sh?raw';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { reader, Unreadable, whole } from './sections.ts';
import type { BootFact } from './values.ts';

/** Which boot this is, and the host's clocks. */
export const boot: Fact<BootFact> = {
  name: 'boot',
  title: 'Boot and clock',
  stability: 'volatile',
  script: preamble + body,
  deadline: 5,
  outputLimit: 1024,
  parse: reader((sections) => {
    const bootId = sections.line('boot');
    if (!/^[0-9a-f-]{36}$/.test(bootId)) throw new Unreadable('the kernel tells no boot id');
    const uptimeSeconds = whole(sections.line('uptime').split('.')[0]);
    return known({ bootId, uptimeSeconds, epochSeconds: whole(sections.line('now')) });
  }),
};

import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './identity.sh?raw';
import preamble from './sections.sh?raw';
import { reader, Unreadable } from './sections.ts';
import type { IdentityFact } from './values.ts';

/** Which machine this is, whatever name or address led to it. */
export const identity: Fact<IdentityFact> = {
  name: 'identity',
  title: 'Machine identity',
  stability: 'stable',
  script: preamble + body,
  deadline: 5,
  outputLimit: 1024,
  parse: reader((sections) => {
    const machineId = sections.line('machine');
    if (!/^[0-9a-f]{32}$/.test(machineId)) throw new Unreadable('/etc/machine-id holds no machine id');
    return known({ machineId, hostname: sections.line('hostname') });
  }),
};

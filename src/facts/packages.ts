import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './packages.sh?raw';
import preamble from './sections.sh?raw';
import { reader, whole } from './sections.ts';
import type { PackagesFact } from './values.ts';

/** Whether the package manager is whole and idle. */
export const packages: Fact<PackagesFact> = {
  name: 'packages',
  title: 'Package manager',
  stability: 'volatile',
  script: preamble + body,
  deadline: 20,
  outputLimit: 65_536,
  parse: reader<PackagesFact>((sections) => {
    if (sections.find('other')) return known({ manager: 'other', healthy: true, lockHolder: '' });
    const holder = sections.find('holder');
    return known({
      manager: 'apt',
      healthy: whole(sections.find('code')?.args[0]) === 0 && sections.body('audit').trim() === '',
      lockHolder: holder === undefined ? '' : `${holder.body.trim()} (pid ${holder.args[0] ?? '?'})`,
    });
  }),
};

import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './packages.sh?raw';
import preamble from './sections.sh?raw';
import { linesOf, reader, whole } from './sections.ts';
import type { PackagesFact } from './values.ts';

const NAME = /^[a-z0-9][a-z0-9+.-]*$/;

/** Whether the package manager is whole and idle. */
export const packages: Fact<PackagesFact> = {
  name: 'packages',
  title: 'Package manager',
  stability: 'volatile',
  script: preamble + body,
  deadline: 20,
  // Room for some ten thousand names.
  outputLimit: 262_144,
  parse: reader<PackagesFact>((sections) => {
    if (sections.find('other'))
      return known({ manager: 'other', healthy: true, complaint: '', lockHolder: '', installed: [] });
    const holder = sections.find('holder');
    const complaint = sections.body('audit').trim();
    return known({
      manager: 'apt',
      healthy: whole(sections.find('code')?.args[0]) === 0 && complaint === '',
      complaint,
      lockHolder: holder === undefined ? '' : `${holder.body.trim()} (pid ${holder.args[0] ?? '?'})`,
      installed: linesOf(sections.body('installed')).filter((name) => NAME.test(name)),
    });
  }),
};

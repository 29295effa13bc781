import { known, type Reading, unknown } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './own-state.sh?raw';
import preamble from './sections.sh?raw';
import { pairsOf, reader, type Sections } from './sections.ts';
import type { OwnStateFact } from './values.ts';

const FINAL: ReadonlySet<string> = new Set(['COMMITTED', 'ROLLED_BACK']);

/** What an earlier run of ours left behind. A folder that others can write is never read as ours. */
export const ownState: Fact<OwnStateFact> = {
  name: 'ownState',
  title: 'Earlier transactions',
  stability: 'volatile',
  script: preamble + body,
  deadline: 5,
  outputLimit: 262_144,
  parse: reader(read),
};

function read(sections: Sections): Reading<OwnStateFact> {
  if (sections.find('absent')) return known({ stateFolder: 'absent', engineVersion: '', open: [] });
  const [mode = '', uid = '', ...kind] = sections.line('folder').split(' ');
  const ours = kind.join(' ') === 'directory' && uid === '0' && /^[0-7]*00$/.test(mode);
  if (!ours) return known({ stateFolder: 'not-private', engineVersion: '', open: [] });
  if (sections.find('user')?.args[0] !== '0') return unknown('only root may look into /var/lib/portcullis');
  const open = sections.groups('transaction').flatMap((group) => {
    const state = group.line('state').trim();
    if (FINAL.has(state)) return [];
    const meta = pairsOf(group.body('meta'));
    const begun = Number(meta.get('begun') ?? '0');
    return [
      {
        id: group.line('transaction'),
        state: state === '' ? 'PREPARED' : state,
        operator: meta.get('operator') ?? '',
        begun: Number.isSafeInteger(begun) ? begun : 0,
      },
    ];
  });
  return known({ stateFolder: 'private', engineVersion: (sections.find('engine')?.body ?? '').trim(), open });
}

import type { AnswerValue } from '../model/control.ts';
import { known, type Reading, unknown } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './own-state.sh?raw';
import preamble from './sections.sh?raw';
import { reader, type Sections } from './sections.ts';
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
  const engineVersion = sections
    .line('engine')
    .replace(/^.*\//s, '')
    .replace(/^engine-|\.sh$/g, '');
  const open = sections.all
    .filter(({ name }) => name === 'transaction')
    .flatMap(({ args, body: text }) => {
      const [state = '', begun = '', operator = '', ...id] = text.split('\n');
      if (FINAL.has(state) || (state === 'ROLLBACK_PARTIAL' && args[0] === '1')) return [];
      return [
        {
          id: id.join('\n'),
          state: state === '' ? 'PREPARED' : state,
          // The engine keeps free text as base64.
          operator: Buffer.from(operator, 'base64').toString('utf8'),
          begun: /^\d{1,12}$/.test(begun) ? Number(begun) : 0,
        },
      ];
    });
  const decided = decidedIn(sections);
  return known({
    stateFolder: 'private',
    engineVersion,
    open,
    ...(Object.keys(decided).length === 0 ? {} : { decided }),
  });
}

/** Transactions come in the order of their names, which begin with their time; what does not read as answers is left out. */
function decidedIn(sections: Sections): Readonly<Record<string, AnswerValue>> {
  const all = new Map<string, AnswerValue>();
  for (const { body: text } of sections.all.filter(({ name }) => name === 'decided')) {
    const answers = parsed(Buffer.from(text, 'base64').toString('utf8'));
    if (typeof answers !== 'object' || answers === null) continue;
    for (const [id, value] of Object.entries(answers)) {
      if (/^[a-z0-9-]+\.[a-z0-9-]+$/.test(id) && isAnswer(value)) all.set(id, value);
    }
  }
  return Object.fromEntries(all);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAnswer(value: unknown): value is AnswerValue {
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

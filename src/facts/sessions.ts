import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { linesOf, pairsOf, reader } from './sections.ts';
import body from './sessions.sh?raw';
import type { SessionFact } from './values.ts';

/** Who is logged in now, ourselves included. Without logind the origin and the time are not known and stay empty. */
export const sessions: Fact<readonly SessionFact[]> = {
  name: 'sessions',
  title: 'Open sessions',
  stability: 'volatile',
  script: preamble + body,
  deadline: 10,
  outputLimit: 65_536,
  parse: reader((sections) => {
    const logind = sections.find('logind');
    if (logind === undefined) return known(linesOf(sections.body('titles')).flatMap(fromTitle));
    return known(
      logind.body
        .split('\n\n')
        .map(pairsOf)
        .filter((pairs) => pairs.get('Class')?.startsWith('user') && pairs.get('Name'))
        .map((pairs) => ({
          user: pairs.get('Name') ?? '',
          tty: pairs.get('TTY') ?? '',
          from: pairs.get('RemoteHost') ?? '',
          since: pairs.get('Timestamp') ?? '',
        })),
    );
  }),
};

/** "sshd: ana@pts/0" or "sshd-session: ana@notty". */
function fromTitle(title: string): readonly SessionFact[] {
  const [, user, tty = ''] = /^sshd(?:-session)?: (.+)@(\S+)\s*$/s.exec(title) ?? [];
  return user === undefined ? [] : [{ user, tty: tty === 'notty' ? '' : tty, from: '', since: '' }];
}

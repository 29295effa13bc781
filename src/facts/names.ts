// The second look of a run that is to ask an authority for certificates: which names, only the answers tell.
import { known, type Reading } from '../model/outcome.ts';
import { type Command, command, value } from '../text/command.ts';
import type { RawReply } from './fact.ts';
import body from './names.sh?raw';
import preamble from './sections.sh?raw';
import { linesOf, reader } from './sections.ts';

/** `nonce` frames the answer: fresh and random for each call. */
export function namesCommand(names: readonly string[], nonce: string): Command {
  return command(['/bin/sh', '-c', value(preamble + body), 'sh', ...names.map(value)], {
    stdin: [`${nonce}\n`],
    deadline: 5_000 + names.length * 8_000,
  });
}

/** Addresses by name, as the host's resolver gives them. */
export function parseNames(raw: RawReply): Reading<ReadonlyMap<string, readonly string[]>> {
  return reader((sections) => {
    sections.body('end');
    return known(
      new Map(
        sections
          .groups('name')
          .map((group) => [
            group.body('name'),
            linesOf(group.body('leads')).filter((line) => /^[0-9a-fA-F.:]+(%.+)?$/.test(line)),
          ]),
      ),
    );
  })(raw);
}

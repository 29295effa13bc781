import { absent, known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { pairsOf, reader, Unreadable, whole } from './sections.ts';
import type { WhoFact } from './values.ts';
import body from './who.sh?raw';

/** Our own login as the host sees it. Absent when we did not come over ssh. */
export const who: Fact<WhoFact> = {
  name: 'who',
  title: 'Our own login',
  stability: 'volatile',
  script: preamble + body,
  deadline: 5,
  outputLimit: 4096,
  parse: reader((sections) => {
    const pairs = pairsOf(sections.body('login'));
    const connection = pairs.get('SSH_CONNECTION');
    if (connection === undefined) return absent;
    const [clientAddress, clientPort, serverAddress, serverPort, more] = connection.split(' ');
    if (clientAddress === undefined || serverAddress === undefined || more !== undefined) {
      throw new Unreadable('SSH_CONNECTION is not four words');
    }
    return known({
      user: pairs.get('USER') ?? '',
      clientAddress,
      clientPort: whole(clientPort),
      serverAddress,
      serverPort: whole(serverPort),
    });
  }),
};

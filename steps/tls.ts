// Rules: what is judged is what nginx and Caddy make of their files, and what they serve is proved by handshakes from outside; nothing is restarted;
// nothing stricter is weakened; a private key stays on the host, and only its mode is ours to change.
import type { Step } from '../src/model/control.ts';
import { acmeControls } from './tls/acme.ts';
import { needsOf } from './tls/acme-orders.ts';
import { namedSites } from './tls/acme-questions.ts';
import { caddyParts } from './tls/caddy/index.ts';
import { withCaddy } from './tls/caddy/join.ts';
import { ownControls } from './tls/caddy/own-controls.ts';
import { certificateControls } from './tls/certificates.ts';
import { headerControls } from './tls/headers.ts';
import { protocolControls } from './tls/protocols.ts';
import { questions } from './tls/questions.ts';
import { siteControls } from './tls/sites.ts';
import { doors, sitesView } from './tls/view.ts';

const controls = [
  ...[...certificateControls, ...siteControls, ...protocolControls, ...headerControls].map((control) =>
    withCaddy(control, caddyParts[control.id]),
  ),
  ...acmeControls,
  ...ownControls,
];

export const tls: Step = {
  id: 'tls',
  title: 'TLS: what goes over the wire is read by nobody',
  what: 'Looks at every site of nginx and Caddy: certificate and key, TLS versions and suites, the way from http to https, and the headers that browsers obey. It edits only the lines that are wrong, and reloads.',
  why: 'A certificate that was renewed and never loaded, a header that one location dropped, an old version that stayed on: all of it looks fine in the file. Only a handshake from outside shows what is served.',
  words: [
    { word: 'TLS', means: 'what makes http into https: nobody on the way can read or change what is sent' },
    { word: 'certificate', means: 'a signed paper that says which server has which key; it ends on a day' },
    { word: 'HSTS', means: 'a promise to browsers that a site is only ever asked for over https' },
  ],
  questions,
  controls,
  after: [
    { step: 'firewall', why: 'visitors and the authority come in through ports that it opens' },
    {
      ...{ step: 'firewall', needs: 'firewall.renewals', why: 'the authority comes in through port 80' },
      when: (context) => namedSites(context).length > 0,
    },
  ],
  names: (context) => needsOf(context).flatMap(({ names }) => names),
  views: (context) => [sitesView(context, controls)],
  doors,
};

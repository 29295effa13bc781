// Rules: what the running servers say is judged, never a file; nobody who is connected loses his way, and the administrator never his; a
// server reloads and never restarts; of a password nothing but its kind is seen.
import type { Step } from '../src/model/control.ts';
import { authenticationControls } from './postgresql/authentication.ts';
import { clientsView } from './postgresql/clients-view.ts';
import { localWay, services } from './postgresql/questions.ts';
import { reachControls } from './postgresql/reach.ts';
import { demote, revoke, roles } from './postgresql/right-answers.ts';
import { rightsControls } from './postgresql/rights.ts';

export const postgresql: Step = {
  id: 'postgresql',
  title: 'PostgreSQL: who may reach which database, and how he proves who he is',
  what: 'Asks every PostgreSQL server which lines of pg_hba.conf it uses, who is connected over which, which kind of password each role has, and what roles may do. It edits only the lines that are wrong, and reloads.',
  why: 'One line with trust makes everybody the administrator of the database. A line that is closed in the wrong order shuts the application out, and a file with one error is silently ignored until the server starts anew.',
  words: [
    { word: 'PostgreSQL', means: 'a database server: where applications keep what they know' },
    { word: 'role', means: 'an account of the database, which is no account of the host' },
    { word: 'pg_hba', means: 'the list that says who may connect, from where, and how it is proved' },
  ],
  questions: [services, localWay, demote, revoke, roles],
  controls: [...authenticationControls, ...reachControls, ...rightsControls],
  after: [
    {
      step: 'secrets',
      why: 'a role with an md5 password needs a new one before its lines are closed to md5',
    },
  ],
  views: (context) => [clientsView(context)],
};

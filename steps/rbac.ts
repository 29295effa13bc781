// Rules of this step: whoever is root by another name is called root; a new way in is proved before an old one is closed; what people
// have and nobody asked about stays; the last administrator cannot be taken away.
import type { Step } from '../src/model/control.ts';
import { accountControls } from './rbac/accounts.ts';
import { keyControls } from './rbac/keys.ts';
import { matrix } from './rbac/matrix.ts';
import { peopleControl } from './rbac/people.ts';
import { policies } from './rbac/policy.ts';
import { closeRoot, passwordQuestion, peopleQuestion, unitsQuestion } from './rbac/questions.ts';
import { waysIn } from './rbac/ways-in.ts';

export const rbac: Step = {
  id: 'rbac',
  title: 'RBAC: who may do what, each under a name of his own',
  what: 'Gives everybody who works here an account, a key and a role, and shows who is root: by sudo, by a group or by a common key. Root’s own login is closed last.',
  why: 'A shared root key, a forgotten account or a group that is root in disguise undo everything else. A name for each person is what a log is good for.',
  words: [
    { word: 'RBAC', means: 'who may do what, by role' },
    { word: 'root', means: 'the account that may do everything' },
    { word: 'sudo', means: 'lets a named person do what only root may' },
  ],
  questions: [peopleQuestion, passwordQuestion, unitsQuestion, closeRoot],
  controls: [peopleControl, ...waysIn, ...policies, ...accountControls, ...keyControls],
  views: (context) => [matrix(context)],
};

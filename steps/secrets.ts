// Rules: a secret is told by its name, length and strength, never by its value; what replaces one comes from this machine's random numbers;
// nothing is rotated that was not named, and nothing ever whose loss destroys data; a service that does not come up with the new value
// gets the old one back.
import type { Step } from '../src/model/control.ts';
import { controls } from './secrets/controls.ts';
import { inventoryView } from './secrets/inventory-view.ts';
import { generate, inventory, rotate } from './secrets/questions.ts';
import { entriesOf } from './secrets/state.ts';

export const secrets: Step = {
  id: 'secrets',
  title: 'Secrets: nobody guesses them, nobody else reads them, and they can be changed',
  what: 'Looks at the secrets that you or the profile declared: how strong they are, who may read their files, where else they stand. Generates what is missing and rotates what you name, together with the services and the database that use it.',
  why: 'Most break-ins begin with a password that was a default, was reused, or lay readable in a copy. A secret that is changed in a file while the service keeps the old one is not changed.',
  words: [
    { word: 'secret', means: 'a value that opens something: a password, a key, a token' },
    {
      word: 'rotate',
      means: 'give a secret a new value wherever it is used, and see that the old one is dead',
    },
  ],
  questions: [inventory, rotate, generate],
  controls,
  views: (context) => (entriesOf(context).length === 0 ? [] : [inventoryView(context)]),
  secrets: entriesOf,
};

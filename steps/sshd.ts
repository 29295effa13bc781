// Rules of this step: a way in is proved before another is closed; the key exchange that our own login uses is never taken
// away; what is stricter already stays; a question that decides who gets in has no silent default.
import type { Step } from '../src/model/control.ts';
import { access } from './sshd/access.ts';
import { attested } from './sshd/attested.ts';
import { crypto } from './sshd/crypto.ts';
import { files } from './sshd/files.ts';
import { forwarding } from './sshd/forwarding.ts';
import { hygiene } from './sshd/hygiene.ts';
import { limits } from './sshd/limits.ts';
import { port } from './sshd/port.ts';
import { questions } from './sshd/questions.ts';

export const sshd: Step = {
  id: 'sshd',
  title: 'sshd: only keys, only named people, only strong algorithms',
  what: 'Decides who may log in over SSH, how they prove who they are, and which algorithms are used. Settings go into one drop-in file that wins over the others; what it cannot override is switched off where it stands.',
  why: 'SSH is the door through which hosts are administered and broken into. Guessed passwords, forgotten accounts and old algorithms are how others come in.',
  words: [
    { word: 'SSH', means: 'how you log in to the host and type commands there' },
    { word: 'sshd', means: 'the program on the host that lets people in over SSH' },
    { word: 'key', means: 'a file of yours that proves who you are; nobody can guess it, unlike a password' },
  ],
  questions,
  after: [{ step: 'firewall', why: 'a new port of SSH has to be open before sshd moves there' }],
  controls: [...access, ...crypto, port, ...limits, ...forwarding, ...hygiene, ...files, ...attested],
};

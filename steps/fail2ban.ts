// Rules: the operator is exempt before anything is banned; every claim is what the running server and the kernel's rules say;
// the jail follows the port that sshd is really reached on; what is stricter already stays.
import type { Step } from '../src/model/control.ts';
import { bans } from './fail2ban/bans.ts';
import { controls } from './fail2ban/controls.ts';
import { jails } from './fail2ban/jails.ts';
import { questions } from './fail2ban/questions.ts';

export const fail2ban: Step = {
  id: 'fail2ban',
  title: 'fail2ban: who guesses is shut out, and never you',
  what: 'Reads the log of sshd and bans addresses that fail to log in again and again, in the firewall that this host uses. Your own addresses are exempt first.',
  why: 'With keys only, guessing leads nowhere; bans keep the log readable and take load away. A fail2ban that is installed and dead, or guards the wrong port, gives false comfort.',
  words: [
    { word: 'fail2ban', means: 'a program that reads the log and shuts out addresses that guess passwords' },
    { word: 'ban', means: 'an address is not let in for a while' },
    { word: 'jail', means: 'what fail2ban calls the watch over one service' },
  ],
  questions,
  controls,
  after: [
    { step: 'firewall', why: 'its bans stand among the rules of the firewall that is there by then' },
    { step: 'sshd', why: 'a jail guards the port that sshd has at the end of the run' },
  ],
  views: (context) => [jails(context), bans(context)],
};

// What decides who gets into this host and lies outside of it: nothing here can be seen from anywhere, so people say it.
import type { Context } from '../../src/model/context.ts';
import { attestable, type Control } from '../../src/model/control.ts';

const applies = ({ readings }: Context): boolean => readings.sshd.kind !== 'absent';

const consoleTried = attestable({
  id: 'sshd.console-tried',
  title: 'There is a way in without SSH, and somebody has tried it',
  severity: 'medium',
  why: 'When SSH is what broke, the console is the only way back; whoever opens it for the first time in an emergency finds out then what is missing.',
  references: ['NIST SP 800-53 CP-4 (contingency plan testing)'],
  applies,
  question:
    'Did somebody of you log in on the console of this host (the provider’s, a rescue system, or the machine itself) and reach root?',
  days: 180,
});

const secondFactor = attestable({
  id: 'sshd.console-second-factor',
  title: 'The accounts that reach the console of this host need a second factor',
  severity: 'high',
  why: 'Whoever gets into the account at the provider needs no key of yours: the console, the disk and a new root password are there.',
  references: ['NIST SP 800-53 IA-2(1)', 'CIS Controls v8 6.5'],
  applies,
  question:
    'Do all accounts that can open the console or the disks of this host (at the provider, the hypervisor, the identity provider) ask for a second factor?',
  days: 180,
});

const card = attestable({
  id: 'sshd.recovery-card',
  title: 'The recovery card can be read when this machine is not there',
  severity: 'low',
  why: 'The card says how everything is taken back from the console; it helps nobody in a laptop that was lost with the keys.',
  references: ['Portcullis, the recovery card'],
  applies,
  question: 'Is a recovery card of this host printed, or kept where a second person can open it?',
  days: 365,
});

export const attested: readonly Control[] = [secondFactor, consoleTried, card];

// What decides whether secrets survive and stay secret, and lies outside of the host: nobody can see it from here, so people say it.
import { attestable, type Control } from '../../src/model/control.ts';
import { declared } from './state.ts';

const restored = attestable({
  id: 'secrets.restore-tested',
  title: 'A backup was restored lately, and what it needed to be read was there',
  severity: 'high',
  why: 'A backup that nobody restored is a hope. Most that fail are whole, and the key that opens them was on the host that is gone.',
  references: ['NIST SP 800-53 CP-9(1), CP-4', 'CIS Controls v8 11.5'],
  applies: declared,
  question:
    'In the last 90 days, did somebody of you restore a backup of this host elsewhere, start what it runs from it, and read its data, with the secrets that the backup itself or your own store had?',
  days: 90,
});

const kept = attestable({
  id: 'secrets.kept-elsewhere',
  title: 'Secrets whose loss destroys data are kept off this host as well',
  severity: 'high',
  why: 'What a lost key protected is lost with it. A copy on the same host goes with the host, and a copy that only one person can open goes with him.',
  references: ['NIST SP 800-57 part 1, 8.2.2', 'NIST SP 800-53 SC-12(1)'],
  applies: declared,
  question:
    'Are the secrets of this host that no new value could replace (keys of encrypted data, of backups) also in a password manager or an encrypted file elsewhere, and can a second person open it?',
  days: 180,
});

export const attested: readonly Control[] = [restored, kept];

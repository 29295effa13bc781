// The rooms of the wizard. A new step is one file and one line here; a profile decides which of them are walked, and in
// which order.
import type { Step } from '../src/model/control.ts';
import { fail2ban } from './fail2ban.ts';
import { firewall } from './firewall.ts';
import { postgresql } from './postgresql.ts';
import { rbac } from './rbac.ts';
import { secrets } from './secrets.ts';
import { sshd } from './sshd.ts';
import { tls } from './tls.ts';

export const steps: readonly Step[] = [secrets, tls, firewall, sshd, fail2ban, rbac, postgresql];

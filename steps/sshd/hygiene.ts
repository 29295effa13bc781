// Rules: options that have one right value on every host; none of them takes away a way in that somebody should have.
import type { Control } from '../../src/model/control.ts';
import { sshdOf } from '../../src/resources/sshd.ts';
import { cis, fixed, type OptionSpec, optionControl } from './option-control.ts';

const hostbased = fixed(
  {
    id: 'sshd.hostbased',
    title: 'Other hosts are not trusted to name their users',
    severity: 'medium',
    why: 'Whoever is root on a trusted host could come in as anybody.',
    references: cis('5.1.10', '5.1.10'),
    mayBreak: 'Clusters that log in by host.',
  },
  { HostbasedAuthentication: 'no' },
);

const rhosts = fixed(
  {
    id: 'sshd.rhosts',
    title: 'No .rhosts files',
    severity: 'medium',
    why: 'A file in a home would decide who comes in without a key.',
    references: cis('5.1.11', '5.1.11'),
    mayBreak: 'Nothing on hosts of this century.',
  },
  { IgnoreRhosts: 'yes' },
);

const gssapi: OptionSpec = fixed(
  {
    id: 'sshd.gssapi',
    title: 'No Kerberos login where nobody uses it',
    severity: 'low',
    why: 'Code that runs before login should be there for somebody.',
    references: cis('5.1.9', '5.1.9'),
    mayBreak: 'Kerberos single sign-on; where it was used within 30 days this control does not apply.',
    applies: (context) =>
      !(sshdOf(context)?.recentLogins ?? []).some((login) => login.method.startsWith('gssapi')),
  },
  { GSSAPIAuthentication: 'no' },
);

const environment = fixed(
  {
    id: 'sshd.user-environment',
    title: 'Users cannot set variables before login',
    severity: 'medium',
    why: 'Variables such as LD_PRELOAD get around forced commands.',
    references: cis('5.1.21', '5.1.22'),
    mayBreak: 'environment= options of keys and ~/.ssh/environment.',
  },
  { PermitUserEnvironment: 'no' },
);

const pam = fixed(
  {
    id: 'sshd.use-pam',
    title: 'PAM decides about accounts',
    severity: 'medium',
    why: 'Expiry, limits and the session log depend on PAM.',
    references: cis('5.1.22', '5.1.23'),
    mayBreak: 'Accounts that PAM refuses, such as expired ones.',
  },
  { UsePAM: 'yes' },
);

const strictModes = fixed(
  {
    id: 'sshd.strict-modes',
    title: 'Keys in files that others can write are refused',
    severity: 'medium',
    why: 'Otherwise another user can add a key to your account.',
    references: ['OpenSSH sshd_config(5) StrictModes'],
    mayBreak: 'People whose home or key files are writable by others.',
  },
  { StrictModes: 'yes' },
);

export const hygiene: readonly Control[] = [hostbased, rhosts, gssapi, environment, pam, strictModes].map(
  optionControl,
);

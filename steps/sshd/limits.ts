// Rules: limits keep a floor below which they hurt people instead of attackers; a limit that is stricter but above its floor
// stays.
import type { Control } from '../../src/model/control.ts';
import { cis, fixed, optionControl } from './option-control.ts';
import { exemptList, penalties } from './penalties.ts';

const clientAlive = fixed(
  {
    id: 'sshd.client-alive',
    title: 'Dead connections are noticed',
    severity: 'low',
    why: 'A session whose other end is gone otherwise stays open for ever.',
    references: cis('5.1.7', '5.1.7'),
    mayBreak: 'Sessions whose network is away for more than 15 minutes.',
  },
  { ClientAliveInterval: '300', ClientAliveCountMax: '3' },
);

const loginGrace = fixed(
  {
    id: 'sshd.login-grace-time',
    title: 'Half-open logins end soon',
    severity: 'medium',
    why: 'Unfinished logins use up the places that people need.',
    references: cis('5.1.13', '5.1.14'),
    mayBreak: 'People who need more than a minute to log in.',
  },
  { LoginGraceTime: '60' },
);

const authTries = fixed(
  {
    id: 'sshd.max-auth-tries',
    title: 'Few attempts per connection',
    severity: 'medium',
    why: 'Each connection gives a guesser that many tries.',
    references: cis('5.1.16', '5.1.17'),
    mayBreak: 'Agents that offer more than four keys: name one with IdentityFile and IdentitiesOnly.',
  },
  { MaxAuthTries: '4' },
);

const sessions = fixed(
  {
    id: 'sshd.max-sessions',
    title: 'Sessions per connection are limited',
    severity: 'low',
    why: 'One connection must not open any number of shells.',
    references: cis('5.1.17', '5.1.18'),
    mayBreak: 'Tools that open more than ten channels over one connection.',
  },
  { MaxSessions: '10' },
);

const startups = fixed(
  {
    id: 'sshd.max-startups',
    title: 'Waiting connections are limited',
    severity: 'medium',
    why: 'Without a limit a flood of connections keeps people out.',
    references: cis('5.1.18', '5.1.19'),
    mayBreak: 'More than ten logins in the same moment may be refused by chance.',
  },
  { MaxStartups: '10:30:60' },
);

const logLevel = fixed(
  {
    id: 'sshd.log-level',
    title: 'The log names the key that was used',
    severity: 'medium',
    why: 'Only VERBOSE records key fingerprints: without them nobody knows whose key came in.',
    references: cis('5.1.14', '5.1.15'),
    mayBreak: 'Nothing; the log grows a little.',
  },
  { LogLevel: 'VERBOSE' },
);

const compression = fixed(
  {
    id: 'sshd.compression',
    title: 'No compression',
    severity: 'low',
    why: 'Compressing secrets and input of others together tells their length, and zlib is more code to trust.',
    references: ['Lynis SSH-7408'],
    mayBreak: 'Nothing; slow links carry a little more.',
  },
  { Compression: 'no' },
);

const dns = fixed(
  {
    id: 'sshd.use-dns',
    title: 'Logins do not wait for DNS',
    severity: 'low',
    why: 'Names of clients are theirs to choose, and a dead resolver delays every login.',
    references: ['Lynis SSH-7408'],
    mayBreak: 'from="host name" options of keys and Match Host with names.',
  },
  { UseDNS: 'no' },
);

export const limits: readonly Control[] = [
  loginGrace,
  authTries,
  startups,
  sessions,
  clientAlive,
  penalties,
  exemptList,
  logLevel,
  compression,
  dns,
].map(optionControl);

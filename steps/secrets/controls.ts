// Rules: what is judged is the value that is in force; what no remedy can mend safely is told with what to do by hand.
import type { Control } from '../../src/model/control.ts';
import { postgresAway } from '../../src/resources/secret-away.ts';
import { attested } from './attested.ts';
import { composed, containers, git, images, inUse, unitEnvironment } from './exposure.ts';
import { copies, modes, repeated } from './file-controls.ts';
import { fills, heldBack, lacking, named, proofs } from './remedies.ts';
import { declared, eachSecret, rotatedOf, sightOf, whileSeen } from './state.ts';
import { isDefault, lackOf, sharedWith, weaknessOf } from './weakness.ts';

const READS =
  'the files of declared secrets, over the session; values are measured on your machine and not kept';
const RESTART =
  'Services that use it restart with the new value; where they do not come up, they get the old one back.';

const filled: Control = {
  id: 'secrets.set',
  title: 'Every declared secret has a value',
  severity: 'high',
  why: 'A placeholder that nobody filled in is a password that everybody can read in the documentation.',
  references: ['systemd.exec(5) EnvironmentFile', 'NIST SP 800-63B 5.1.1'],
  reads: READS,
  mayBreak: RESTART,
  applies: declared,
  judge: (context) =>
    eachSecret(context, 'each has a value', (seen) => {
      const lack = lackOf(seen);
      const why = lack === undefined ? undefined : heldBack(context, seen);
      return why === undefined ? lack : `${lack}; ${why}`;
    }),
  remedy: (context) => fills(context, lacking(context)),
  proofs,
};

const known: Control = {
  id: 'secrets.default',
  title: 'No secret is a value that everybody knows',
  severity: 'critical',
  why: 'Defaults of products are the first that is tried, by programs, on every address.',
  references: ['CWE-1392', 'OWASP ASVS 2.10.2'],
  reads: READS,
  mayBreak: RESTART,
  applies: declared,
  judge: (context) =>
    eachSecret(context, 'none is a known default', (seen) =>
      isDefault(seen) ? 'it is a value that everybody knows' : undefined,
    ),
  remedy: (context) => named(context, isDefault),
  proofs,
};

const strength: Control = {
  id: 'secrets.strength',
  title: 'Secrets cannot be guessed',
  severity: 'high',
  why: 'Nobody types these by hand, so they may be as long as it takes: 128 bits for passwords, all of its bytes for a key.',
  references: ['NIST SP 800-63B 5.1.1', 'RFC 4086'],
  reads: READS,
  mayBreak: RESTART,
  applies: declared,
  judge: (context) => eachSecret(context, 'each is strong enough for its class', weaknessOf),
  remedy: (context) => named(context, (seen) => weaknessOf(seen) !== undefined),
  proofs,
};

const reuse: Control = {
  id: 'secrets.reuse',
  title: 'Each secret has a value of its own',
  severity: 'medium',
  why: 'Whoever learns one then has the others as well.',
  references: ['NIST SP 800-57 part 1, 5.2'],
  reads: READS,
  mayBreak: RESTART,
  applies: declared,
  judge: (context) =>
    eachSecret(context, 'no two are the same', (seen, sight) => {
      const shared = sharedWith(seen, sight);
      return shared.length === 0 ? undefined : `the same value as ${shared.join(', ')}`;
    }),
};

const roles: Control = {
  id: 'secrets.roles',
  title: 'Database roles keep their passwords as SCRAM',
  severity: 'medium',
  why: 'An md5 verifier is as good as the password to whoever reads it in a dump.',
  references: ['PostgreSQL: password authentication', 'RFC 5803'],
  reads: 'PostgreSQL over its local socket: which kind of verifier a role has, not the verifier',
  mayBreak: 'Clients older than PostgreSQL 10 cannot log in with SCRAM.',
  applies: (context) =>
    declared(context) && sightOf(context)?.secrets.some(({ entry }) => entry.role !== undefined) !== false,
  judge: (context) =>
    whileSeen(context, ({ postgres, roles: found, secrets }) => {
      const wanted = [...new Set(secrets.flatMap(({ entry }) => entry.role?.name ?? []))];
      const away = postgres === 'read' ? [] : [postgresAway(postgres)];
      const bad = wanted.flatMap((name) => {
        const role = found.find((it) => it.name === name);
        if (postgres !== 'read') return [];
        if (role === undefined) return [`there is no role ${name}`];
        if (!role.login) return [`the role ${name} may not log in`];
        return role.verifier === 'scram' ? [] : [`the password of ${name} is kept as ${role.verifier}`];
      });
      return { bad, unknown: wanted.length === 0 ? [] : away, good: 'every one is kept as SCRAM-SHA-256' };
    }),
};

const rotation: Control = {
  id: 'secrets.rotation',
  title: 'What was named to be changed is changed',
  severity: 'low',
  why: 'A secret that somebody may have seen is worth nothing until it is another one, in the file, in the service and in the database.',
  references: ['NIST SP 800-57 part 1, 5.3.5'],
  reads: 'the answer secrets.rotate',
  mayBreak: RESTART,
  applies: (context) => rotatedOf(context).length > 0,
  judge: (context) =>
    whileSeen(context, () => {
      const left = rotatedOf(context).filter(({ name }) => !context.rotated?.includes(name));
      return {
        bad: left.map(({ name }) => `${name} is to get a new value`),
        good: 'all of them were changed in this run',
      };
    }),
  remedy: (context) =>
    fills(
      context,
      rotatedOf(context).filter(({ name }) => !context.rotated?.includes(name)),
    ),
  proofs,
};

export const controls: readonly Control[] = [
  filled,
  known,
  strength,
  reuse,
  repeated,
  modes,
  copies,
  unitEnvironment,
  git,
  inUse,
  containers,
  images,
  composed,
  roles,
  rotation,
  ...attested,
];

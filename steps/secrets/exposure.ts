// Where else a secret stands. Rules: told, not mended: what a unit, a repository, a container or an image says is its owner's text; a compose
// file is shut to those who have nothing to do with it, and keeps its group.
import type { SecretsSight } from '../../src/facts/secret-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { declared, sightOf, whileSeen } from './state.ts';

export const unitEnvironment: Control = {
  id: 'secrets.unit-environment',
  title: 'No unit shows a secret in Environment=',
  severity: 'high',
  why: 'Every user may ask the service manager for it.',
  references: ['systemd.exec(5) Environment, LoadCredential'],
  reads: 'systemctl show of the services that use declared secrets',
  mayBreak: 'Nothing is changed: move it to a file with EnvironmentFile= (mode 0600), then rotate it.',
  applies: declared,
  judge: (context) =>
    whileSeen(context, ({ units }) => ({
      bad: units.flatMap(({ name, holds }) =>
        holds.length > 0 ? [`${name} shows ${holds.join(', ')}`] : [],
      ),
      good: 'none does',
    })),
};

export const git: Control = {
  id: 'secrets.git',
  title: 'No file with secrets is in a git repository',
  severity: 'high',
  why: 'Whoever clones the repository has them, for ever: history forgets nothing.',
  references: ['CWE-540', 'gitignore(5)'],
  reads: 'the index of the repository around the file, without starting git',
  mayBreak: 'Nothing is changed: take it out (git rm --cached), ignore it, then rotate what it holds.',
  applies: declared,
  judge: (context) =>
    whileSeen(context, ({ files }) => ({
      bad: files.flatMap(({ path, git: found }) =>
        found?.tracked ? [`${path} is tracked in ${found.root}`] : [],
      ),
      good: 'none is tracked',
    })),
};

export const inUse: Control = {
  id: 'secrets.in-use',
  title: 'Services run with the value of the file',
  severity: 'medium',
  why: 'A value that was changed in the file alone is still the old one in the service, until the restart that nobody expects.',
  references: ['systemd.exec(5) EnvironmentFile'],
  reads:
    'the environment of the main process of services that use declared secrets, and of their containers as Docker has it',
  mayBreak: 'Nothing is changed: restart the service, make the container anew, or rotate the secret with it.',
  applies: declared,
  judge: (context) =>
    whileSeen(context, (sight) => ({
      bad: [
        ...sight.units.map(({ name, stale }) => ({ stale, what: `${name} runs` })),
        ...sight.containers.map(({ name, stale }) => ({ stale, what: `the container ${name} was made` })),
      ].flatMap(({ stale, what }) =>
        stale.length > 0 ? [`${what} with another value of ${stale.join(', ')}`] : [],
      ),
      unknown: sight.secrets.some(({ entry }) => entry.containers.length > 0)
        ? untold(sight, 'containers')
        : [],
      good: 'no service runs with another value',
    })),
};

/** Only where a daemon runs: a stopped one is not started to be asked. */
const withDocker = (context: Context): boolean => declared(context) && sightOf(context)?.docker !== 'absent';
/** `what`: of which kind, as it is counted. */
function untold({ docker, unseen }: SecretsSight, what: keyof SecretsSight['unseen']): readonly string[] {
  if (docker === 'unreadable') return ['Docker does not answer'];
  const [one, many] = UNSEEN[what];
  const count = unseen[what];
  return count === 0
    ? []
    : [count === 1 ? `1 ${one} was not looked at` : `${count} ${many} were not looked at`];
}

const UNSEEN = {
  containers: ['container', 'containers'],
  images: ['image', 'images'],
  composed: ['compose file', 'compose files'],
} as const;

export const containers: Control = {
  id: 'secrets.docker-inspect',
  title: 'No container shows a secret in its configuration',
  severity: 'low',
  why: 'Whoever may ask Docker reads it, and so does every tool that collects configurations.',
  references: ['Docker: manage sensitive data with secrets'],
  reads: 'docker inspect of all containers: environment, command, labels, health check',
  mayBreak: 'Nothing is changed: give it as a file (secrets: of compose), where the image can read one.',
  applies: withDocker,
  judge: (context) =>
    whileSeen(context, (sight) => ({
      bad: sight.containers.flatMap(({ name, holds }) =>
        holds.length > 0 ? [`${name} shows ${holds.join(', ')}`] : [],
      ),
      unknown: untold(sight, 'containers'),
      good: 'none does',
    })),
};

export const images: Control = {
  id: 'secrets.images',
  title: 'No image has a secret built in',
  severity: 'high',
  why: 'Whoever can pull the image has the secret, and every later layer keeps it.',
  references: ['Docker: build secrets', 'CWE-798'],
  reads: 'docker image inspect and docker history of the images of this host',
  mayBreak:
    'Nothing is changed: build it without (--secret, not ARG or ENV), throw the old one away, then rotate the secret.',
  applies: withDocker,
  judge: (context) =>
    whileSeen(context, (sight) => ({
      bad: sight.images.flatMap(({ name, holds }) =>
        holds.length > 0 ? [`the image ${name} holds ${holds.join(', ')}`] : [],
      ),
      unknown: untold(sight, 'images'),
      good: 'none has',
    })),
};

export const composed: Control = {
  id: 'secrets.compose',
  title: 'No compose file with secrets is open to everyone',
  severity: 'high',
  why: 'A password in "environment:" is as readable as the file, and compose files are seldom thought of as secret.',
  references: ['Docker: manage sensitive data with secrets', 'CWE-532'],
  reads: 'the files that running and stopped containers were composed from, as their labels name them',
  mayBreak: 'People who compose without being root or in the group of the file.',
  applies: withDocker,
  judge: (context) =>
    whileSeen(context, (sight) => ({
      bad: openComposed(sight).map(
        ({ path, mode, holds }) => `${path} holds ${holds.join(', ')} and is open to everyone (mode ${mode})`,
      ),
      unknown: untold(sight, 'composed'),
      good: 'none is',
    })),
  remedy: (context) => {
    const sight = sightOf(context);
    return (sight === undefined ? [] : openComposed(sight)).map(({ path, mode }) => ({
      kind: 'file',
      path,
      mode: (Number.parseInt(mode, 8) & 0o7770).toString(8).padStart(4, '0'),
    }));
  },
};

/** Declared files are judged by themselves. */
function openComposed({ composed: found, files }: SecretsSight): SecretsSight['composed'] {
  const own = new Set(files.flatMap(({ path, realPath }) => [path, realPath]));
  return found.filter(({ path, mode }) => !own.has(path) && (Number.parseInt(mode, 8) & 0o007) !== 0);
}

// Where else a secret stands. Rules: told, not mended: what a unit, a repository or a container says is its owner's text.
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
  reads: 'the environment of the main process of services that use declared secrets',
  mayBreak: 'Nothing is changed: restart the service, or rotate the secret with it.',
  applies: declared,
  judge: (context) =>
    whileSeen(context, ({ units }) => ({
      bad: units.flatMap(({ name, stale }) =>
        stale.length > 0 ? [`${name} runs with another value of ${stale.join(', ')}`] : [],
      ),
      good: 'no service runs with another value',
    })),
};

export const containers: Control = {
  id: 'secrets.docker-inspect',
  title: 'No container shows a secret in its configuration',
  severity: 'low',
  why: 'Whoever may ask Docker reads it, and so does every tool that collects configurations.',
  references: ['Docker: manage sensitive data with secrets'],
  reads: 'docker inspect of the running containers',
  mayBreak: 'Nothing is changed: give it as a file (secrets: of compose), where the image can read one.',
  applies: (context) => declared(context) && sightOf(context)?.docker !== 'absent',
  judge: (context) =>
    whileSeen(context, ({ containers: found, docker }) => ({
      bad: found.flatMap(({ name, holds }) =>
        holds.length > 0 ? [`${name} shows ${holds.join(', ')}`] : [],
      ),
      unknown: docker === 'unreadable' ? ['Docker does not answer'] : [],
      good: 'none does',
    })),
};

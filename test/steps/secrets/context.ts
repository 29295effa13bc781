// A host on which the look at declared secrets said what a case says; everything else is as a fresh host has it.
import { keyedDigest, measureSecret } from '../../../src/facts/secret-measure.ts';
import type { SecretFile, SecretSeen, SecretsSight, SecretUnit } from '../../../src/facts/secret-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue } from '../../../src/model/control.ts';
import { known } from '../../../src/model/outcome.ts';
import { readSecretEntry } from '../../../src/resources/secret-entry.ts';
import { contextOf } from '../sshd/context.ts';

export const KEY = new Uint8Array(32);
export const STRONG = 'kX9vQ2mWz7Lr4TnB8sYc1HpD6gJf3EaU';
export const STRONG_HEX = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** `entry` with the value it has; null for a key that is not there. */
export function seen(entry: string, value: string | null, more: Partial<SecretSeen> = {}): SecretSeen {
  const read = readSecretEntry(entry);
  if (typeof read === 'string') throw new Error(read);
  const nothing = { entry: read, reason: '', measure: null, digest: '', lines: 0 };
  if (value === null) return { ...nothing, status: 'missing', reason: `no key ${read.key}`, ...more };
  const names = [read.name, read.key, read.role?.name ?? ''];
  const measure = measureSecret(value, names);
  return { ...nothing, status: 'set', measure, digest: keyedDigest(KEY, value), lines: 1, ...more };
}

export function file(path: string, more: Partial<SecretFile> = {}): SecretFile {
  return {
    ...{
      path,
      realPath: path,
      status: 'file',
      reason: '',
      mode: '0600',
      uid: 0,
      gid: 0,
      owner: 'root',
      group: 'root',
    },
    ...{ changed: 1_700_000_000, nlink: 1, digest: keyedDigest(KEY, `file\0${path}`), copies: [], git: null },
    ...more,
  };
}

export function unit(name: string, more: Partial<SecretUnit> = {}): SecretUnit {
  return {
    ...{ name, enabled: 'enabled', active: 'active', user: 'app', uid: 990, gid: 990 },
    ...{ environmentFiles: ['/srv/app/.env'], holds: [], stale: [] },
    ...more,
  };
}

export function sight(more: Partial<SecretsSight>): SecretsSight {
  return {
    ...{
      secrets: [],
      files: [],
      units: [],
      containers: [],
      images: [],
      composed: [],
      unseen: { containers: 0, images: 0, composed: 0 },
      docker: 'absent',
      postgres: 'absent',
      roles: [],
    },
    now: 1_700_100_000,
    ...more,
  };
}

export function contextWith(it: SecretsSight, answers: Readonly<Record<string, AnswerValue>>): Context {
  const plain = contextOf({ about: 'a host with secrets', as: 'root' });
  return { ...plain, answers: new Map(Object.entries(answers)), secrets: known(it) };
}

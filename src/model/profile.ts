import type { AnswerValue } from './control.ts';

/** YAML data for one kind of system, validated. Carries no code, no commands, no keys, no secrets. */
export type Profile = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Schema version of the file. */
  readonly schema: number;
  /** Step ids in the order of the walk. */
  readonly steps: readonly string[];
  /** Answers that the profile proposes instead of the step's own default. */
  readonly answers: ReadonlyMap<string, AnswerValue>;
  /** Controls that are not applicable on this system, with the reason. */
  readonly excludes: ReadonlyMap<string, string>;
  /** Version of the system the file was written for, as text ("1.10" is not 1.1). */
  readonly version?: string;
  /** By what such a system is known: ids of os-release, of which one is wanted, and programs that listen. */
  readonly detect?: { readonly os?: readonly string[]; readonly listens?: readonly string[] };
  /** What the system listens on. */
  readonly ports?: readonly ProfilePort[];
  /** Files of the system whose mode and owner matter. */
  readonly files?: readonly ProfileFile[];
};

/** `from`: who may reach it. "everyone" is a word, so that nobody opens a port to the world by a typing error. */
export type ProfilePort = {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly purpose: string;
  readonly from: 'everyone' | 'nobody' | readonly string[];
};

/** An absolute, literal path; `mode` is four octal digits. */
export type ProfileFile = {
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly purpose: string;
};

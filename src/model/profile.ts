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
};

import type { Profile } from '../../src/model/profile.ts';
import { loadProfile } from '../../src/profile/load.ts';

/** The base profile, its walk cut to these steps: for tests of one room that make their own session. */
export async function walkOf(...steps: readonly string[]): Promise<Profile> {
  return { ...(await loadProfile('linux')), steps };
}

import { stringify } from 'yaml';
import { EXIT } from '../../model/errors.ts';
import { listProfiles, loadProfile, validateProfile } from '../../profile/load.ts';
import { deliver } from '../view.ts';

export async function profileList(): Promise<number> {
  const profiles = await listProfiles();
  const width = Math.max(...profiles.map((profile) => profile.id.length));
  await deliver(profiles.map((profile) => `${profile.id.padEnd(width)}  ${profile.title}`).join('\n'));
  return EXIT.fine;
}

export async function profileShow(name: string): Promise<number> {
  const profile = await loadProfile(name);
  await deliver(
    stringify({
      ...profile,
      answers: Object.fromEntries(profile.answers),
      excludes: Object.fromEntries(profile.excludes),
    }),
  );
  return EXIT.fine;
}

/** Throws UserError with every problem; silence would not say that something was checked. */
export async function profileValidate(file: string): Promise<number> {
  const profile = await validateProfile(file);
  await deliver(`${file}: valid profile "${profile.id}", steps ${profile.steps.join(', ')}`);
  return EXIT.fine;
}

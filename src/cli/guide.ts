import { stateFolder } from '../session/folders.ts';
import { guideWanted, keepGuide } from '../session/guide.ts';

/** Whether plain words are shown; `said` by a flag is remembered. */
export async function guided(said: boolean | undefined): Promise<boolean> {
  if (said === undefined) return await guideWanted(stateFolder(process.env));
  await rememberGuide(said);
  return said;
}

/** For the next time. Where it cannot be kept, the next time begins as if nothing had been said. */
export async function rememberGuide(on: boolean): Promise<void> {
  await keepGuide(stateFolder(process.env), on).catch(() => undefined);
}

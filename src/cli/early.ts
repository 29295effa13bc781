// What can begin before the words are read whole. Rules: nothing that a person would see, and nothing that reaches out: ssh is
// asked what its configuration says about the host, which every command that goes there asks as well.
import { type AskedConfig, askSshConfig } from '../transport/ssh-config.ts';
import { targetArgs } from '../transport/ssh-options.ts';
import { parseTarget } from '../transport/target.ts';

/** Asks ssh about the target; undefined where ssh is not asked or the target is wrong, which is told when it is read again. */
export function askEarly(text: string): AskedConfig | undefined {
  try {
    const target = parseTarget(text);
    return target.kind === 'local' ? undefined : askSshConfig(targetArgs(target));
  } catch {
    return undefined;
  }
}

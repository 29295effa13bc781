import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './managers.sh?raw';
import preamble from './sections.sh?raw';
import { linesOf, reader } from './sections.ts';
import type { ManagersFact } from './values.ts';

/** Configuration managers that may write over what we set. cloud-init switched off for good is not one. */
export const managers: Fact<ManagersFact> = {
  name: 'managers',
  title: 'Configuration managers',
  stability: 'stable',
  script: preamble + body,
  deadline: 10,
  outputLimit: 16_384,
  parse: reader((sections) => {
    const tools = new Set(
      sections.all.filter(({ name }) => name === 'tool').map(({ args }) => family(args[0] ?? '')),
    );
    if (tools.delete('cloud-init-disabled')) tools.delete('cloud-init');
    // The last file wins.
    const pwauth = linesOf(sections.body('pwauth')).at(-1) ?? '';
    const value = /^ssh_pwauth\s*:\s*["']?([A-Za-z0-9]*)/.exec(pwauth)?.[1] ?? '';
    return known({ names: [...tools].sort(), cloudInitSshPwauth: value.toLowerCase() });
  }),
};

function family(tool: string): string {
  return tool.replace(/^chef-.*/, 'chef').replace(/^salt-.*/, 'salt');
}

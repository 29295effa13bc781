import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import preamble from './sections.sh?raw';
import { reader, Unreadable } from './sections.ts';
import body from './tools.sh?raw';
import type { ToolsFact } from './values.ts';

/** Which programs the host has. */
export const tools: Fact<ToolsFact> = {
  name: 'tools',
  title: 'Tools on the host',
  stability: 'stable',
  script: preamble + body,
  deadline: 5,
  outputLimit: 8192,
  parse: reader((sections) => {
    if (sections.all.length === 0) throw new Unreadable('the answer is empty');
    return known(Object.fromEntries(sections.all.map(({ name, args }) => [args[0] ?? '', name === 'yes'])));
  }),
};

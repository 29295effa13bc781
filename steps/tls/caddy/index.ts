// What the controls of the step mean for Caddy; one without a line here is about nginx alone.
import { certificateParts } from './certificates.ts';
import { headerParts } from './headers.ts';
import type { CaddyPart } from './join.ts';
import { protocolParts } from './protocols.ts';
import { siteParts } from './sites.ts';

export const caddyParts: Readonly<Record<string, CaddyPart>> = {
  ...certificateParts,
  ...siteParts,
  ...protocolParts,
  ...headerParts,
};

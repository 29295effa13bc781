import { hostsAsFound } from './cli-variants.ts';
import { onImages } from './harness.ts';

for (const image of onImages('trixie', 'bookworm')) await hostsAsFound(image);

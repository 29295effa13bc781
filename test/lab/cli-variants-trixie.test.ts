import { hostsAsFound } from './cli-variants.ts';

await hostsAsFound('trixie');

import { onImages } from './harness.ts';
import { rehearsalOn } from './rehearsal.ts';

for (const image of onImages('trixie', 'bookworm')) await rehearsalOn(image);

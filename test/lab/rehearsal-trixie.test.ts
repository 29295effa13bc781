import { rehearsalOn } from './rehearsal.ts';

await rehearsalOn('trixie');

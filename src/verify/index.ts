// The one door to the verify room.
export { proveAll } from './prove.ts';

// Steps see resources, not text: the same words for both.
export { coversPort } from '../text/port-range.ts';

// Elements of named sets and maps as a listing has them. Rules: a set that is not listed whole has no elements here, never fewer;
// what stands behind a value (how long it stays, who counts it, a comment) is not part of it.
import type { Word } from './nft-rules.ts';

export type NamedSet = {
  /** As they would stand between braces in a rule, braces included; undefined: not listed. */
  readonly elements: readonly Word[] | undefined;
  /** Where they are not listed: addresses that the kernel was asked about. */
  readonly held: ReadonlyMap<string, boolean>;
};

const BEHIND = /^(timeout|expires|comment|counter|limit|quota|last|ct|size)$/;

/** From the words "elements = { 1.2.3.4 timeout 1h, … }", and others of the set before them. */
export function elementsIn(words: readonly Word[]): readonly Word[] {
  const plain = (word: Word | undefined, text: string) => word?.text === text && !word.quoted;
  const open = words.findIndex((word, index) => plain(word, '{') && plain(words[index - 1], '='));
  const out: Word[] = [];
  let behind = false;
  for (const word of open < 0 ? [] : words.slice(open)) {
    if (!word.quoted && /^[{},:]$/.test(word.text)) behind = false;
    else if (!word.quoted && BEHIND.test(word.text)) behind = true;
    if (!behind) out.push(word);
  }
  return out;
}

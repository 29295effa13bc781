// Wording is code: questions end in "?" or ":", nothing shouts, no key is bound twice in one place.
import { expect, test } from 'vitest';
import { KEYS } from '../../src/ui/keymap.ts';
import { steps } from '../../steps/index.ts';

test('every question of every step ends in a question mark or a colon and does not say select or choose', () => {
  for (const question of steps.flatMap((step) => step.questions)) {
    expect(question.prompt, question.id).toMatch(/[?:]$/);
    expect(question.prompt, question.id).not.toMatch(/\b(select|choose)\b/i);
  }
});

test('no key means two things in one place', () => {
  const taken = new Map<string, string>();
  for (const binding of KEYS) {
    for (const place of binding.places) {
      for (const key of binding.keys) {
        const spot = `${place} ${key}`;
        expect(taken.get(spot), spot).toBeUndefined();
        taken.set(spot, binding.command);
      }
    }
  }
});

test('every place has a way out that its footer or Ctrl-C shows', () => {
  const places = new Set(KEYS.flatMap((binding) => binding.places));
  for (const place of places) {
    const out = KEYS.some(
      (binding) => binding.places.includes(place) && ['back', 'quit', 'leave-now'].includes(binding.command),
    );
    expect(out, place).toBe(true);
  }
});

test('labels and explanations are calm: no capitals at the start, no exclamation mark, no full stop at the end', () => {
  for (const { label, about } of KEYS) {
    for (const words of [label, about]) expect(words).not.toMatch(/^[A-Z](?!trl|sc)|!|\.$/);
  }
});

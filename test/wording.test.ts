// Wording is code: what a person reads in every step keeps the same manners.
import { describe, expect, test } from 'vitest';
import { steps } from '../steps/index.ts';

const questions = steps.flatMap((step) => step.questions);
const controls = steps.flatMap((step) => step.controls);

test('there are questions and controls to be judged', () => {
  expect(questions.length).toBeGreaterThan(3);
  expect(controls.length).toBeGreaterThan(10);
});

describe('questions', () => {
  test.each(questions.map((it) => [it.id, it] as const))(
    '%s ends as a question ends, and never says "select"',
    (_, it) => {
      expect(it.prompt).toMatch(/[?:]$/);
      expect(it.prompt).not.toMatch(/\b(select|choose|pick)\b/i);
      expect(it.help).toMatch(/[.!)]$/);
    },
  );
  test('have ids of their own, named after their step', () => {
    expect(new Set(questions.map((it) => it.id)).size).toBe(questions.length);
    for (const step of steps) {
      for (const it of step.questions) expect(it.id).toMatch(new RegExp(`^${step.id}\\.[a-z0-9-]+$`));
    }
  });
});

describe('controls', () => {
  test.each(controls.map((it) => [it.id, it] as const))(
    '%s says what, why, what is read and what may break',
    (_, it) => {
      expect(it.title).not.toMatch(/[.!]$/);
      for (const text of [it.why, it.reads, it.mayBreak])
        expect(text.trim().length, it.id).toBeGreaterThan(4);
      expect(it.references.length).toBeGreaterThan(0);
    },
  );
  test('have ids of their own, named after their step', () => {
    expect(new Set(controls.map((it) => it.id)).size).toBe(controls.length);
    for (const step of steps) {
      for (const it of step.controls) expect(it.id.startsWith(`${step.id}.`)).toBe(true);
    }
  });
});

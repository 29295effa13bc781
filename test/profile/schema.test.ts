import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { schemaText } from '../../src/profile/json-schema.ts';

const root = join(import.meta.dirname, '../..');

test('profiles/schema.json is what the schema in the program generates', () => {
  const kept: unknown = JSON.parse(readFileSync(join(root, 'profiles/schema.json'), 'utf8'));
  expect(kept, 'run: node scripts/profile-schema.mjs').toEqual(JSON.parse(schemaText()));
});

test('every key of the schema can be described to an editor', () => {
  const schema = JSON.parse(schemaText()) as {
    properties: Record<string, object>;
    additionalProperties: boolean;
  };
  expect(schema.additionalProperties).toBe(false);
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(['schema', 'id', 'title', 'description', 'steps', 'answers', 'ports', 'files']),
  );
});

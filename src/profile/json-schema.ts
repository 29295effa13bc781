import * as z from 'zod';
import { profileSchema } from './schema.ts';

/** profiles/schema.json as text: JSON Schema of a profile file. Networks are checked by the program alone. */
export function schemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(profileSchema, { target: 'draft-7' }), undefined, 2)}\n`;
}

// Edits of account tables as a plan file has them.
import * as z from 'zod';

const accountName = z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/, 'must be the name of an account');
const day = z.number().int().min(0).nullable();
export const accountEdit = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('add'),
    line: z.string().regex(/^[^\u0000-\u001f\u007f]+$/, 'must be one line'),
  }),
  z.strictObject({ do: z.enum(['join', 'leave']), name: accountName, member: accountName }),
  z.strictObject({ do: z.literal('expire'), name: accountName, from: day, to: day }),
  z.strictObject({ do: z.literal('close'), name: accountName }),
]);

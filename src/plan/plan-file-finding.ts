import * as z from 'zod';

/** A finding as a plan file holds it, with what the operator said about its control. */
export const finding = z.strictObject({
  control: z.string(),
  step: z.string(),
  title: z.string(),
  severity: z.enum(['critical', 'high', 'medium', 'low']),
  result: z.enum(['pass', 'fail', 'unknown', 'notapplicable', 'notchecked', 'waived', 'attested']),
  evidence: z.array(z.string()),
  stricter: z.boolean(),
  statement: z
    .strictObject({
      kind: z.enum(['attest', 'waive']),
      control: z.string(),
      reason: z.string(),
      by: z.string(),
      at: z.string(),
      until: z.string(),
      expired: z.boolean(),
    })
    .optional(),
});

// The parts of a plan file that are about secrets and databases. Rules: names and shapes alone; a value has no place in any of them.
import * as z from 'zod';

const name = z.string().min(1).max(200);
const role = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be the name of a role');

/** `common`: path, mode, owner, as the other primitives have them. */
export function fillFileSchema<Common extends z.ZodRawShape>(common: Common) {
  return z.strictObject({
    kind: z.literal('fill-file'),
    format: z.enum(['env', 'ini', 'json', 'yaml']),
    holes: z.array(
      z.strictObject({
        name,
        key: name,
        kind: z.string().regex(/^(base62|hex|base64)-[1-9][0-9]{1,2}$/, 'must be a class of secrets'),
      }),
    ),
    drop: z.array(name),
    ...common,
  });
}

export const postgresRole = z.strictObject({ kind: z.literal('postgres-role'), role, hole: name });

const rightCommon = {
  kind: z.literal('postgres-right'),
  port: z.int().min(1).max(65535),
  database: z.string().regex(/^[a-z_][a-z0-9_-]{0,62}$/, 'must be the name of a database'),
  to: z.boolean(),
};

export const postgresRight = z.discriminatedUnion('what', [
  z.strictObject({
    ...rightCommon,
    what: z.enum(['superuser', 'createrole', 'createdb', 'bypassrls', 'read', 'write']),
    role,
  }),
  z.strictObject({ ...rightCommon, what: z.enum(['connect', 'temporary', 'create']) }),
]);

export const postgresLogin = z.strictObject({
  kind: z.literal('postgres-login'),
  value: z.enum(['new', 'old']),
  secret: name,
  hole: name,
  role,
  database: name,
});

const port = z.int().min(1).max(65535);

export const postgresDoor = z.strictObject({
  kind: z.literal('postgres-door'),
  port,
  role: name,
  database: name,
  via: z.enum(['', '127.0.0.1', '::1']),
  as: z.enum(['nobody', 'postgres']),
});

export const postgresSetting = z.strictObject({
  kind: z.literal('postgres-setting'),
  port,
  name: z.literal('password_encryption'),
  value: name,
});

export const service = z.strictObject({
  kind: z.literal('service'),
  unit: z.string().regex(/^[A-Za-z0-9@_.-]+\.service$/, 'must be a service'),
  role: role.optional(),
});

// Rules: a plan file is data from outside: its size is checked before it is parsed, its shape before it is used, every content
// against its name and the whole against its digest. What does not match was edited or cut, and is refused as a whole.
// Long because a plan has one shape, and it is read in one place.
import * as z from 'zod';
import { UserError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import { contentsOf } from '../model/resource.ts';
import { sha256 } from '../resources/wanted.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { canonicalJson, digestOf } from './digest.ts';
import { accountEdit } from './plan-file-account.ts';
import { finding } from './plan-file-finding.ts';
import {
  fillFileSchema,
  postgresDoor,
  postgresLogin,
  postgresRight,
  postgresRole,
  postgresSetting,
  service,
} from './plan-file-secrets.ts';

const PLAN_LIMIT = 8 * 1024 * 1024;
const DEEPEST = 32;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in lower-case hex');
const path = z
  .string()
  .regex(/^\/[^\u0000-\u001f\u007f]*$/, 'must be an absolute path')
  .refine((text) => !text.split('/').includes('..'), 'must not contain ".."');
const mode = z.string().regex(/^[0-7]{4}$/, 'must be four octal digits');
const owner = { mode, uid: z.number().int().min(0), gid: z.number().int().min(0) };
const phase = z.enum(['expand', 'contract']);
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]*$/, 'must be the name of a package');
const answer = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
const family = z.enum(['ipv4', 'ipv6']).optional();
const port = z.number().int().min(1).max(65_535);
const unitName = z.string().regex(/^[A-Za-z0-9@_.:\\-]+\.[a-z]+$/, 'must be a unit name');

const hostName = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be the name of a host');

const primitive = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('put-file'),
    path,
    sha256: hash,
    ...owner,
    parents: z.array(z.strictObject({ path, ...owner })).optional(),
  }),
  z.strictObject({ kind: z.literal('remove-file'), path }),
  fillFileSchema({ path, ...owner }),
  postgresRole,
  postgresRight,
  z.strictObject({ kind: z.literal('set-mode'), path, ...owner }),
  z.strictObject({
    kind: z.literal('account-lines'),
    table: z.enum(['passwd', 'shadow', 'group', 'gshadow']),
    edits: z.array(accountEdit),
  }),
  z.strictObject({
    kind: z.literal('make-home'),
    path,
    ...owner,
    sha256: hash.nullable(),
  }),
  z.strictObject({
    kind: z.literal('nft-table'),
    family: z.enum(['inet', 'ip', 'ip6']),
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,31}$/, 'must be a table name'),
    sha256: hash.nullable(),
  }),
  z.strictObject({
    kind: z.literal('ufw'),
    scope: z.enum(['rules', 'whole']),
    was: z.enum(['active', 'inactive']),
  }),
  z.strictObject({
    kind: z.literal('unit'),
    name: unitName,
    verb: z.enum([
      'reload',
      'restart',
      'start',
      'stop',
      'enable',
      'disable',
      'mask',
      'unmask',
      'daemon-reload',
    ]),
  }),
  z.strictObject({
    kind: z.literal('packages'),
    install: z.array(packageName),
    set: z.array(
      z.strictObject({
        name: packageName,
        architecture: z.string().regex(/^[a-z0-9-]+$/),
        version: z.string().regex(/^[A-Za-z0-9.+:~-]+$/),
      }),
    ),
    kibibytes: z.number().int().min(0),
  }),
  z.strictObject({
    kind: z.literal('certbot-issue'),
    name: hostName,
    names: z.array(hostName).min(1),
    webroot: path,
    server: z.string().regex(/^(https:\/\/[A-Za-z0-9.:/_~%-]+)?$/, 'must be an https address'),
    email: z.string().regex(/^([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)?$/, 'must be an address of mail'),
    known: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('validate'),
    checker: z.enum(['sshd', 'fail2ban', 'visudo', 'nginx', 'caddy', 'postgresql']),
  }),
]);

const base = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({ kind: z.literal('file'), sha256: hash, ...owner }),
  z.strictObject({ kind: z.literal('keyed'), digest: hash, ...owner }),
  z.strictObject({ kind: z.literal('mode'), ...owner }),
  z.strictObject({ kind: z.literal('nft-table'), sha256: hash }),
  z.strictObject({ kind: z.literal('unit'), name: unitName, enabled: z.string(), active: z.string() }),
]);

const change = z.strictObject({
  address: z.string(),
  action: z.enum(['install', 'create', 'update', 'remove', 'reload', 'restart', 'start', 'stop', 'none']),
  title: z.string(),
  step: z.string(),
  controls: z.array(z.string()),
  why: z.string(),
  risk: z.enum(['none', 'service', 'lockout']),
  phase: z.enum(['packages', 'expand', 'contract']),
  confidence: z.enum(['rehearsed', 'validated', 'predicted']),
  before: z.string().nullable().optional(),
  after: z.string().nullable().optional(),
  effective: z.array(z.strictObject({ name: z.string(), before: z.string(), after: z.string() })),
  base: base.optional(),
  primitives: z.array(primitive),
});

const check = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('login'),
    user: z.string(),
    port,
    family,
    root: z.boolean(),
    byKey: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('method'), user: z.string(), port, method: z.string(), family }),
  z.strictObject({ kind: z.literal('port'), port, family }),
  z.strictObject({
    kind: z.literal('sshd-effective'),
    keyword: z.string(),
    value: z.string(),
    user: z.string().optional(),
    address: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('listener'), port }),
  z.strictObject({
    kind: z.literal('jail'),
    jail: z.string(),
    ports: z.array(z.int()),
    ignores: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('ban'), jail: z.string() }),
  z.strictObject({
    kind: z.literal('tls'),
    port,
    name: z.string(),
    family: z.enum(['ipv4', 'ipv6']),
    version: z.enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']).optional(),
    certificate: hash.optional(),
  }),
  z.strictObject({
    kind: z.literal('issued'),
    port,
    name: z.string(),
    family: z.enum(['ipv4', 'ipv6']),
    file: path,
    names: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('renewal'), name: hostName, server: z.string() }),
  z.strictObject({
    kind: z.literal('http'),
    port,
    name: z.string(),
    family: z.enum(['ipv4', 'ipv6']),
    tls: z.boolean(),
    path: z.string(),
    redirect: z.boolean(),
    headers: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  }),
  z.strictObject({ kind: z.literal('workers'), files: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('loaded'), files: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('person'),
    user: z.string(),
    groups: z.array(z.string()),
    sudo: z.enum(['all', 'some', 'none']),
    key: z.string().optional(),
  }),
  postgresDoor,
  postgresLogin,
  postgresSetting,
  service,
]);

const rehearsal = z.strictObject({
  method: z.enum(['rehearsed', 'namespace', 'flattened']),
  reason: z.string(),
  checkers: z.array(
    z.strictObject({
      step: z.string(),
      phase,
      name: z.string(),
      result: z.enum(['passed', 'failed', 'broken', 'missing']),
      message: z.string(),
    }),
  ),
  packets: z.array(
    z.strictObject({
      step: z.string(),
      phase,
      from: z.enum(['operator', 'stranger']),
      address: z.string(),
      family: z.enum(['ipv4', 'ipv6']),
      port,
      before: z.boolean(),
      after: z.boolean(),
    }),
  ),
  downgraded: z.array(z.strictObject({ address: z.string(), reason: z.string() })),
});

const plan = z.strictObject({
  version: z.literal(1),
  tool: z.string(),
  created: z.iso.datetime(),
  target: z.strictObject({ name: z.string(), hostKey: z.string(), machineId: z.string() }),
  profile: z.string(),
  answers: z.record(z.string(), answer),
  findings: z.array(finding),
  changes: z.array(change),
  proofs: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      viewpoint: z.enum(['inside', 'outside', 'fresh-login']),
      expect: z.enum(['works', 'fails']),
      phase: phase.optional(),
      check,
    }),
  ),
  contents: z.record(hash, z.base64()),
  refusals: z.array(z.strictObject({ guard: z.string(), message: z.string(), remedy: z.string() })),
  notes: z.array(z.string()),
  score: z.strictObject({ now: z.number(), projected: z.number() }),
  rehearsal: rehearsal.optional(),
  complete: z.boolean(),
  applyable: z.boolean(),
  basis: z.record(z.string(), hash),
  digest: hash,
});

/** The text of a plan file. Throws UserError when the plan is too large for one. */
export function serialisePlan(it: Plan): string {
  const text = `${JSON.stringify(it, null, 2)}\n`;
  if (Buffer.byteLength(text) > PLAN_LIMIT) throw tooLarge(Buffer.byteLength(text), 'plan');
  return text;
}

/** Reads a plan file back. Throws UserError (exit 64) that lists everything that is wrong with it. */
export function parsePlan(text: string, name = 'plan'): Plan {
  const where = sanitizeLine(name, 120);
  const size = Buffer.byteLength(text);
  if (size > PLAN_LIMIT) throw tooLarge(size, where);
  if (depthOf(text) > DEEPEST) throw broken(where, [`nested deeper than ${DEEPEST} levels`]);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw broken(where, [text.trim() === '' ? 'the file is empty' : 'this is not JSON, or it was cut']);
  }
  const parsed = plan.safeParse(data);
  if (!parsed.success) {
    throw broken(
      where,
      parsed.error.issues
        .slice(0, 20)
        .map(
          (issue) =>
            `${sanitizeLine(issue.path.join('.') || 'plan', 80)}: ${sanitizeLine(issue.message, 160)}`,
        ),
    );
  }
  const read = JSON.parse(canonicalJson(parsed.data)) as Plan;
  const problems = Object.entries(read.contents)
    .filter(([key, content]) => sha256(Buffer.from(content, 'base64')) !== key)
    .map(([key]) => `contents.${key.slice(0, 12)}…: the content is not what its name says`);
  for (const one of read.changes) {
    for (const each of one.primitives) {
      for (const name of contentsOf(each)) {
        if (read.contents[name] === undefined)
          problems.push(`${sanitizeLine(one.address, 80)}: its content is not in the file`);
        else if (typeof one.after === 'string' && sha256(one.after) !== name) {
          problems.push(`${sanitizeLine(one.address, 80)}: what is shown is not what would be written`);
        }
      }
    }
  }
  if (digestOf(read) !== read.digest) problems.push('digest: the plan was changed after it was made');
  if (problems.length > 0) throw broken(where, problems);
  return read;
}

function broken(where: string, problems: readonly string[]): UserError {
  return new UserError(problems.join('; '), {
    where,
    hints: ['make the plan again: portcullis plan TARGET --out FILE'],
  });
}

function tooLarge(size: number, where: string): UserError {
  const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
  return new UserError(`the plan is ${mib(size)} MiB; limit ${mib(PLAN_LIMIT)} MiB`, {
    where,
    hints: ['plan fewer steps at once: --steps a,b'],
  });
}

/** Deepest nesting of the raw text, brackets in strings left out: parsers are not trusted with endless nesting. */
function depthOf(text: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
}

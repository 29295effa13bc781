// Rules: the shape of a profile file, once. profiles/schema.json is generated from it (scripts/profile-schema.mjs), so that
// editors know the same shape. Unknown keys are errors. Grammars of values are those of src/text/grammar.ts; what a person
// reads about a fault is made in explain.ts, never by the schema library.
import * as z from 'zod';
import {
  type Grammar,
  modeGrammar,
  pathGrammar,
  portGrammar,
  sourceGrammar,
  userGrammar,
} from '../text/grammar.ts';

/** Newest schema version this program reads. */
export const SCHEMA_VERSION = 1;

/** The grammar of a value, by the name of its key. */
export const GRAMMARS: Readonly<Record<string, Grammar>> = {
  port: portGrammar,
  mode: modeGrammar,
  path: pathGrammar,
  owner: userGrammar,
  from: sourceGrammar,
};

const follows = (grammar: Grammar) => (value: unknown) => grammar(value) === undefined;
const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
const sentence = z.string().min(1).max(600);
/** "step.topic", as questions and controls are named. */
const dottedId = z.string().regex(/^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/);
const answer = z.union([
  z.string().max(4096),
  z.number(),
  z.boolean(),
  z.array(z.string().max(4096)).max(200),
]);
const source = z.string().refine(follows(sourceGrammar));

const port = z.strictObject({
  port: z.number().int().min(1).max(65535),
  protocol: z.enum(['tcp', 'udp']),
  purpose: sentence,
  from: z.union([z.enum(['everyone', 'nobody']), z.array(source).min(1).max(200)]),
});

const mark = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$/);

const file = z.strictObject({
  path: z.string().refine(follows(pathGrammar)).describe('Absolute and literal'),
  mode: z
    .string()
    .regex(/^[0-7]{4}$/)
    .describe('Four octal digits in quotes'),
  owner: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
  purpose: sentence,
});

export const profileSchema = z
  .strictObject({
    schema: z.number().int().min(1).max(SCHEMA_VERSION).describe('Version of this file format'),
    id: name.describe('The same as the file name without .yaml'),
    title: z.string().min(1).max(80),
    description: sentence,
    version: z
      .string()
      .min(1)
      .max(40)
      .optional()
      .describe('Version of the system this was written for, in quotes'),
    extends: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe('A profile that comes with the program, or ./other.yaml'),
    steps: z
      .array(name)
      .max(60)
      .optional()
      .describe('Steps in the order of the walk; absent: those of `extends`'),
    answers: z.record(dottedId, answer).optional().describe('Proposed answers by question id'),
    excludes: z
      .record(dottedId, sentence)
      .optional()
      .describe('Controls that do not apply here, each with the reason'),
    detect: z
      .strictObject({
        os: z.array(mark).min(1).max(20).optional().describe('Ids of os-release, one of which is wanted'),
        listens: z.array(mark).min(1).max(20).optional().describe('Names of programs that listen'),
      })
      .optional()
      .describe('By what such a system is known; told with the reason for the profile'),
    ports: z.array(port).max(200).optional().describe('What the system listens on and who may reach it'),
    files: z.array(file).max(500).optional().describe('Files whose mode and owner matter'),
  })
  .describe('A Portcullis profile: data for one kind of system');

export type ProfileDocument = z.infer<typeof profileSchema>;

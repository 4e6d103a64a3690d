import { z } from 'zod';
import { INPUT_LIMITS } from '../core/limits.js';
import { containerPath, relativePath } from '../core/safe-path.js';
import { textRule, visibleTextRule } from '../core/text.js';

/** The part of a plan that a Dockerfile is made of, each value by the rules of its place. */
export type RenderablePlan = z.output<typeof planSchema>;

export type RenderableStep = RenderablePlan['install'][number];

/** More of anything is not a plan that detection made. */
const MOST = { steps: 100, manifests: 2000, variables: INPUT_LIMITS.environmentCount } as const;

function text(ruleOf: (value: string) => string | undefined): z.ZodString {
  return z.string({ error: 'must be a text' }).superRefine((value, context) => {
    const rule = ruleOf(value);
    if (rule !== undefined) context.addIssue({ code: 'custom', message: rule, input: value });
  });
}

function pattern(allowed: RegExp, rule: string): z.ZodString {
  return z.string({ error: 'must be a text' }).regex(allowed, { error: rule });
}

function wordRule(word: string): string | undefined {
  const tooLong = Buffer.byteLength(word) > WORD_BYTES;
  return tooLong ? `must be at most ${WORD_BYTES} bytes` : textRule(word);
}

/** A line of a Dockerfile ends at 64 KiB in BuildKit; a word has to leave room for the others. */
const WORD_BYTES = 16_384;

const anyWord = text(wordRule);

/** RUN steps and values of ENV and LABEL end with their line. */
const lineWord = text((value) => wordRule(value) ?? (LINE_END.test(value) ? ONE_LINE : undefined));
const LINE_END = /[\n\r]/;
const ONE_LINE = 'must be of one line';

const environmentSchema = z
  .record(pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name of a variable'), lineWord)
  .refine((variables) => Object.keys(variables).length <= MOST.variables, {
    error: `must have at most ${MOST.variables} variables`,
  });

const program = lineWord.min(1, { error: 'must name a program' });

const runSchema = z
  .tuple([program], lineWord, { error: 'must be a program and its arguments' })
  .readonly();

const stepSchema = z.object({
  run: runSchema,
  otherwise: runSchema.optional(),
  folder: relativePath,
  environment: environmentSchema.optional(),
});

const stepsSchema = z.array(stepSchema).max(MOST.steps);

/** Name, tag and digest as registries take them; no `$`, so nothing in it is a build argument. */
const imageSchema = pattern(
  /^[a-zA-Z0-9][\w.:/-]*(?:@sha256:[a-f0-9]{64})?$/,
  'must be a reference of an image, such as node:24-slim',
).max(INPUT_LIMITS.imageReferenceCharacters);

/** apt-get takes a trailing minus for "remove it". */
const aptSchema = z
  .array(pattern(/^[a-z0-9][a-z0-9+.-]*[a-z0-9+.]$/, 'must be a name of a Debian package'))
  .max(MOST.steps);

/** The flags of a mount are comma separated, so its folder has no character that means anything. */
const mountPath = pattern(/^(?:\/[\w.-]+)+$/, 'must be an absolute path of plain characters');

const cacheSchema = z.object({
  id: pattern(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be of lower case letters, digits and ._-'),
  path: mountPath.and(containerPath),
});

const transportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stdio') }),
  z.object({
    kind: z.enum(['http', 'sse']),
    port: z.int().min(1).max(65_535),
    path: text(visibleTextRule),
  }),
]);

const quotablePath = containerPath.refine((path) => path === path.trim(), {
  error: 'must not start or end with white space',
});

/** The file system of COPY has no way to write a backslash that every builder reads alike. */
const copiedPath = relativePath.refine((path) => path !== '.', { error: 'must name a file' });

const outputPath = quotablePath.refine((path) => !/[\\[\]*?]/.test(path), {
  error: String.raw`must not contain \ [ ] * or ?`,
});

export const planSchema = z.object({
  language: z.enum(['node', 'python', 'go', 'rust', 'java', 'dotnet']),
  bases: z
    .tuple([z.object({ build: imageSchema, run: imageSchema })], z.unknown(), {
      error: 'must not be empty',
    })
    .readonly(),
  aptPackages: z.object({ build: aptSchema, run: aptSchema }),
  tools: stepsSchema,
  manifests: z.array(copiedPath).max(MOST.manifests),
  install: stepsSchema,
  build: stepsSchema,
  prune: stepsSchema,
  buildEnvironment: environmentSchema,
  runEnvironment: environmentSchema,
  environment: environmentSchema,
  caches: z.array(cacheSchema).max(MOST.steps),
  outputs: z
    .array(z.object({ from: outputPath, to: outputPath }))
    .min(1)
    .max(MOST.steps),
  workingDirectory: quotablePath,
  start: z.tuple([anyWord.min(1, { error: 'must name a program' })], anyWord).readonly(),
  args: z.array(anyWord).max(INPUT_LIMITS.argumentCount),
  transport: transportSchema,
});

/** Labels of the image. Line ends become spaces: a Dockerfile cannot write them. */
export const labelsSchema = z
  .record(
    pattern(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,127}$/, 'must be a name of a label'),
    text(wordRule).transform((value) => value.replaceAll(/\s+/g, ' ').trim()),
  )
  .refine((labels) => Object.keys(labels).length <= MOST.variables, {
    error: `must have at most ${MOST.variables} labels`,
  });

/** The options of a build: validated once, with every default in place. */
import { lstat, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { argvProblem } from '../core/argv.js';
import { buildArgsSchema } from '../core/build-args.js';
import { environmentSchema } from '../core/environment.js';
import { invalidInput, parseOptions } from '../core/options.js';
import { platformSchema } from '../core/platform.js';
import { redactUrl } from '../core/redact.js';
import { relativePath } from '../core/safe-path.js';
import { textRule } from '../core/text.js';
import { parseImageReference, type ImageReference } from '../engine/image-reference.js';
import { permittedBuildTimeout } from '../policy/build-timeout.js';
import type { Policy } from '../policy/policy.js';
import { labelsSchema } from './build-labels.js';
import { secretsSchema } from './build-secrets.js';
import { certificateBundle } from './certificates.js';
import type {
  BuildEvent,
  DockerBuildConfig,
  DockerfilePreference,
  MCPServerType,
} from './types.js';

/** Of a template and of certificates. */
const TEXT_CHARACTERS = 1024 * 1024;
const TOO_LONG = 'must be at most 1,048,576 characters';

const LANGUAGES = ['node', 'python', 'go', 'rust', 'java', 'dotnet'] as const;
const MANAGERS = [
  'npm',
  'pnpm',
  'yarn',
  'yarn-berry',
  'bun',
  'uv',
  'poetry',
  'pip',
  'go',
  'cargo',
  'maven',
  'gradle',
  'dotnet',
] as const;

const relativeFile = relativePath.refine((path) => path !== '.', 'must name a file');

export const serverTypeSchema = z.strictObject({
  type: z.enum(LANGUAGES, `must be one of ${LANGUAGES.join(', ')}`),
  entrypoint: relativeFile.optional(),
  packageManager: z.enum(MANAGERS, `must be one of ${MANAGERS.join(', ')}`).optional(),
});

/** Also a part of an image's name: `mcp-{deploymentId}`. */
export const deploymentIdSchema = z
  .string('must be a text')
  .regex(
    /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/,
    'must be lower case letters and digits, with ".", "_" or "-" between them',
  )
  .max(100, 'must be at most 100 characters');

/** Arguments can hold secrets: errors do not repeat them. */
const args = z
  .array(z.string('must be a text'), 'must be an array of texts')
  .superRefine((value, context) => {
    const problem = argvProblem(value);
    if (problem === undefined) return;
    const { rule: message, index } = problem;
    const path = index === undefined ? [] : [index];
    context.addIssue({ code: 'custom', message, path, input: `${value.length} arguments` });
  });

/** @param chosen it is given to an image: nobody can choose a digest */
function reference(chosen: boolean) {
  return z.string('must be a text').superRefine((value, context) => {
    const parsed = referenceOf(value);
    if (parsed?.kind === 'name' && !(chosen && parsed.digest !== undefined)) return;
    const message = 'must be an image name such as "registry.example.com/team/server:1"';
    context.addIssue({ code: 'custom', message, input: redactUrl(value) });
  });
}

function referenceOf(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch {
    // Told as a rule of the field.
    return undefined;
  }
}

export const buildFields = {
  subdir: relativePath.optional(),
  deploymentId: deploymentIdSchema.optional(),
  tag: reference(true).optional(),
  serverType: serverTypeSchema.optional(),
  prefer: z
    .enum(['auto', 'repository', 'generated'], 'must be "auto", "repository" or "generated"')
    .optional(),
  dockerfilePath: relativeFile.optional(),
  contextPath: relativePath.optional(),
  template: z
    .string('must be a text: a handlebars template')
    .min(1, 'must not be empty')
    .max(TEXT_CHARACTERS, TOO_LONG)
    .optional(),
  env: environmentSchema.optional(),
  args: args.optional(),
  buildArgs: buildArgsSchema.default({}),
  secrets: secretsSchema.default({}),
  target: z
    .string('must be a text')
    .regex(/^[a-z0-9][a-z0-9._-]{0,127}$/i, 'must be the name of a build stage')
    .optional(),
  platform: platformSchema.optional(),
  pull: z.enum(['missing', 'always'], 'must be "missing" or "always"').default('missing'),
  labels: labelsSchema.default({}),
  cacheFrom: z
    .array(reference(false), 'must be an array of image names')
    .max(16, 'must have at most 16 images')
    .default([]),
  networkMode: z.enum(['default', 'none'], 'must be "default" or "none"').default('default'),
  certificates: z.string('must be PEM text').max(TEXT_CHARACTERS, TOO_LONG).optional(),
  keepCertificates: z.boolean('must be true or false').default(false),
  probe: z.boolean('must be true or false').default(true),
  timeoutMs: z.int('must be whole milliseconds').min(1000, 'must be at least 1000 ms').optional(),
};

const buildSchema = z.strictObject({
  repoPath: z.string('must be a text'),
  ...buildFields,
  signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
  onEvent: z.custom<(event: BuildEvent) => void>(isFunction, 'must be a function').optional(),
});

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/** A build with every default in place. */
export interface ResolvedBuild {
  /** Absolute, links resolved. */
  readonly folder: string;
  readonly subdir?: string | undefined;
  readonly deploymentId?: string | undefined;
  readonly tag?: string | undefined;
  readonly serverType?: MCPServerType | undefined;
  readonly prefer: DockerfilePreference;
  readonly dockerfilePath?: string | undefined;
  readonly contextPath?: string | undefined;
  readonly template?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly args?: readonly string[] | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  readonly target?: string | undefined;
  readonly platform?: string | undefined;
  readonly pull: 'missing' | 'always';
  readonly labels: Readonly<Record<string, string>>;
  readonly cacheFrom: readonly string[];
  readonly networkMode: 'default' | 'none';
  readonly certificates?: string | undefined;
  readonly keepCertificates: boolean;
  readonly probe: boolean;
  readonly timeoutMs: number;
  readonly onEvent: (event: BuildEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/** @throws {SlipwayError} `INVALID_INPUT`, `LIMIT_EXCEEDED`: nothing was touched */
export async function parseBuild(
  config: DockerBuildConfig,
  policy: Policy,
): Promise<ResolvedBuild> {
  const parsed = parseOptions(buildSchema, config, 'config');
  refuseContradictions(parsed);
  const { repoPath, env, prefer, timeoutMs, onEvent, ...rest } = parsed;
  // Read here, so that a wrong one is told before anything is done.
  if (rest.certificates !== undefined) certificateBundle([rest.certificates]);
  return {
    ...rest,
    folder: await existingFolder(repoPath, 'repoPath'),
    env: env ?? {},
    prefer: prefer ?? policy.build.prefer,
    timeoutMs: permittedBuildTimeout(policy, timeoutMs),
    onEvent: onEvent ?? (() => undefined),
  };
}

function refuseContradictions(parsed: z.output<typeof buildSchema>): void {
  if (parsed.tag !== undefined && parsed.deploymentId !== undefined) {
    const hint = 'Leave one of them out: both name the image.';
    throw invalidInput('tag', 'must not be given together with deploymentId', parsed.tag, hint);
  }
  if (parsed.contextPath !== undefined && parsed.dockerfilePath === undefined) {
    const rule = 'belongs to a Dockerfile of the repository';
    throw invalidInput('contextPath', rule, parsed.contextPath, 'Give dockerfilePath too.');
  }
  if (parsed.dockerfilePath !== undefined && parsed.prefer === 'generated') {
    const rule = 'must not be given with prefer "generated"';
    throw invalidInput('dockerfilePath', rule, parsed.dockerfilePath);
  }
  const isOwn = parsed.dockerfilePath !== undefined || parsed.prefer === 'repository';
  if (parsed.template !== undefined && isOwn) {
    const rule = 'must not be given together with a Dockerfile of the repository';
    throw invalidInput('template', rule, `${parsed.template.length} characters`);
  }
}

const folderSchema = z
  .string('must be a text')
  .min(1, 'must not be empty')
  .superRefine((value, context) => {
    const rule = textRule(value);
    if (rule !== undefined) context.addIssue({ code: 'custom', message: rule, input: value });
  });

/**
 * @returns its absolute path, without links in it
 * @throws {SlipwayError} `INVALID_INPUT` naming the field
 */
export async function existingFolder(folder: string, field: string): Promise<string> {
  parseOptions(folderSchema, folder, field);
  const real = await realpath(resolve(folder)).catch(() => undefined);
  if (real === undefined) {
    const hint = `Correct ${field}, or make it readable for the user that Slipway runs as.`;
    throw invalidInput(field, 'does not exist, or cannot be entered', redactUrl(folder), hint);
  }
  if ((await lstat(real)).isDirectory()) return real;
  throw invalidInput(field, 'must be a folder', folder);
}

/** The options of a build: validated once, with every default in place. */
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { buildArgsSchema } from '../core/build-args.js';
import { environmentSchema } from '../core/environment.js';
import { INPUT_LIMITS } from '../core/limits.js';
import { invalidInput, parseOptions } from '../core/options.js';
import { platformSchema } from '../core/platform.js';
import { relativePath } from '../core/safe-path.js';
import { textRule } from '../core/text.js';
import { parseImageReference } from '../engine/image-reference.js';
import { LABEL_PREFIX } from '../engine/labels.js';
import { permittedBuildTimeout } from '../policy/build-timeout.js';
import type { Policy } from '../policy/policy.js';
import type { BuildEvent, DockerBuildConfig, DockerfilePreference, MCPServerType } from './types.js';

/** What BuildKit takes of one secret, in bytes (MaxSecretSize of moby/buildkit). */
const SECRET_BYTES = 500 * 1024;

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

export const serverTypeSchema = z.strictObject({
  type: z.enum(LANGUAGES, `must be one of ${LANGUAGES.join(', ')}`),
  entrypoint: relativePath.optional(),
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

const argument = z
  .string('must be a text')
  .max(INPUT_LIMITS.argumentBytes, `must be at most ${INPUT_LIMITS.argumentBytes} bytes`)
  .superRefine((value, context) => {
    const rule = textRule(value);
    if (rule !== undefined) context.addIssue({ code: 'custom', message: rule, input: value });
  });

const reference = z.string('must be a text').superRefine((value, context) => {
  try {
    if (parseImageReference(value).kind === 'name') return;
  } catch {
    // Told below, as a rule of this field.
  }
  const message = 'must be an image name such as "registry.example.com/team/server:1"';
  context.addIssue({ code: 'custom', message, input: value });
});

const labels = z
  .record(z.string().min(1).max(255), z.string().max(4096, 'must be at most 4096 characters'))
  .refine((value) => Object.keys(value).length <= 64, 'must be at most 64 labels')
  .refine(
    (value) => !Object.keys(value).some((name) => name.toLowerCase().startsWith(LABEL_PREFIX)),
    `must not begin with "${LABEL_PREFIX}": those labels are Slipway's own`,
  );

const secrets = z
  .record(
    z.string().regex(/^[a-zA-Z0-9][\w.-]{0,63}$/, 'must be letters, digits, ".", "_", "-"'),
    z.union([z.string(), z.instanceof(Uint8Array)], 'must be a text or bytes'),
  )
  .superRefine((value, context) => {
    const large = Object.entries(value).find(([, secret]) => Buffer.byteLength(secret) > SECRET_BYTES);
    if (large === undefined) return;
    const message = `"${large[0]}" must be at most ${SECRET_BYTES} bytes`;
    context.addIssue({ code: 'custom', message, input: `${Buffer.byteLength(large[1])} bytes` });
  });

export const buildFields = {
  subdir: relativePath.optional(),
  deploymentId: deploymentIdSchema.optional(),
  tag: reference.optional(),
  serverType: serverTypeSchema.optional(),
  prefer: z
    .enum(['auto', 'repository', 'generated'], 'must be "auto", "repository" or "generated"')
    .optional(),
  dockerfilePath: relativePath.optional(),
  contextPath: relativePath.optional(),
  template: z.string('must be a text: a handlebars template').max(1024 * 1024).optional(),
  env: environmentSchema.optional(),
  args: z.array(argument).max(INPUT_LIMITS.argumentCount).optional(),
  buildArgs: buildArgsSchema.default({}),
  secrets: secrets.default({}),
  target: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,127}$/i, 'must be the name of a build stage')
    .optional(),
  platform: platformSchema.optional(),
  pull: z.enum(['missing', 'always'], 'must be "missing" or "always"').default('missing'),
  labels: labels.default({}),
  cacheFrom: z.array(reference).max(16).default([]),
  networkMode: z.enum(['default', 'none'], 'must be "default" or "none"').default('default'),
  certificates: z.string('must be PEM text').max(1024 * 1024).optional(),
  keepCertificates: z.boolean('must be true or false').default(false),
  probe: z.boolean('must be true or false').default(true),
  timeoutMs: z.int('must be whole milliseconds').min(1000, 'must be at least 1000 ms').optional(),
};

const buildSchema = z.strictObject({
  repoPath: z.string('must be a text').min(1, 'must not be empty'),
  ...buildFields,
  signal: z.unknown().optional(),
  onEvent: z.unknown().optional(),
});

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
export async function parseBuild(config: DockerBuildConfig, policy: Policy): Promise<ResolvedBuild> {
  const parsed = parseOptions(buildSchema, config, 'config');
  refuseContradictions(parsed);
  const { repoPath, secrets: given, env, prefer, timeoutMs, ...rest } = parsed;
  return {
    ...rest,
    folder: await existingFolder(repoPath, 'repoPath'),
    env: env ?? {},
    secrets: Object.fromEntries(
      Object.entries(given).map(([id, value]) => [id, Buffer.from(value)]),
    ),
    prefer: prefer ?? policy.build.prefer,
    timeoutMs: permittedBuildTimeout(policy, timeoutMs),
    onEvent: config.onEvent ?? (() => undefined),
    signal: config.signal,
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
}

/** @throws {SlipwayError} `INVALID_INPUT` naming the field */
export async function existingFolder(folder: string, field: string): Promise<string> {
  const rule = textRule(folder);
  if (rule !== undefined) throw invalidInput(field, rule, folder);
  const real = await realpath(path.resolve(folder)).catch(() => undefined);
  if (real === undefined) throw invalidInput(field, 'does not exist', folder);
  if ((await lstat(real)).isDirectory()) return real;
  throw invalidInput(field, 'must be a folder', folder);
}

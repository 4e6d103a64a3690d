/** The schemas of the public options. Every rule ends the sentence "<field> …". */
import { z } from 'zod';
import { argvSchema } from '../core/argv.js';
import { buildArgsSchema } from '../core/build-args.js';
import { environmentSchema } from '../core/environment.js';
import { PULL_TIMEOUT_MS, RUN_FLOORS } from '../core/limits.js';
import { platformSchema } from '../core/platform.js';
import { containerPath, relativePath } from '../core/safe-path.js';
import { byteSize } from '../core/units.js';
import { LABEL_PREFIX } from '../engine/labels.js';
import { fileOptions, payloadEncoding } from './file-options.js';
import { healthCheckSchema } from './health-check.js';
import { resourceOptions } from './resource-options.js';

const wholeMs = (min: number, max: number) =>
  z
    .int(`must be a whole number of milliseconds`)
    .min(min, `must be at least ${min} ms`)
    .max(max, `must be at most ${max} ms`);

const timeoutMs = wholeMs(RUN_FLOORS.timeoutMs, 3_600_000);

const USER_RULE = 'must be "uid", "uid:gid", or a name of the image';
const LABEL_RULE = `must not begin with "${LABEL_PREFIX}": those labels are Slipway's own`;

const labels = z
  .record(
    z.string().min(1, 'must not be empty').max(255),
    z.string().max(4096, 'must be at most 4096 characters'),
  )
  .refine((value) => Object.keys(value).length <= 64, 'must be at most 64 labels')
  .refine(
    (value) => !Object.keys(value).some((name) => name.toLowerCase().startsWith(LABEL_PREFIX)),
    LABEL_RULE,
  );

const runOptions = {
  command: argvSchema.optional(),
  entrypoint: argvSchema.optional(),
  environment: environmentSchema.optional(),
  workingDir: containerPath.optional(),
  stdin: z.union([z.string(), z.instanceof(Uint8Array)], 'must be a string or bytes').optional(),
  user: z
    .string()
    .regex(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,63}(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,63})?$/, USER_RULE)
    .optional(),
  memoryBytes: byteSize({ min: RUN_FLOORS.memoryBytes, what: 'Memory' }).optional(),
  cpus: z
    .number('must be a number of cores')
    .min(RUN_FLOORS.cpus, `must be at least ${RUN_FLOORS.cpus}`)
    .optional(),
  pids: z
    .int('must be a whole number')
    .min(RUN_FLOORS.pids, `must be at least ${RUN_FLOORS.pids}`)
    .optional(),
  shmBytes: byteSize({ min: RUN_FLOORS.shmBytes, what: 'Size of /dev/shm' }).optional(),
  timeoutMs: timeoutMs.optional(),
  networkMode: z
    .string()
    .regex(
      /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/,
      'must be "none", "bridge" or the name of a network',
    )
    .optional(),
  readOnly: z.boolean('must be true or false').optional(),
  tmpfs: z
    .record(containerPath, byteSize({ min: RUN_FLOORS.tmpfsBytes, what: 'Size of the tmpfs' }))
    .optional(),
  labels: labels.optional(),
  healthCheck: healthCheckSchema.optional(),
  ...resourceOptions,
  ...fileOptions,
};

const imageOptions = {
  ...runOptions,
  image: z.string('must be a string'),
  pull: z.enum(['missing', 'always', 'never'], 'must be "missing", "always" or "never"').optional(),
  platform: platformSchema.optional(),
};

export const execution = z.strictObject({
  ...imageOptions,
  detach: z.boolean('must be true or false').default(false),
});

export const payloadExecution = z.strictObject({
  ...imageOptions,
  payload: z.union(
    [z.string(), z.instanceof(Uint8Array), z.array(z.unknown()), z.record(z.string(), z.unknown())],
    'must be text, bytes, an object or an array',
  ),
  payloadPath: containerPath.default('/payload/payload.json'),
  payloadEncoding,
});

export const repository = z.strictObject({
  ...runOptions,
  repositoryUrl: z
    .string('must be a string')
    .min(1, 'must not be empty')
    .max(2048, 'must be at most 2048 characters'),
  ref: z.string().min(1, 'must not be empty').max(255, 'must be at most 255 characters').optional(),
  dockerfilePath: relativePath.optional(),
  contextPath: relativePath.default('.'),
  buildArgs: buildArgsSchema.default({}),
  buildTimeoutMs: timeoutMs.optional(),
});

export const pullOptions = z.object({
  platform: platformSchema.optional(),
  timeoutMs: timeoutMs.default(PULL_TIMEOUT_MS),
});

/** Input fields that several tools share. The texts are what a model reads, and pays for. */
import { z } from 'zod';
import { INPUT_LIMITS } from '../core/limits.js';
import type { DockerExecutionConfig } from '../execution/types.js';
import {
  argvFromJsonText,
  fromBooleanText,
  fromJsonText,
  fromNumberText,
  toNumberText,
} from './json-text.js';

/**
 * A text of at least one character and at most so many. The bounds are not advertised: no model
 * needs them to call the tool, and each costs as much as its description.
 */
export const textField = (max: number): z.ZodString =>
  z.string().refine((value) => value.length > 0 && value.length <= max, {
    error: `expected 1 to ${max} characters`,
  });

export const imageField = textField(INPUT_LIMITS.imageReferenceCharacters).describe(
  'Image, e.g. "python:3.13-slim". Pulled if missing.',
);

const argv = z.preprocess(
  argvFromJsonText,
  z.union([z.array(z.string()), z.string()], {
    error:
      'expected an array of strings (argv), e.g. ["python3","-c","print(1)"], or one string, e.g. "ls -l | head"',
  }),
);

/** Absolute path inside the container. */
export const pathField = z
  .string()
  .refine((value) => value.startsWith('/') && value.length <= 4096, {
    error: 'expected an absolute path, e.g. "/job"',
  });

/** Names to values, both text. */
export const textMapField = z.preprocess(fromJsonText, z.record(z.string(), z.string()));

/** Texts in an order. */
export const textListField = z.preprocess(fromJsonText, z.array(z.string()));

/** Whole or fractional seconds. */
export const secondsField = (min: number, max: number) =>
  z.preprocess(
    fromNumberText,
    z
      .number()
      .max(max)
      .refine((value) => value >= min, { error: `expected at least ${min}` }),
  );

/** A whole number. */
export const countField = (min: number, max: number) =>
  z.preprocess(
    fromNumberText,
    z
      .number()
      .max(max)
      .refine((value) => Number.isInteger(value) && value >= min, {
        error: `expected a whole number of at least ${min}`,
      }),
  );

export const booleanField = z.preprocess(fromBooleanText, z.boolean());

/** How a container runs, as far as every tool that runs one lets it be said. */
export const commonRunFields = {
  command: argv
    .optional()
    .describe(
      'Array = exact argv (preferred). String = as typed in a shell. Omit for the image default.',
    ),
  entrypoint: argv.optional().describe('Replaces ENTRYPOINT.'),
  environment: textMapField.optional().describe('Environment variables.'),
  files: textMapField.optional().describe('Files to create: path to text.'),
  artifacts: textListField
    .optional()
    .describe('Files to bring back: paths or globs, e.g. "/out/*.png".'),
  memory_limit: z
    .preprocess(
      toNumberText,
      z.string().refine((value) => /^[0-9.]+[bkmgiBKMGI]*$/.test(value), {
        error: 'expected a size such as "512m" or "2g"',
      }),
    )
    .optional()
    .describe('e.g. "512m". Default "2g".'),
  timeout: secondsField(1, 3600).optional().describe('Seconds until it is killed. Default 300.'),
  network_mode: z
    .enum(['none', 'bridge'])
    .optional()
    .describe('Default none. bridge = outbound network, where permitted.'),
};

/** What the tools that run an image add. */
export const runFields = {
  ...commonRunFields,
  cpu_limit: z
    .preprocess(
      fromNumberText,
      z.number().refine((value) => value >= 0.01 && value <= 64, {
        error: 'expected 0.01 to 64 cores',
      }),
    )
    .optional()
    .describe('CPU cores. Default 2.'),
  working_dir: pathField.optional(),
  stdin: z.string().optional().describe('Text for standard input.'),
};

const runInput = z.object(runFields);

/** The run part of a call's arguments, in the words of the library. */
export function runConfig(input: z.output<typeof runInput>): Omit<DockerExecutionConfig, 'image'> {
  return {
    command: input.command,
    entrypoint: input.entrypoint,
    environment: input.environment,
    files: input.files && Object.entries(input.files).map(([path, content]) => ({ path, content })),
    artifacts: input.artifacts,
    memoryBytes: input.memory_limit,
    cpus: input.cpu_limit,
    timeoutMs: milliseconds(input.timeout),
    networkMode: input.network_mode,
    workingDir: input.working_dir,
    stdin: input.stdin,
  };
}

/** Seconds of an argument as the milliseconds the library takes; unset stays unset. */
export function milliseconds(duration: number | undefined): number | undefined {
  return duration === undefined ? undefined : Math.round(duration * 1000);
}

/** Milliseconds as the seconds of a result, exact to the millisecond. */
export function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

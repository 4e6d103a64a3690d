/** Input fields that several tools share. The texts are what a model reads. */
import { z } from 'zod';
import { INPUT_LIMITS } from '../core/limits.js';
import type { DockerExecutionConfig } from '../execution/types.js';
import { argvFromJsonText, fromJsonText } from './json-text.js';

export const imageField = z
  .string()
  .min(1)
  .max(INPUT_LIMITS.imageReferenceCharacters)
  .describe('Image reference, e.g. "python:3.13-slim". Pulled automatically if missing.');

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
  .max(4096)
  .regex(/^\//, { error: 'expected an absolute path, e.g. "/job"' });

/** Names to values, both text. */
export const textMapField = z.preprocess(fromJsonText, z.record(z.string(), z.string()));

/** Whole or fractional seconds. */
export const secondsField = (min: number, max: number): z.ZodNumber => z.number().min(min).max(max);

/** How a container runs, as far as every tool that runs one lets it be said. */
export const commonRunFields = {
  command: argv
    .optional()
    .describe(
      'Array = exact argv (preferred). String = split as a shell would; with shell syntax (|, &&, $VAR) run by /bin/sh -c. Omit for the image default.',
    ),
  entrypoint: argv.optional().describe('Overrides the image ENTRYPOINT.'),
  environment: textMapField.optional().describe('Environment variables, e.g. {"DEBUG":"1"}.'),
  memory_limit: z
    .string()
    .regex(/^[0-9.]+[bkmgiBKMGI]*$/, {
      error: 'expected a size such as "512m" or "2g"',
    })
    .optional()
    .describe('Memory cap, e.g. "512m". Default "2g".'),
  timeout: secondsField(1, 3600)
    .optional()
    .describe('Seconds the program may run before it is killed. Default 300.'),
  network_mode: z
    .enum(['none', 'bridge'])
    .optional()
    .describe('"none" (default) or "bridge" (outbound network, where permitted).'),
};

/** Every way to say how a container runs. */
export const runFields = {
  ...commonRunFields,
  cpu_limit: z.number().min(0.01).max(64).optional().describe('CPU cap in cores. Default 2.'),
  working_dir: pathField.optional().describe('Absolute path in the container.'),
  stdin: z.string().optional().describe('Text for standard input.'),
};

const runInput = z.object(runFields);

/** The run part of a call's arguments, in the words of the library. */
export function runConfig(input: z.output<typeof runInput>): Omit<DockerExecutionConfig, 'image'> {
  return {
    command: input.command,
    entrypoint: input.entrypoint,
    environment: input.environment,
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

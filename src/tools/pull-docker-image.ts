import { z } from 'zod';
import { INPUT_LIMITS } from '../core/limits.js';
import { seconds, textField } from './fields.js';
import { progressOf } from './progress.js';
import { defineTool } from './tool.js';

export const pullDockerImage = defineTool({
  name: 'pull_docker_image',
  title: 'Pull a Docker image',
  description:
    'Download an image so that later runs start at once. Takes minutes for large images. Safe to repeat: finished layers are kept.',
  effect: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  input: z.strictObject({
    image: textField(INPUT_LIMITS.imageReferenceCharacters).describe(
      'e.g. "python:3.13-slim". No tag means "latest".',
    ),
    platform: textField(64).optional().describe('e.g. "linux/arm64".'),
  }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    image: z.string(),
    digest: z.string().nullable(),
    size_bytes: z.number().nullable(),
    already_up_to_date: z.boolean(),
    execution_time: z.number().describe('seconds'),
  }),
  run: async ({ image, platform }, { executor, signal, report }) => {
    const options = { platform, signal, onEvent: progressOf(report) };
    const pulled = await executor.pullImage(image, options);
    const output = {
      success: true,
      error_message: null,
      image: pulled.image,
      digest: pulled.digest,
      size_bytes: pulled.sizeBytes,
      already_up_to_date: pulled.alreadyUpToDate,
      execution_time: seconds(pulled.durationMs),
    };
    return { output, isError: false };
  },
  failed: ({ errorMessage, input }) => ({
    success: false,
    error_message: errorMessage,
    image: input?.image ?? '',
    digest: null,
    size_bytes: null,
    already_up_to_date: false,
    execution_time: 0,
  }),
});

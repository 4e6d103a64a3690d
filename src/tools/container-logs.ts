import { z } from 'zod';
import { OutputBuffer } from '../core/output-buffer.js';
import type { LogEntry } from '../execution/observe-types.js';
import { containerField } from './container-field.js';
import { countField, textField } from './fields.js';
import { shownOutput } from './run-result.js';
import { defineTool } from './tool.js';

const DEFAULT_TAIL = 500;

/** Bytes of each stream that are kept of a log: foreign containers may have logs of any size. */
const KEPT = { headBytes: 0, tailBytes: 8 * 1024 ** 2 };

const momentField = textField(64);

export const containerLogs = defineTool({
  name: 'container_logs',
  title: 'Read the log of a container',
  description:
    'What a container that Slipway started has written, running or not: the last 500 lines unless told otherwise. Does not wait for more. Find its id with list_running_containers. Long logs are shortened; read_output reads and searches the rest.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    container_id: containerField,
    tail: countField(1, 100_000)
      .optional()
      .describe(`Only the last lines, so many. Default ${DEFAULT_TAIL}.`),
    since: momentField.optional().describe('From then on, e.g. "2026-01-31T12:00:00Z".'),
    until: momentField.optional().describe('Up to then, e.g. "2026-01-31T12:05:00Z".'),
  }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    container_id: z.string(),
    truncated: z.boolean(),
    full_output: z.string().nullable().describe('resource URI of all that was read if truncated'),
    stderr: z.string(),
    stdout: z.string(),
  }),
  run: async ({ container_id, tail = DEFAULT_TAIL, since, until }, context) => {
    const { executor, runs, signal } = context;
    const entries = executor.logs(container_id, { tail, since, until, signal });
    const read = await readAll(entries);
    const shown = shownOutput(read, runs);
    const output = {
      success: true,
      error_message: null,
      container_id,
      truncated: read.isCut || shown.full_output !== null,
      full_output: shown.full_output,
      stderr: shown.stderr,
      stdout: shown.stdout,
    };
    return { output, isError: false };
  },
  failed: ({ errorMessage, input }) => ({
    success: false,
    error_message: errorMessage,
    container_id: input?.container_id ?? '',
    truncated: false,
    full_output: null,
    stderr: '',
    stdout: '',
  }),
});

async function readAll(
  entries: AsyncIterable<LogEntry>,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly isCut: boolean }> {
  const kept = { stdout: new OutputBuffer(KEPT), stderr: new OutputBuffer(KEPT) };
  for await (const { stream, data } of entries) kept[stream].push(data);
  const { stdout, stderr } = kept;
  return {
    stdout: stdout.bytesKept().tail.toString('utf8'),
    stderr: stderr.bytesKept().tail.toString('utf8'),
    isCut: stdout.omittedBytes + stderr.omittedBytes > 0,
  };
}

import { z } from 'zod';
import { quoteValue } from '../core/options.js';
import type { OutputStream } from '../engine/ports.js';
import { countField, textField } from './fields.js';
import { outputPage } from './output-page.js';
import { defineTool } from './tool.js';

/** Characters of one answer, which is what a run shows of its output. */
const DEFAULT_LIMIT = 20_000;

/** More than this fills the context of most models. */
const MAX_LIMIT = 100_000;

export const readOutput = defineTool({
  name: 'read_output',
  title: 'Read the output of a run',
  description:
    'Read or search the complete output of a run that was shown shortened (truncated=true), by its full_output: page by page with offset, or only the lines that contain pattern, each with its line number. Outputs are kept for an hour, for the last 20 runs of this session.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    run_id: textField(4096).describe('full_output of the result, or the 16 characters of its id.'),
    stream: z
      .enum(['stdout', 'stderr'])
      .optional()
      .describe('Default: that of full_output, else stdout.'),
    offset: countField(0, 1_000_000_000)
      .optional()
      .describe('Character to begin at, e.g. next_offset. Default 0.'),
    limit: countField(1, MAX_LIMIT)
      .optional()
      .describe(`Characters at most. Default ${DEFAULT_LIMIT}.`),
    pattern: textField(500)
      .optional()
      .describe('Only lines with this text, in any case. No expression.'),
  }),
  output: z.object({
    success: z.boolean(),
    error_message: z.string().nullable(),
    run_id: z.string(),
    stream: z.enum(['stdout', 'stderr']),
    matches: z.number().nullable().describe('lines with pattern'),
    total_characters: z.number().describe('of the stream, or of the lines with pattern'),
    offset: z.number(),
    next_offset: z.number().nullable().describe('null at the end'),
    text: z.string(),
  }),
  run: async ({ run_id: asked, stream: wanted, ...query }, { runs }) => {
    const id = idOf(asked);
    const stream = wanted ?? streamOf(asked);
    const run = runs.get(id);
    if (run === undefined) return { output: nothing(unknownRun(asked), id, stream), isError: true };
    const page = outputPage(run.output[stream], { limit: DEFAULT_LIMIT, ...query });
    const output = {
      success: true,
      error_message: null,
      run_id: id,
      stream,
      matches: page.matches,
      total_characters: page.totalCharacters,
      offset: page.offset,
      next_offset: page.nextOffset,
      text: page.text,
    };
    return { output, isError: false };
  },
  failed: ({ errorMessage, input }) =>
    nothing(errorMessage, idOf(input?.run_id ?? ''), input?.stream ?? 'stdout'),
});

/** Of `slipway://runs/<id>/stdout`, of the path of a file, or the id itself. */
function idOf(asked: string): string {
  return asked.match(/\b[0-9a-f]{16}\b/g)?.at(-1) ?? '';
}

function streamOf(asked: string): OutputStream {
  return /\bstderr\b[^/]*$/.test(asked) ? 'stderr' : 'stdout';
}

function unknownRun(asked: string): string {
  return `run_id: no output of ${quoteValue(asked)} is kept. Outputs are kept for an hour, for the last 20 runs that were not shown whole. Use the full_output of a result, or call the tool again.`;
}

function nothing(errorMessage: string, id: string, stream: OutputStream) {
  return {
    success: false,
    error_message: errorMessage,
    run_id: id,
    stream,
    matches: null,
    total_characters: 0,
    offset: 0,
    next_offset: null,
    text: '',
  };
}

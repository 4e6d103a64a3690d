import { z } from 'zod';
import { shorten, stripControl } from '../core/text.js';
import type { DockerExecutionResult, RunStatus } from '../execution/types.js';
import { wireText } from './failure-text.js';
import { seconds } from './fields.js';
import { type RunOutput, type RunStore, outputUri } from './run-store.js';
import type { ToolFailure, ToolOutcome } from './tool.js';

/** Characters of stdout and stderr together: about 7,800 tokens of log. */
const OUTPUT_CHARACTERS = 20_000;

/**
 * What the run tools answer. Short and decisive fields first: clients that cut a long result cut
 * its end or its middle. Every field is there in every answer, so that the shape never varies.
 */
export const runSchema = z.object({
  success: z.boolean().describe('true only when exit_code is 0'),
  exit_code: z.number().nullable(),
  execution_time: z.number().describe('seconds'),
  error_message: z.string().nullable(),
  timed_out: z.boolean(),
  truncated: z.boolean(),
  full_output: z.string().nullable().describe('resource URI of the complete output if truncated'),
  stderr: z.string(),
  stdout: z.string(),
});

/** What a run tool answers. */
export type RunToolOutput = z.output<typeof runSchema>;

/** A run as a tool tells it: what the model needs, its output cleaned and shortened. */
export function runResult(
  result: DockerExecutionResult,
  runs: RunStore,
): ToolOutcome<RunToolOutput> {
  const shown = shownOutput(result, runs);
  const output = {
    success: result.success,
    exit_code: result.exitCode,
    execution_time: seconds(result.executionTime),
    error_message: runMessage(result),
    timed_out: result.status === 'timed_out',
    truncated: result.truncated || shown.full_output !== null,
    full_output: shown.full_output,
    stderr: shown.stderr,
    stdout: shown.stdout,
  };
  return { output, isError: IS_ERROR[result.status] };
}

/** The result of a run that could not be started. */
export function failedRun(failure: ToolFailure<unknown>): RunToolOutput {
  return {
    success: false,
    exit_code: null,
    execution_time: 0,
    error_message: failure.errorMessage,
    timed_out: false,
    truncated: false,
    full_output: null,
    stderr: '',
    stdout: '',
  };
}

/** The program did its work, well or badly: no error. We ended it or lost it: an error. */
const IS_ERROR: Readonly<Record<RunStatus, boolean>> = {
  exited: false,
  out_of_memory: false,
  timed_out: true,
  output_limit: true,
  cancelled: true,
  engine_lost: true,
};

function shownOutput(
  result: DockerExecutionResult,
  runs: RunStore,
): RunOutput & { readonly full_output: string | null } {
  const complete = { stdout: stripControl(result.stdout), stderr: stripControl(result.stderr) };
  const id = runs.newId();
  const shown = shorten(complete.stdout, complete.stderr, OUTPUT_CHARACTERS, (stream) =>
    outputUri(id, stream),
  );
  if (!shown.truncated) return { ...complete, full_output: null };
  runs.put(id, complete);
  const cut = shown.stdout === complete.stdout ? 'stderr' : 'stdout';
  return { stdout: shown.stdout, stderr: shown.stderr, full_output: outputUri(id, cut) };
}

function runMessage(result: DockerExecutionResult): string | null {
  if (result.success) return null;
  if (result.status === 'timed_out') return timeoutMessage(result.limits?.timeoutMs);
  if (result.status === 'out_of_memory') return memoryMessage(result.limits?.memoryBytes);
  return wireText(result.errorMessage ?? `The program exited with code ${result.exitCode}.`);
}

function timeoutMessage(timeoutMs: number | undefined): string {
  const after = timeoutMs === undefined ? '' : ` after ${seconds(timeoutMs)} s`;
  return `Stopped${after} (timeout). The output so far is included. Raise timeout (max 3600) or do less work per call.`;
}

function memoryMessage(memoryBytes: number | undefined): string {
  if (memoryBytes === undefined) return 'Killed for exceeding memory_limit. Call again with more.';
  const twice = shortSize(2 * memoryBytes);
  return `Killed for exceeding memory_limit (${shortSize(memoryBytes)}). Call again with e.g. memory_limit "${twice}", or use less memory.`;
}

/** A size as the field takes it: `512m`, `2g`. */
function shortSize(bytes: number): string {
  const mebibytes = Math.ceil(bytes / 1024 ** 2);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}g` : `${mebibytes}m`;
}

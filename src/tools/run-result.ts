import { z } from 'zod';
import { shorten, stripControl } from '../core/text.js';
import type { DockerExecutionResult, RunStatus } from '../execution/types.js';
import { artifactContent } from './artifact-content.js';
import { cutText, wireText } from './failure-text.js';
import { seconds } from './fields.js';
import {
  type LocatedArtifact,
  artifactList,
  artifactSchema,
  attachmentsOf,
} from './run-artifacts.js';
import type { WrittenRun } from './run-folder.js';
import {
  type RunOutput,
  type RunStore,
  type StoredRun,
  artifactUri,
  outputUri,
} from './run-store.js';
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
  full_output: z
    .string()
    .nullable()
    .describe('resource URI, or file, of the complete output if truncated'),
  artifacts: z.array(artifactSchema),
  artifacts_total: z.number(),
  stderr: z.string(),
  stdout: z.string(),
});

/** What a run tool answers. */
export type RunToolOutput = z.output<typeof runSchema>;

/** A run as a tool tells it: what the model needs, its output cleaned and shortened. */
export async function runResult(
  result: DockerExecutionResult,
  runs: RunStore,
): Promise<ToolOutcome<RunToolOutput>> {
  const artifacts = result.artifacts.map(artifactContent);
  const run: StoredRun = { id: runs.newId(), output: cleaned(result), artifacts };
  const written = await writtenRun(run, runs);
  const shown = shownRun(run, runs, written.files);
  const omitted = result.omittedArtifacts;
  const output = {
    success: result.success,
    exit_code: result.exitCode,
    execution_time: seconds(result.executionTime),
    error_message: sentences(runMessage(result), written.problem),
    timed_out: result.status === 'timed_out',
    truncated: result.truncated || shown.full_output !== null,
    full_output: shown.full_output,
    artifacts: artifactList(shown.artifacts, omitted),
    artifacts_total: artifacts.length + omitted.length,
    stderr: shown.stderr,
    stdout: shown.stdout,
  };
  const attachments = attachmentsOf(shown.artifacts);
  return { output, isError: IS_ERROR[result.status], attachments };
}

/** What is told of a run before there is anything to tell. */
export const emptyRun: RunToolOutput = {
  success: false,
  exit_code: null,
  execution_time: 0,
  error_message: null,
  timed_out: false,
  truncated: false,
  full_output: null,
  artifacts: [],
  artifacts_total: 0,
  stderr: '',
  stdout: '',
};

/** The result of a run that could not be started. */
export function failedRun({ errorMessage }: ToolFailure<unknown>): RunToolOutput {
  return { ...emptyRun, error_message: errorMessage };
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

/** Output as a model should see it: cleaned, and shortened where the rest can be read. */
export function shownOutput(output: RunOutput, runs: RunStore): ShownOutput {
  return shownRun({ id: runs.newId(), output: cleaned(output), artifacts: [] }, runs, undefined);
}

/** Output that fits, and where all of it is if it was cut. */
interface ShownOutput extends RunOutput {
  readonly full_output: string | null;
}

function cleaned({ stdout, stderr }: RunOutput): RunOutput {
  return { stdout: stripControl(stdout), stderr: stripControl(stderr) };
}

function shownRun(
  run: StoredRun,
  runs: RunStore,
  files: WrittenRun | undefined,
): ShownOutput & { readonly artifacts: readonly LocatedArtifact[] } {
  const { stdout, stderr } = run.output;
  const where = (stream: keyof RunOutput): string => files?.[stream] ?? outputUri(run.id, stream);
  const { truncated, ...shown } = shorten(stdout, stderr, OUTPUT_CHARACTERS, where);
  const kept = truncated || run.artifacts.length > 0 ? runs.put(run).artifacts : [];
  const artifacts = run.artifacts.map((artifact, index) => {
    const uri = kept[index] === undefined ? null : artifactUri(run.id, index);
    return { ...artifact, uri, location: files?.artifacts[index] ?? uri };
  });
  const cut = shown.stdout === stdout ? 'stderr' : 'stdout';
  return { ...shown, full_output: truncated ? where(cut) : null, artifacts };
}

/** Into the output folder, if there is one. A full disk takes nothing from the result. */
async function writtenRun(
  run: StoredRun,
  runs: RunStore,
): Promise<{ readonly files?: WrittenRun | undefined; readonly problem: string | null }> {
  try {
    return { files: await runs.write(run), problem: null };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    const problem = `The output folder of this server could not be written${code}: what is not shown here is kept in memory, for an hour.`;
    return { problem };
  }
}

function sentences(...all: readonly (string | null)[]): string | null {
  const said = all.filter((sentence) => sentence !== null);
  return said.length === 0 ? null : said.join(' ');
}

function runMessage(result: DockerExecutionResult): string | null {
  if (result.success) return null;
  if (result.status === 'timed_out') return timeoutMessage(result.limits?.timeoutMs);
  if (result.status === 'out_of_memory') return memoryMessage(result.limits?.memoryBytes);
  const message = result.errorMessage ?? `The program exited with code ${result.exitCode}.`;
  return cutText(wireText(message));
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

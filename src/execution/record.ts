import { constants } from 'node:os';
import { formatBytes, formatDuration } from '../core/units.js';
import type { ImageFacts, RunOutcome } from '../engine/ports.js';
import type { RunPlan } from '../policy/request.js';
import type { Capture } from './capture.js';
import type { DockerExecutionResult, RunStatus, RunTimings } from './types.js';

export interface RecordInput {
  readonly reference: string;
  readonly image: ImageFacts;
  readonly plan: RunPlan;
  readonly outcome: RunOutcome;
  readonly capture: Capture;
  readonly queueMs: number;
  readonly pullMs: number;
  /** `stopContainer` ended it. */
  readonly stopped: boolean;
}

/** The whole truth about one run, from what the engine said and what was read. Pure. */
export function executionRecord(input: RecordInput): DockerExecutionResult {
  const { outcome, capture, image, reference } = input;
  const status = statusOf(input);
  const exitCode = status === 'exited' || status === 'out_of_memory' ? outcome.exitCode : null;
  const success = status === 'exited' && exitCode === 0;
  const timings = timingsOf(input);
  return {
    success,
    status,
    exitCode,
    signal: signalOf(exitCode),
    stdout: capture.text('stdout'),
    stderr: capture.text('stderr'),
    counts: { stdout: capture.counts('stdout'), stderr: capture.counts('stderr') },
    truncated: outcome.outputIncomplete || capture.omitted,
    executionTime: timings.runMs,
    errorMessage: success ? null : errorMessage(status, exitCode, input),
    containerId: outcome.containerId,
    image: { reference, id: image.id, digest: image.digest },
    timings,
    limits: outcome.limits ?? null,
    artifacts: outcome.artifacts.files,
    omittedArtifacts: outcome.artifacts.omitted,
    cleanup: outcome.cleanup,
    path: outcome.path,
  };
}

function statusOf({ outcome, stopped }: RecordInput): RunStatus {
  if (outcome.end !== 'exited') return outcome.end;
  if (stopped) return 'cancelled';
  return outcome.outOfMemory ? 'out_of_memory' : 'exited';
}

/** A shell and an init report a death by signal N as exit code 128 + N. */
function signalOf(exitCode: number | null): string | null {
  if (exitCode === null || exitCode <= 128) return null;
  const found = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128);
  return found?.[0] ?? null;
}

function timingsOf({ outcome, queueMs, pullMs }: RecordInput): RunTimings {
  const { create = 0, start = 0, run = 0, collect = 0, remove = 0 } = outcome.phases;
  const round = (ms: number): number => Math.round(ms * 10) / 10;
  return {
    queueMs: round(queueMs),
    pullMs: round(pullMs),
    createMs: round(create),
    startMs: round(start),
    runMs: round(run),
    collectMs: round(collect),
    removeMs: round(remove),
    totalMs: round(queueMs + pullMs + create + start + run + collect + remove),
  };
}

function errorMessage(status: RunStatus, exitCode: number | null, { plan }: RecordInput): string {
  switch (status) {
    case 'exited':
      return exitMessage(exitCode ?? 0);
    case 'timed_out':
      return `Stopped after ${formatDuration(plan.timeoutMs)} (timeout). The output so far is included. Raise the timeout or do less work in one run.`;
    case 'out_of_memory':
      return `Memory ran out: the program or one of its children was killed at the limit of ${formatBytes(plan.memoryBytes)}. Run it again with more memory.`;
    case 'output_limit':
      return `Stopped after more than ${formatBytes(plan.producedBytes)} of output. The beginning and the end are included. Write less, or to a file.`;
    case 'cancelled':
      return 'Stopped on request. The output so far is included.';
    case 'engine_lost':
      return 'The container engine stopped or did not answer while the run was in progress, or somebody removed the container. What became of the program is unknown; the output so far is included and may be incomplete.';
  }
}

function exitMessage(exitCode: number): string {
  const signal = signalOf(exitCode);
  const died = signal === null ? '' : `, as after ${signal}`;
  return `The program ended with exit code ${exitCode}${died}.`;
}

/** Flow 1 of the design, from a decided plan to the record: image, container, verdict. */
import { now } from '../core/deadline.js';
import type { Logger } from '../core/logger.js';
import type {
  ContainerSpec,
  Engine,
  ImageFacts,
  OutputStream,
  RunObserver,
} from '../engine/ports.js';
import type { RunPlan } from '../policy/request.js';
import type { ActiveRun } from './active-runs.js';
import { Capture } from './capture.js';
import { containerSpec, type Program } from './container-spec.js';
import { executionRecord } from './record.js';
import type { DockerExecutionResult, ExecutionEvent } from './types.js';

/** Milliseconds. After the longest time a run or build can take and these, somebody else may remove what is left of it. */
export const LEFTOVER_SPARE_MS = 120_000;

/** Hears what a program writes, at once. Must not throw, and must copy what it keeps. */
export type OutputListener = (stream: OutputStream, chunk: Uint8Array) => void;

export interface RunInput {
  readonly engine: Engine;
  readonly reference: string;
  readonly image: ImageFacts;
  /** See `ContainerSpec.temporaryImage`. @default false */
  readonly temporaryImage?: boolean | undefined;
  readonly plan: RunPlan;
  readonly program: Program;
  readonly instance: string;
  readonly queueMs: number;
  readonly pullMs: number;
  readonly active: ActiveRun;
  readonly logger: Logger;
  readonly onEvent: (event: ExecutionEvent) => void;
  readonly onOutput: OutputListener | undefined;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
  /** Aborted with `signal`, and when the executor closes. */
  readonly ended: AbortSignal;
}

/** @throws the reason of `signal` when the caller aborted; the container is gone by then */
export async function runProgram(input: RunInput): Promise<DockerExecutionResult> {
  const { engine, plan, active, signal, ended, logger } = input;
  const capture = new Capture(plan.producedBytes);
  const spec = programSpec(input);
  const observer = runObserver(input, capture);
  const began = now();
  const outcome = await engine.containers.run(spec, observer, ended);
  if (outcome.end === 'cancelled') signal?.throwIfAborted();
  const record = executionRecord({ ...input, capture, outcome, stopped: active.stopped });
  logger.info('run.finished', {
    status: record.status,
    exitCode: record.exitCode,
    ms: Math.round(now() - began),
  });
  return record;
}

/** Its time begins now: whoever finds the container later can tell whether it is left over. */
export function programSpec(input: Omit<RunInput, 'onOutput' | 'signal'>): ContainerSpec {
  const { plan, active, engine, instance } = input;
  return containerSpec({
    name: active.name,
    owner: { instance, deadline: Date.now() + plan.timeoutMs + LEFTOVER_SPARE_MS },
    program: input.program,
    plan,
    image: input.image,
    imageName: input.reference,
    temporaryImage: input.temporaryImage,
    engine: engine.facts,
  });
}

function runObserver(input: RunInput, capture: Capture): RunObserver {
  const { active, onEvent, onOutput, reference } = input;
  let announced = false;
  let container = active.name;
  // A quick program's output can be here before the engine's answer to the start.
  const running = (): void => {
    if (!announced) onEvent({ type: 'running', image: reference, container });
    announced = true;
  };
  return {
    created: (id, name) => {
      container = name;
      active.created(id);
    },
    phase: (phase) => {
      if (phase === 'run') running();
    },
    output: (stream, chunk) => {
      running();
      onEvent({ type: 'output', stream, bytes: chunk.byteLength });
      onOutput?.(stream, chunk);
      return capture.push(stream, chunk);
    },
  };
}

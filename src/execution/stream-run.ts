import { leavable } from '../core/leavable.js';
import { LiveOutput } from './live-output.js';
import type { ContainerStreamEvent } from './observe-types.js';
import type { OutputListener } from './run-program.js';
import type { DockerExecutionResult } from './types.js';

/**
 * A run as events, see `DockerExecutor.streamContainer`. The run goes at its own speed, however
 * slowly the events are taken; it is ended when they are not wanted any more.
 */
export function streamRun(
  run: (onOutput: OutputListener, signal: AbortSignal) => Promise<DockerExecutionResult>,
  callerSignal: AbortSignal | undefined,
): AsyncGenerator<ContainerStreamEvent, void, undefined> {
  return leavable((signal) => events(run, signal), callerSignal);
}

async function* events(
  run: (onOutput: OutputListener, signal: AbortSignal) => Promise<DockerExecutionResult>,
  signal: AbortSignal,
): AsyncGenerator<ContainerStreamEvent, void> {
  const output = new LiveOutput();
  const running = run((stream, chunk) => output.push(stream, chunk), signal);
  const ended = running.then(
    () => output.end(),
    () => (signal.aborted ? output.discard() : output.end()),
  );
  try {
    yield* output.events();
    yield { type: 'result', result: await running };
  } finally {
    await ended;
  }
}

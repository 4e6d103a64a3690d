import { formatBytes } from '../core/units.js';
import type { BuildProgress, PullProgress } from '../engine/ports.js';
import type { ExecutionEvent } from '../execution/types.js';

/** How far a call is, for a person or a client that waits. */
export interface ToolProgress {
  /** What is being done, e.g. `Pulling python:3.13-slim`. A change of it is a change of phase. */
  readonly phase: string;
  /** How far the phase is, e.g. `41 of 128 MB`. May hold text of a program or a Dockerfile. */
  readonly detail?: string | undefined;
  /** Work done and to do, in one unit through the whole call; only where both are known. */
  readonly amount?: { readonly done: number; readonly total: number } | undefined;
}

/** Steps of a build are counted in thousandths, so that there is room between two of them. */
const STEP = 1000;

/** Turns the events of one call into progress. Keeps count of the output, so: one for each call. */
export function progressOf(
  report: (progress: ToolProgress) => void,
): (event: ExecutionEvent) => void {
  let outputBytes = 0;
  let phase = 'Running';
  const running = (): ToolProgress =>
    outputBytes === 0 ? { phase } : { phase, detail: `${formatBytes(outputBytes)} of output` };
  return (event) => {
    switch (event.type) {
      case 'queued':
        return report({
          phase: 'Waiting for a free place',
          detail: `${event.position} before this`,
        });
      case 'cloning':
        return report({ phase: `Cloning ${event.repository}` });
      case 'pulling':
        return report({ phase: `Pulling ${event.image}`, ...pulling(event.progress) });
      case 'building':
        return report({ phase: 'Building', ...building(event.progress) });
      case 'running':
        phase = `Running ${event.image} as ${event.container}`;
        return report(running());
      case 'output':
        outputBytes += event.bytes;
        return report(running());
    }
  };
}

/** How far a pull is. */
export function pulling(progress: PullProgress | null): Pick<ToolProgress, 'detail' | 'amount'> {
  if (progress === null || progress.bytesTotal === 0) return {};
  const { bytesDone, bytesTotal } = progress;
  return {
    detail: `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
    amount: { done: bytesDone, total: bytesTotal },
  };
}

/** How far a build is. */
export function building({
  step,
  steps,
  message,
}: BuildProgress): Pick<ToolProgress, 'detail' | 'amount'> {
  return {
    detail: `step ${step}/${steps} ${message}`,
    amount: { done: (step - 1) * STEP, total: steps * STEP },
  };
}

import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/execution/types.js';
import { type ToolProgress, progressOf } from '../../../src/tools/progress.js';

function progressFor(...events: readonly ExecutionEvent[]): readonly ToolProgress[] {
  const reported: ToolProgress[] = [];
  const hear = progressOf((progress) => reported.push(progress));
  for (const event of events) hear(event);
  return reported;
}

const pull = { layersDone: 1, layersTotal: 3, status: 'Downloading' };

describe('progressOf', () => {
  it('tells bytes and total of a pull', () => {
    const progress = { ...pull, bytesDone: 5 * 1024 ** 2, bytesTotal: 20 * 1024 ** 2 };
    expect(progressFor({ type: 'pulling', image: 'busybox', progress })).toEqual([
      {
        phase: 'Pulling busybox',
        detail: '5 MiB of 20 MiB',
        amount: { done: 5_242_880, total: 20_971_520 },
      },
    ]);
  });

  it.each([null, { ...pull, bytesDone: 0, bytesTotal: 0 }])(
    'tells no amount of a pull that is not known yet',
    (progress) => {
      expect(progressFor({ type: 'pulling', image: 'busybox', progress })).toEqual([
        { phase: 'Pulling busybox' },
      ]);
    },
  );

  it('counts a step of a build as done only when the next one begins', () => {
    const at = (step: number) => ({ step, steps: 12, message: 'RUN npm ci', cached: false });
    const repository = 'https://github.com/org/repo';
    const [first, last] = progressFor(
      { type: 'building', repository, progress: at(1) },
      { type: 'building', repository, progress: at(12) },
    );
    expect(first?.amount).toEqual({ done: 0, total: 12_000 });
    expect(last?.amount).toEqual({ done: 11_000, total: 12_000 });
    expect(last?.detail).toBe('step 12/12 RUN npm ci');
  });

  it('adds up the output of the program', () => {
    const reported = progressFor(
      { type: 'running', image: 'busybox', container: 'slipway-1' },
      { type: 'output', stream: 'stdout', bytes: 1000 },
      { type: 'output', stream: 'stderr', bytes: 1048 },
    );
    expect(reported.at(-1)).toEqual({
      phase: 'Running busybox as slipway-1',
      detail: '2 KiB of output',
    });
  });

  it('keeps the count of output that came before the program was known to run', () => {
    const reported = progressFor(
      { type: 'output', stream: 'stdout', bytes: 10 },
      { type: 'running', image: 'busybox', container: 'slipway-1' },
    );
    expect(reported.at(-1)).toEqual({
      phase: 'Running busybox as slipway-1',
      detail: '10 bytes of output',
    });
  });

  it('tells a caller who waits how many are before it', () => {
    expect(progressFor({ type: 'queued', position: 3 })).toEqual([
      { phase: 'Waiting for a free place', detail: '3 before this' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { SharedWork } from '../../../src/core/shared-work.js';

/** Work that a test ends by hand, and that ends by itself when it is aborted. */
function controlled() {
  const jobs: {
    readonly signal: AbortSignal;
    readonly finish: (value: string) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const start = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      jobs.push({ signal, finish: resolve, fail: reject });
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  return { jobs, start };
}

describe('work that several callers want', () => {
  it('is done once, and begun again when it is asked for later', async () => {
    const shared = new SharedWork<string>();
    const { jobs, start } = controlled();
    const both = [shared.run('a', start), shared.run('a', start)];
    expect(jobs).toHaveLength(1);
    jobs[0]?.finish('done');
    expect(await Promise.all(both)).toEqual(['done', 'done']);
    const later = shared.run('a', start);
    expect(jobs).toHaveLength(2);
    jobs[1]?.finish('again');
    expect(await later).toBe('again');
  });

  it('is done for each key', async () => {
    const shared = new SharedWork<string>();
    const { jobs, start } = controlled();
    const both = [shared.run('a', start), shared.run('b', start)];
    for (const [at, job] of jobs.entries()) job.finish(String(at));
    expect(await Promise.all(both)).toEqual(['0', '1']);
  });

  it('fails for all who wait, once', async () => {
    const shared = new SharedWork<string>();
    const { jobs, start } = controlled();
    const both = Promise.allSettled([shared.run('a', start), shared.run('a', start)]);
    jobs[0]?.fail(new Error('broken'));
    const reason: unknown = expect.objectContaining({ message: 'broken' });
    expect(await both).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(jobs).toHaveLength(1);
  });

  it('goes on when one of two callers leaves', async () => {
    const shared = new SharedWork<string>();
    const { jobs, start } = controlled();
    const leave = new AbortController();
    const first = shared.run('a', start, leave.signal);
    const second = shared.run('a', start);
    leave.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(jobs[0]?.signal.aborted).toBe(false);
    jobs[0]?.finish('done');
    expect(await second).toBe('done');
  });

  it('is aborted when the last one leaves, who hears of it when it is over', async () => {
    const shared = new SharedWork<string>();
    const { jobs, start } = controlled();
    const leave = [new AbortController(), new AbortController()] as const;
    const both = leave.map(({ signal }) => shared.run('a', start, signal));
    const outcomes = Promise.allSettled(both);
    leave[0].abort(new Error('one'));
    leave[1].abort(new Error('two'));
    const reasons = (await outcomes).map((one) => one.status === 'rejected' && String(one.reason));
    expect(reasons).toEqual(['Error: one', 'Error: two']);
    expect(jobs[0]?.signal.aborted).toBe(true);
  });

  it('does not let a caller leave before aborted work has cleaned up', async () => {
    const shared = new SharedWork<string>();
    const steps: string[] = [];
    const leave = new AbortController();
    let cleanedUp = (): void => undefined;
    const work = shared.run(
      'a',
      () =>
        new Promise((_resolve, reject) => {
          cleanedUp = () => {
            steps.push('clean');
            reject(new Error('aborted'));
          };
        }),
      leave.signal,
    );
    const left = work.catch(() => steps.push('left'));
    leave.abort(new Error('enough'));
    setImmediate(cleanedUp);
    await left;
    expect(steps).toEqual(['clean', 'left']);
  });

  it('is begun anew by who still waits when it fails after its beginner gave up', async () => {
    const shared = new SharedWork<string>();
    const { jobs, start } = controlled();
    const leave = new AbortController();
    const first = shared.run('a', start, leave.signal);
    const others = [shared.run('a', start), shared.run('a', start)];
    leave.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    // What the beginner's work read is gone with the beginner.
    jobs[0]?.fail(new Error('the folder is gone'));
    await new Promise(setImmediate);
    expect(jobs).toHaveLength(2);
    jobs[1]?.finish('done');
    expect(await Promise.all(others)).toEqual(['done', 'done']);
  });

  it('is not begun for a caller who has already left', async () => {
    const { jobs, start } = controlled();
    const signal = AbortSignal.abort(new Error('before'));
    await expect(new SharedWork<string>().run('a', start, signal)).rejects.toThrow('before');
    expect(jobs).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { lazyExecutor } from '../../../src/bin/lazy-executor.js';
import type { Executor } from '../../../src/tools/executor.js';
import { runResultOf, scriptedExecutor } from '../../support/scripted-executor.js';

describe('lazyExecutor', () => {
  it('makes the executor once, when it is first used', async () => {
    let made = 0;
    const executor = lazyExecutor(() => {
      made += 1;
      return Promise.resolve(
        scriptedExecutor({
          executeContainer: () => Promise.resolve(runResultOf()),
          listRunningContainers: () => Promise.resolve([]),
        }),
      );
    });
    expect(made).toBe(0);
    await Promise.all([
      executor.executeContainer({ image: 'busybox' }),
      executor.listRunningContainers(),
    ]);
    expect(made).toBe(1);
  });

  it('is made at once where that is asked for, and closed although it was never used', async () => {
    const happened: string[] = [];
    const create = (): Promise<Executor> => {
      happened.push('made');
      return Promise.resolve(
        scriptedExecutor({
          close: () => {
            happened.push('closed');
            return Promise.resolve();
          },
        }),
      );
    };
    const executor = lazyExecutor(create, true);
    expect(happened).toEqual(['made']);
    await executor.close();
    expect(happened).toEqual(['made', 'closed']);
  });

  it('tries again after a failure', async () => {
    let attempts = 0;
    const executor = lazyExecutor(() => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject(new Error('not yet'))
        : Promise.resolve(scriptedExecutor({ listRunningContainers: () => Promise.resolve([]) }));
    });
    await expect(executor.listRunningContainers()).rejects.toThrow('not yet');
    await expect(executor.listRunningContainers()).resolves.toEqual([]);
  });

  it('has nothing to close when it was never used', async () => {
    const executor = lazyExecutor(() => Promise.reject(new Error('was made')));
    await expect(executor.close()).resolves.toBeUndefined();
  });

  it.each<[keyof Executor, (executor: Executor) => Promise<unknown>]>([
    ['executeContainer', (executor) => executor.executeContainer({ image: 'a' })],
    ['startDetached', (executor) => executor.startDetached({ image: 'a' })],
    ['executeWithPayload', (executor) => executor.executeWithPayload({ image: 'a', payload: '' })],
    [
      'buildAndExecuteGitHubRepo',
      (executor) => executor.buildAndExecuteGitHubRepo({ repositoryUrl: 'https://x/y/z' }),
    ],
    ['listRunningContainers', (executor) => executor.listRunningContainers()],
    ['stopContainer', (executor) => executor.stopContainer('a')],
    ['pullImage', (executor) => executor.pullImage('a')],
    ['listImages', (executor) => executor.listImages()],
    ['logs', (executor) => executor.logs('a').next()],
    ['stats', (executor) => executor.stats('a')],
  ])('passes %s on', async (name, call) => {
    const executor = lazyExecutor(() => Promise.resolve(scriptedExecutor()));
    await expect(call(executor)).rejects.toThrow(`${name} was called`);
  });

  it('closes what it made', async () => {
    let closed = 0;
    const executor = lazyExecutor(() =>
      Promise.resolve(
        scriptedExecutor({
          listRunningContainers: () => Promise.resolve([]),
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        }),
      ),
    );
    await executor.listRunningContainers();
    await executor.close();
    expect(closed).toBe(1);
  });
});

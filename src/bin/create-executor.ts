import type { DockerExecutorOptions } from '../create.js';
import type { Executor } from '../tools/executor.js';
import { lazyExecutor } from './lazy-executor.js';

/** What is known once the policy is read and the log is open. */
export type Prepared = Pick<DockerExecutorOptions, 'policy' | 'logger'>;

/** Loading the client of the engine takes longer than all the rest: it waits for its first use. */
export function createExecutor(
  dockerHost: string | undefined,
  prepare: () => Promise<Prepared>,
  warm: DockerExecutorOptions['warm'] = false,
): Executor {
  const create = async (): Promise<Executor> => {
    const { createDockerExecutor } = await import('../create.js');
    const executor = createDockerExecutor({ dockerHost, warm, ...(await prepare()) });
    const startDetached: Executor['startDetached'] = (config, options) =>
      executor.executeContainer({ ...config, detach: true }, options);
    return Object.assign(executor, { startDetached });
  };
  // Containers that are to wait from the beginning on are not made by the first call.
  return lazyExecutor(create, typeof warm !== 'boolean');
}

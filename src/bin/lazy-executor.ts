import type { Executor } from '../tools/executor.js';
import { MadeOnce } from './made-once.js';

/**
 * An executor that is made when it is first used: a server lists its tools, and a command line
 * complains about a wrong option, without loading the client of the engine. A failure to make it
 * is not kept.
 */
export function lazyExecutor(create: () => Promise<Executor>): Executor {
  const made = new MadeOnce(create);
  const executor = (): Promise<Executor> => made.get();
  return {
    executeContainer: async (config, options) =>
      (await executor()).executeContainer(config, options),
    executeWithPayload: async (config, options) =>
      (await executor()).executeWithPayload(config, options),
    buildAndExecuteGitHubRepo: async (config, options) =>
      (await executor()).buildAndExecuteGitHubRepo(config, options),
    listRunningContainers: async (options) => (await executor()).listRunningContainers(options),
    stopContainer: async (container, options) =>
      (await executor()).stopContainer(container, options),
    pullImage: async (image, options) => (await executor()).pullImage(image, options),
    close: async () => (await made.existing())?.close(),
  };
}

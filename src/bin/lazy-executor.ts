import type { Executor } from '../tools/executor.js';
import { MadeOnce } from './made-once.js';

/**
 * An executor that is made when it is first used: a server lists its tools, and a command line
 * complains about a wrong option, without loading the client of the engine. A failure to make it
 * is not kept.
 *
 * @param atOnce begins to make it now; the first call hears what is wrong
 */
export function lazyExecutor(create: () => Promise<Executor>, atOnce = false): Executor {
  const made = new MadeOnce(create);
  if (atOnce) made.get().catch(() => undefined);
  const executor = (): Promise<Executor> => made.get();
  return {
    executeContainer: async (config, options) =>
      (await executor()).executeContainer(config, options),
    startDetached: async (config, options) => (await executor()).startDetached(config, options),
    executeWithPayload: async (config, options) =>
      (await executor()).executeWithPayload(config, options),
    buildAndExecuteGitHubRepo: async (config, options) =>
      (await executor()).buildAndExecuteGitHubRepo(config, options),
    listRunningContainers: async (options) => (await executor()).listRunningContainers(options),
    stopContainer: async (container, options) =>
      (await executor()).stopContainer(container, options),
    pullImage: async (image, options) => (await executor()).pullImage(image, options),
    listImages: async (options) => (await executor()).listImages(options),
    logs: (container, options) => lazyLogs(executor, container, options),
    stats: async (container, options) => (await executor()).stats(container, options),
    close: async () => (await made.existing())?.close(),
  };
}

async function* lazyLogs(
  executor: () => Promise<Executor>,
  ...call: Parameters<Executor['logs']>
): ReturnType<Executor['logs']> {
  yield* (await executor()).logs(...call);
}

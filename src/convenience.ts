/** One call for one run: an executor is made, used and closed. */
import { createDockerExecutor, type DockerExecutorOptions } from './create.js';
import type {
  CallOptions,
  DockerExecutionConfig,
  DockerExecutionResult,
  GitHubDockerConfig,
} from './execution/types.js';

/**
 * Runs an image once, as `DockerExecutor.executeContainer`. Make an executor of your own for more
 * than one run: it finds the engine once, and its queue bounds how many run together.
 *
 * @throws {SlipwayError} as `DockerExecutor.executeContainer`
 */
export async function executeDockerHubContainer(
  config: DockerExecutionConfig,
  options: CallOptions & DockerExecutorOptions = {},
): Promise<DockerExecutionResult> {
  await using executor = createDockerExecutor(options);
  return await executor.executeContainer(config, options);
}

/**
 * Clones a repository, builds its Dockerfile and runs the image once, as
 * `DockerExecutor.buildAndExecuteGitHubRepo`.
 *
 * @throws {SlipwayError} as `DockerExecutor.buildAndExecuteGitHubRepo`
 */
export async function buildAndExecuteFromGitHub(
  config: GitHubDockerConfig,
  options: CallOptions & DockerExecutorOptions = {},
): Promise<DockerExecutionResult> {
  await using executor = createDockerExecutor(options);
  return await executor.buildAndExecuteGitHubRepo(config, options);
}

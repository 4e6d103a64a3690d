import type { DockerExecutionResult } from '../../src/execution/types.js';
import type { Executor } from '../../src/tools/executor.js';

/** An executor that does what a test says, and refuses every call the test did not expect. */
export function scriptedExecutor(script: Partial<Executor> = {}): Executor {
  const unexpected = (name: string) => () => Promise.reject(new Error(`${name} was called`));
  return {
    executeContainer: unexpected('executeContainer'),
    startDetached: unexpected('startDetached'),
    executeWithPayload: unexpected('executeWithPayload'),
    buildAndExecuteGitHubRepo: unexpected('buildAndExecuteGitHubRepo'),
    listRunningContainers: unexpected('listRunningContainers'),
    stopContainer: unexpected('stopContainer'),
    pullImage: unexpected('pullImage'),
    listImages: unexpected('listImages'),
    logs: () => failing('logs was called'),
    stats: unexpected('stats'),
    close: () => Promise.resolve(),
    ...script,
  };
}

/** The result of a program that printed `hello` and exited with 0, apart from `differences`. */
export function runResultOf(
  differences: Partial<DockerExecutionResult> = {},
): DockerExecutionResult {
  return {
    success: true,
    status: 'exited',
    exitCode: 0,
    signal: null,
    stdout: 'hello\n',
    stderr: '',
    counts: { stdout: { bytes: 6, omittedBytes: 0 }, stderr: { bytes: 0, omittedBytes: 0 } },
    truncated: false,
    executionTime: 1234,
    errorMessage: null,
    containerId: 'c'.repeat(64),
    image: { reference: 'busybox', id: `sha256:${'a'.repeat(64)}`, digest: null },
    timings: {
      queueMs: 0,
      pullMs: 0,
      createMs: 10,
      startMs: 20,
      runMs: 1234,
      collectMs: 5,
      removeMs: 30,
      totalMs: 1299,
    },
    limits: {
      memoryBytes: 2 * 1024 ** 3,
      cpus: 2,
      pids: 512,
      timeoutMs: 300_000,
      networkMode: 'none',
      readOnlyRoot: false,
      user: '',
    },
    artifacts: [],
    omittedArtifacts: [],
    cleanup: 'removed',
    path: { kind: 'cold', reason: null },
    ...differences,
  };
}

/** The first value that is asked for fails. */
async function* failing(why: string): AsyncGenerator<never, void, undefined> {
  yield await Promise.reject(new Error(why));
}

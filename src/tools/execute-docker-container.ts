import { z } from 'zod';
import type { DetachedContainer } from '../execution/observe-types.js';
import type { DockerExecutionConfig } from '../execution/types.js';
import { booleanField, imageField, runConfig, runFields, textField } from './fields.js';
import { progressOf } from './progress.js';
import { type RunToolOutput, emptyRun, failedRun, runResult, runSchema } from './run-result.js';
import { defineTool } from './tool.js';

const containerInput = z.strictObject({
  image: imageField,
  ...runFields,
  user: textField(129).optional().describe('uid, uid:gid or name.'),
  read_only: booleanField.optional().describe('Read-only root file system.'),
  gpus: textField(4096).optional().describe('"all" or ids like "0,1", where permitted.'),
  platform: textField(64).optional().describe('e.g. "linux/arm64".'),
  pull: z.enum(['missing', 'always', 'never']).optional(),
  detach: booleanField
    .optional()
    .describe('Return container_id at once; it runs until timeout or stop_container.'),
});

const containerOutput = z.object({
  ...runSchema.shape,
  success: z.boolean().describe('true only when exit_code is 0, or it was detached'),
  container_id: z.string().nullable().describe('of a detached container'),
  deadline: z.string().nullable().describe('when a detached container is removed'),
});

type ContainerToolOutput = z.output<typeof containerOutput>;

export const executeDockerContainer = defineTool({
  name: 'execute_docker_container',
  title: 'Run a container',
  description:
    'Run one command in a fresh Docker container and return exit code, stdout and stderr. The container is deleted afterwards: nothing persists between calls. A non-zero exit code is a normal result (success=false), not a tool error. To run a script or pass data use execute_with_payload, for a Git repository build_and_execute_github_repo.',
  effect: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  input: containerInput,
  output: containerOutput,
  run: async (input, { executor, signal, report, runs }) => {
    const config = containerConfig(input);
    const options = { signal, onEvent: progressOf(report) };
    if (input.detach === true) {
      const container = await executor.startDetached(config, options);
      return { output: detachedOutput(container), isError: false };
    }
    const outcome = await runResult(await executor.executeContainer(config, options), runs);
    return { ...outcome, output: attached(outcome.output) };
  },
  failed: (failure) => attached(failedRun(failure)),
});

function containerConfig(input: z.output<typeof containerInput>): DockerExecutionConfig {
  return {
    image: input.image,
    ...runConfig(input),
    user: input.user,
    readOnly: input.read_only,
    gpus: input.gpus === undefined || input.gpus === 'all' ? input.gpus : input.gpus.split(','),
    platform: input.platform,
    pull: input.pull,
  };
}

function attached(output: RunToolOutput): ContainerToolOutput {
  return inOrder(output, { container_id: null, deadline: null });
}

/** It was started, and that is all that was asked for: no exit code, no output. */
function detachedOutput({ containerId, deadline }: DetachedContainer): ContainerToolOutput {
  const started = { container_id: containerId, deadline: deadline.toISOString() };
  return inOrder({ ...emptyRun, success: true }, started);
}

/** Handles stand before the output: clients that cut a long result cut its end. */
function inOrder(
  { stderr, stdout, ...verdict }: RunToolOutput,
  handle: Pick<ContainerToolOutput, 'container_id' | 'deadline'>,
): ContainerToolOutput {
  return { ...verdict, ...handle, stderr, stdout };
}

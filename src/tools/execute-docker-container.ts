import { z } from 'zod';
import { imageField, runConfig, runFields } from './fields.js';
import { progressOf } from './progress.js';
import { failedRun, runResult, runSchema } from './run-result.js';
import { defineTool } from './tool.js';

export const executeDockerContainer = defineTool({
  name: 'execute_docker_container',
  title: 'Run a container',
  description:
    'Run one command in a fresh Docker container and return exit code, stdout and stderr. The container is deleted afterwards: nothing persists between calls. A non-zero exit code is a normal result (success=false), not a tool error. To pass a script or input data use execute_with_payload; for code in a Git repository build_and_execute_github_repo.',
  effect: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  input: z.strictObject({ image: imageField, ...runFields }),
  output: runSchema,
  run: async (input, { executor, signal, report, runs }) => {
    const config = { image: input.image, ...runConfig(input) };
    const result = await executor.executeContainer(config, { signal, onEvent: progressOf(report) });
    return runResult(result, runs);
  },
  failed: failedRun,
});

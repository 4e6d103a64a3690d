import { z } from 'zod';
import { isSlipwayError } from '../core/errors.js';
import { BUILD_LOG_TAIL } from '../core/limits.js';
import { stripControl } from '../core/text.js';
import {
  commonRunFields,
  milliseconds,
  runConfig,
  secondsField,
  textField,
  textMapField,
} from './fields.js';
import { progressOf } from './progress.js';
import { type RunToolOutput, failedRun, runResult, runSchema } from './run-result.js';
import { defineTool } from './tool.js';

const buildSchema = runSchema.extend({
  image_id: z.string().nullable().describe('the image that was built'),
});

export const buildAndExecuteGitHubRepo = defineTool({
  name: 'build_and_execute_github_repo',
  title: 'Build and run a Git repository',
  description:
    'Clone a public Git repository, build its Dockerfile (one is written for an MCP server without), run the image once and return exit code, stdout and stderr. Takes minutes. If the client gives up early, call again: finished layers are reused. A failed build returns the end of its log in stderr.',
  effect: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  input: z.strictObject({
    repo_url: textField(2048).describe('HTTPS URL, e.g. "https://github.com/org/repo".'),
    branch: textField(255).optional().describe('Branch, tag or full commit id.'),
    dockerfile_path: textField(1024).optional().describe('Relative to context_path.'),
    context_path: textField(1024).optional().describe('Build context folder. Default ".".'),
    build_args: textMapField.optional().describe('Docker build arguments; no secrets.'),
    build_timeout: secondsField(1, 3600)
      .optional()
      .describe('Seconds for clone and build. Default 600.'),
    ...commonRunFields,
  }),
  output: buildSchema,
  run: async (input, { executor, signal, report, runs }) => {
    const config = {
      repositoryUrl: input.repo_url,
      ref: input.branch,
      dockerfilePath: input.dockerfile_path,
      contextPath: input.context_path,
      buildArgs: input.build_args,
      buildTimeoutMs: milliseconds(input.build_timeout),
      ...runConfig(input),
    };
    const options = { signal, onEvent: progressOf(report) };
    const result = await executor.buildAndExecuteGitHubRepo(config, options);
    const outcome = await runResult(result, runs);
    return { ...outcome, output: withImage(outcome.output, result.image.id) };
  },
  failed: (failure) => {
    const { error } = failure;
    const log = isSlipwayError(error, 'BUILD_FAILED') ? stripControl(error.context.log) : '';
    return withImage(
      { ...failedRun(failure), stderr: log.slice(-BUILD_LOG_TAIL.characters) },
      null,
    );
  },
});

/** The image stands before the output: clients that cut a long result cut its end. */
function withImage(
  { stderr, stdout, ...verdict }: RunToolOutput,
  imageId: string | null,
): z.output<typeof buildSchema> {
  return { ...verdict, image_id: imageId, stderr, stdout };
}

import { z } from 'zod';
import { quoteValue } from '../core/options.js';
import { textField } from './fields.js';
import { type JobOutput, jobOutput, jobSchema, noJob } from './job-output.js';
import { JOB_LIMITS } from './jobs.js';
import { fromJsonText } from './json-text.js';
import { defineTool, type ToolOutcome } from './tool.js';

export const startJob = defineTool({
  name: 'start_job',
  title: 'Start a job',
  description: `Call another tool of this server without waiting for it: for builds, pulls and runs that may take longer than a minute, where clients give up on a call. Answers at once with a job_id for job_result, job_status and cancel_job. At most ${JOB_LIMITS.running} jobs run at once; the results of the last ${JOB_LIMITS.kept} jobs are kept, for an hour after their end. Jobs end with the session.`,
  effect: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  input: z.strictObject({
    tool: textField(64).describe('E.g. "build_and_execute_github_repo".'),
    arguments: z
      .preprocess(fromJsonText, z.record(z.string(), z.unknown()))
      .optional()
      .describe('The arguments of that tool.'),
  }),
  output: jobSchema,
  run: async ({ tool: name, arguments: args }, context) => {
    const { jobs } = context;
    const tool = jobs.tools.find((one) => one.name === name);
    if (tool === undefined) return refused(noSuchTool(name, jobs.tools));
    const refusal = tool.refusal(args);
    if (refusal !== undefined) return refused(refusal);
    const job = jobs.start(tool, args, context);
    return job === undefined ? refused(TOO_MANY) : { output: jobOutput(job), isError: false };
  },
  failed: ({ errorMessage }) => noJob(errorMessage),
});

const TOO_MANY = `${JOB_LIMITS.running} jobs are running, and more are not permitted at once. Nothing was started. Wait for one with job_result, or end one with cancel_job.`;

function refused(why: string): ToolOutcome<JobOutput> {
  return { output: noJob(why), isError: true };
}

function noSuchTool(name: string, tools: readonly { readonly name: string }[]): string {
  const known = tools.map((tool) => tool.name).join(', ');
  return `tool: ${quoteValue(name)} cannot be started as a job; these can: ${known}. Nothing was started.`;
}

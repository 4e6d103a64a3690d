import { z } from 'zod';
import { jobField, jobOutput, jobSchema, noJob, unknownJob } from './job-output.js';
import { defineTool } from './tool.js';

export const jobStatus = defineTool({
  name: 'job_status',
  title: 'Look at a job',
  description:
    'How far a job of start_job is: its state (running, finished, cancelled), what it does now and for how many seconds it has run. Answers at once. To wait for its result use job_result.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({ job_id: jobField }),
  output: jobSchema,
  run: async ({ job_id }, { jobs }) => {
    const job = jobs.get(job_id);
    return job === undefined
      ? { output: unknownJob(job_id), isError: true }
      : { output: jobOutput(job), isError: false };
  },
  failed: ({ errorMessage, input }) => noJob(errorMessage, input?.job_id),
});

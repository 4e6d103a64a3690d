import { z } from 'zod';
import { within } from '../core/deadline.js';
import { jobField, jobOutput, jobSchema, noJob, unknownJob } from './job-output.js';
import { defineTool } from './tool.js';

/** Milliseconds that a cancelled job has to clean up before the answer says that it still does. */
const CLEANUP_MS = 10_000;

/**
 * A tool of its own, not a field of `job_status`: clients ask a person before a tool that ends
 * something, and nobody wants to be asked at every look at a job.
 */
export const cancelJob = defineTool({
  name: 'cancel_job',
  title: 'Cancel a job',
  description:
    'End a running job of start_job and remove what it started: container, build, clone. Answers when that is done. Cancelling a job that is over changes nothing, and its result stays.',
  effect: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  input: z.strictObject({ job_id: jobField }),
  output: jobSchema,
  run: async ({ job_id }, { jobs }) => {
    const job = jobs.get(job_id);
    if (job === undefined) return { output: unknownJob(job_id), isError: true };
    job.cancel();
    await within(job.ended, CLEANUP_MS);
    const stillEnding = job.state === 'running' ? STILL_ENDING : null;
    return { output: jobOutput(job, stillEnding), isError: false };
  },
  failed: ({ errorMessage, input }) => noJob(errorMessage, input?.job_id),
});

const STILL_ENDING =
  'The job was told to end and still cleans up after itself. Look again with job_status.';

import { z } from 'zod';
import { delay } from '../core/deadline.js';
import { linkSignals } from '../core/link-signals.js';
import { milliseconds, secondsField } from './fields.js';
import { jobField, jobOutput, jobSchema, noJob, unknownJob } from './job-output.js';
import type { Job } from './jobs.js';
import { defineTool, type ToolResult } from './tool.js';

/** Jobs are for clients that give up on a call after 60 s. */
const MAX_WAIT_SECONDS = 50;

const resultSchema = jobSchema.extend({
  result: z.record(z.string(), z.unknown()).nullable().describe('what the tool answered'),
});

type ResultOutput = z.output<typeof resultSchema>;

export const jobResult = defineTool({
  name: 'job_result',
  title: 'Get the result of a job',
  description:
    'The result of a job of start_job. In result is what the tool itself would have answered, complete; null while state is "running". With wait it waits for the end of the job, and can be called again if that was too short. A result can be read as often as needed until an hour after the end of the job.',
  effect: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  input: z.strictObject({
    job_id: jobField,
    wait: secondsField(0, MAX_WAIT_SECONDS)
      .optional()
      .describe(`Seconds to wait for the end of the job, at most ${MAX_WAIT_SECONDS}. Default 0.`),
  }),
  output: resultSchema,
  run: async ({ job_id, wait }, { jobs, signal, report }) => {
    const job = jobs.get(job_id);
    if (job === undefined) return { output: without(unknownJob(job_id)), isError: true };
    const stopHearing = job.hear(report);
    try {
      await ended(job, milliseconds(wait) ?? 0, signal);
    } finally {
      stopHearing();
    }
    if (job.result !== undefined) return complete(job, job.result);
    const isOver = job.state === 'cancelled';
    return { output: without(jobOutput(job, isOver ? CANCELLED : RUNNING)), isError: isOver };
  },
  failed: ({ errorMessage, input }) => without(noJob(errorMessage, input?.job_id)),
});

const RUNNING = `The job still runs. Call job_result again with wait ${MAX_WAIT_SECONDS}, or look at it with job_status.`;

const CANCELLED = 'The job was cancelled; what it had started is removed. It has no result.';

function without(output: ReturnType<typeof jobOutput>): ResultOutput {
  return { ...output, result: null };
}

/** Also what an answer holds beside its output. */
function complete(job: Job, { output, ...answer }: ToolResult) {
  const { success, error_message } = output;
  const told = {
    ...jobOutput(job),
    success: success === true,
    error_message: typeof error_message === 'string' ? error_message : null,
  };
  return { ...answer, output: { ...told, result: output } };
}

/** Waits for the end of the job, or until the time is up. */
async function ended(job: Job, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  void job.ended.then(() => over.abort());
  const either = linkSignals(signal, over.signal);
  await delay(ms, either.signal);
  either.release();
  signal.throwIfAborted();
}

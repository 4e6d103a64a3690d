/** What the tools for jobs share: the handle, and what each of them answers. */
import { z } from 'zod';
import { quoteValue } from '../core/options.js';
import { stripControl } from '../core/text.js';
import { seconds, textField } from './fields.js';
import { JOB_LIMITS, type Job } from './jobs.js';
import type { ToolProgress } from './progress.js';

export const jobField = textField(64).describe('As start_job answered it.');

export const jobSchema = z.object({
  success: z.boolean(),
  error_message: z.string().nullable(),
  job_id: z.string().nullable(),
  tool: z.string().nullable(),
  state: z.enum(['running', 'finished', 'cancelled']).nullable(),
  execution_time: z.number().describe('seconds'),
  progress: z.string().nullable().describe('what it did last'),
});

/** What every tool for jobs answers. */
export type JobOutput = z.output<typeof jobSchema>;

/** @param errorMessage what went wrong and what to do; null when nothing did */
export function jobOutput(job: Job, errorMessage: string | null = null): JobOutput {
  return {
    success: errorMessage === null,
    error_message: errorMessage,
    job_id: job.id,
    tool: job.tool,
    state: job.state,
    execution_time: seconds(job.durationMs),
    progress: progressText(job.progress),
  };
}

/** The answer where there is no job to speak of. */
export function noJob(errorMessage: string, id: string | null = null): JobOutput {
  return {
    success: false,
    error_message: errorMessage,
    job_id: id,
    tool: null,
    state: null,
    execution_time: 0,
    progress: null,
  };
}

export function unknownJob(id: string): JobOutput {
  const minutes = JOB_LIMITS.keptMs / 60_000;
  const why = `Results are kept for ${minutes} minutes after the end of a job, of the last ${JOB_LIMITS.kept} jobs, and end with this session.`;
  return noJob(`There is no job ${quoteValue(id)}. ${why} Start it again with start_job.`, id);
}

const PROGRESS_CHARACTERS = 200;

function progressText({ phase, detail }: ToolProgress): string {
  const text = detail === undefined ? phase : `${phase}: ${detail}`;
  return stripControl(text.replaceAll(/\s+/g, ' ')).slice(0, PROGRESS_CHARACTERS);
}

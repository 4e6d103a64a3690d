import { randomBytes } from 'node:crypto';
import { now } from '../core/deadline.js';
import { linkSignals } from '../core/link-signals.js';
import type { ToolProgress } from './progress.js';
import type { Tool, ToolContext, ToolResult } from './tool.js';

/** How many there are at most, and how long. The descriptions of the tools say the same. */
export const JOB_LIMITS = {
  /** At once. */
  running: 8,
  /** Together with those that are over. */
  kept: 20,
  /** Milliseconds that the result of one is kept after its end. */
  keptMs: 3_600_000,
} as const;

/** A call of a tool that goes on after the answer that it was started. */
export interface Job {
  /** Cannot be guessed. */
  readonly id: string;
  /** Name of the tool. */
  readonly tool: string;
  readonly state: 'running' | 'finished' | 'cancelled';
  readonly progress: ToolProgress;
  /** From its start to its end, or to now, in milliseconds. */
  readonly durationMs: number;
  /** What the tool answered; undefined while it runs, and for a job that was cancelled. */
  readonly result: ToolResult | undefined;
  /** Resolves once it is over and what it had started is removed. Never rejects. */
  readonly ended: Promise<void>;
  /** Tells how far it is, from now on; gives the way to stop it. */
  hear(listener: (progress: ToolProgress) => void): () => void;
  /** Ends it. Once it is over, this does nothing. */
  cancel(): void;
}

/** What the jobs of a session live in. */
export interface JobHost {
  /** What can be a job: what the session offers, without the tools for jobs. */
  readonly tools: readonly Tool[];
  /** Ends every job. */
  readonly signal: AbortSignal;
  /** Hears of every job, until it has cleaned up after itself. */
  readonly track: (job: Promise<unknown>) => void;
}

/** The jobs of one session, in memory. */
export class JobStore {
  readonly #host: JobHost;
  readonly #clock: () => number;
  #jobs: readonly RunningJob[] = [];

  /** @param clock milliseconds of a clock that only goes forward */
  constructor(host: JobHost, clock: () => number = now) {
    this.#host = host;
    this.#clock = clock;
  }

  /** What can be started. */
  get tools(): readonly Tool[] {
    return this.#host.tools;
  }

  /** Undefined when there are as many as there may be. The arguments were checked before. */
  start(tool: Tool, args: unknown, context: ToolContext): Job | undefined {
    const jobs = this.#kept();
    if (jobs.filter((job) => job.state === 'running').length >= JOB_LIMITS.running) {
      return undefined;
    }
    const job = new RunningJob(tool, this.#clock, this.#host.signal);
    this.#jobs = roomFor(jobs, job);
    job.begin((signal, report) => tool.call(args, { ...context, signal, report }));
    this.#host.track(job.ended);
    return job;
  }

  /** Undefined when there never was such a job, or its result is kept no longer. */
  get(id: string): Job | undefined {
    return this.#kept().find((job) => job.id === id);
  }

  #kept(): readonly RunningJob[] {
    const oldest = this.#clock() - JOB_LIMITS.keptMs;
    this.#jobs = this.#jobs.filter((job) => (job.endedAt ?? Infinity) > oldest);
    return this.#jobs;
  }
}

/** Newest first. Of those that are over, the oldest makes room. */
function roomFor(jobs: readonly RunningJob[], job: RunningJob): readonly RunningJob[] {
  if (jobs.length < JOB_LIMITS.kept) return [job, ...jobs];
  const oldest = jobs.findLast((one) => one.endedAt !== undefined);
  return [job, ...jobs.filter((one) => one !== oldest)];
}

class RunningJob implements Job {
  readonly id = randomBytes(16).toString('hex');
  readonly tool: string;
  readonly #clock: () => number;
  readonly #startedAt: number;
  readonly #listeners = new Set<(progress: ToolProgress) => void>();
  readonly #cancelling = new AbortController();
  readonly #session: AbortSignal;
  #endedAt: number | undefined;
  #progress: ToolProgress = { phase: 'Starting' };
  #result: ToolResult | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(tool: Tool, clock: () => number, session: AbortSignal) {
    this.tool = tool.name;
    this.#clock = clock;
    this.#startedAt = clock();
    this.#session = session;
  }

  begin(work: (signal: AbortSignal, report: ToolContext['report']) => Promise<ToolResult>): void {
    const report = (progress: ToolProgress): void => {
      this.#progress = progress;
      for (const listener of this.#listeners) listener(progress);
    };
    const { signal, release } = linkSignals(this.#session, this.#cancelling.signal);
    this.#ended = work(signal, report)
      .then((result) => {
        this.#result = result;
      })
      // A tool rejects for one reason: its signal.
      .catch(() => undefined)
      .finally(() => {
        this.#endedAt = this.#clock();
        release();
      });
  }

  get state(): Job['state'] {
    if (this.#endedAt === undefined) return 'running';
    return this.#result === undefined ? 'cancelled' : 'finished';
  }

  get progress(): ToolProgress {
    return this.#progress;
  }

  get durationMs(): number {
    return (this.#endedAt ?? this.#clock()) - this.#startedAt;
  }

  get result(): ToolResult | undefined {
    return this.#result;
  }

  get ended(): Promise<void> {
    return this.#ended;
  }

  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  hear(listener: (progress: ToolProgress) => void): () => void {
    listener(this.#progress);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  cancel(): void {
    this.#cancelling.abort(new Error('The job was cancelled.'));
  }
}

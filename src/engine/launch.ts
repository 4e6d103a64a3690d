/** How a run gets the container that its program runs in: made for it, or taken from those that wait. */
import type { AttachedOutput, OutputListener } from './attached-output.js';
import type { RunPath, RunOutcome, RunPhase } from './ports.js';
import type { InspectedContainer } from './replies.js';

/** What a launch tells the run it is for. */
export interface LaunchListener extends OutputListener {
  phase(phase: Extract<RunPhase, 'create' | 'start'>): void;
  /** See `RunObserver.created`. */
  created(id: string, name: string): void;
}

/** A program that was started. */
export interface Launched {
  readonly id: string;
  readonly output: AttachedOutput;
  /**
   * Watches for the container's end; called once, when the program runs.
   *
   * @returns whether the engine was out of reach meanwhile
   */
  exited(): Promise<{ readonly interrupted: boolean }>;
  /** Tells the program's end earlier than the engine does; undefined where only the engine knows. */
  readonly report: Promise<ProgramReport> | undefined;
}

/** How a program ended, told from inside its container. */
export interface ProgramReport {
  readonly exitCode: number;
  /** Processes that the kernel killed for memory; undefined where it cannot be read. */
  readonly oomKills: number | undefined;
  /** What the engine said about the container when it was made. */
  readonly facts: InspectedContainer;
}

export interface Launch {
  readonly path: RunPath;
  /**
   * Starts the program, its output attached.
   *
   * @throws {SlipwayError} call `remove` then, as after every failure
   */
  start(listener: LaunchListener, signal?: AbortSignal): Promise<Launched>;
  /** What the engine's words mean when the program could not even be executed. */
  failure(exitCode: number): Error | undefined;
  /**
   * Removes what was made.
   *
   * @param told the end of the program is known, and nothing more is wanted of the container
   */
  remove(deadlineMs: number, told: boolean): Promise<RunOutcome['cleanup']>;
}

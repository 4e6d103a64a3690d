/** The public words for looking at a container while it runs, and for leaving it running. */
import type { LogChunk, OutputStream } from '../engine/ports.js';
import type { DockerExecutionConfig, DockerExecutionResult } from './types.js';

/** Something a program wrote, or that was left out of it. */
export type OutputEvent =
  | {
      readonly type: OutputStream;
      /** Exactly what was written, at most 64 KiB at once. */
      readonly data: Uint8Array;
      /**
       * `data` as UTF-8. A character that is split between two events is in the text of the second
       * one; invalid bytes are U+FFFD.
       */
      readonly text: string;
    }
  | {
      /** The reader was too slow: so many bytes of the stream are missing at this place. */
      readonly type: 'gap';
      readonly stream: OutputStream;
      readonly bytes: number;
    };

/** What `streamContainer` yields: output as it is written and, as the last event, the result. */
export type ContainerStreamEvent =
  | OutputEvent
  | { readonly type: 'result'; readonly result: DockerExecutionResult };

/** A run that is not waited for: `timeoutMs` is how long the container exists. */
export interface DetachedExecutionConfig extends Omit<DockerExecutionConfig, 'detach'> {
  readonly detach: true;
}

/** A container that was left running. */
export interface DetachedContainer {
  /** 64 hexadecimal digits. */
  readonly containerId: string;
  readonly name: string;
  /** When it is ended and removed, by this machine's clock. */
  readonly deadline: Date;
}

/** Which part of a log is read. */
export interface LogOptions {
  /** From this moment on, included: a Date, or RFC 3339 such as an entry's `timestamp`. */
  readonly since?: Date | string | undefined;
  /** Up to this moment, included. */
  readonly until?: Date | string | undefined;
  /** Only the last entries, so many: 0 to 10,000,000. @default all */
  readonly tail?: number | undefined;
  /** Goes on with what is written from now on, until the container ends. @default false */
  readonly follow?: boolean | undefined;
  /** Ends the reading: the iterator throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A line with its end, or a part of a line longer than 16 KiB. */
export interface LogEntry extends LogChunk {
  /** `data` as UTF-8; a character that is split between two entries is in the second one's text. */
  readonly text: string;
}

export interface StatsOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A line of the log, from the beginning of the log on. */
export interface LogLineCondition {
  /**
   * A part of the line, or an expression that is tried on it (without its end, and at most its
   * first 16,384 characters). The program chooses the text: an expression that backtracks a lot
   * can be made to hang this process.
   */
  readonly logLine: string | RegExp;
  /** @default both */
  readonly stream?: OutputStream | undefined;
}

/** The health check of the container says that it is well. */
export interface HealthyCondition {
  readonly healthy: true;
}

/** The program has ended, however. */
export interface ExitedCondition {
  readonly exited: true;
}

export type WaitCondition = LogLineCondition | HealthyCondition | ExitedCondition;

export interface WaitOptions {
  /** Milliseconds, 1 to 3,600,000. @default 60,000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The line that was waited for. */
export interface MatchedLine {
  readonly containerId: string;
  /** Without its end. */
  readonly line: string;
  readonly stream: OutputStream;
  /** As in a log entry; null for a last line without an end. */
  readonly timestamp: string | null;
}

export interface HealthyContainer {
  readonly containerId: string;
}

export interface ExitedContainer {
  readonly containerId: string;
  readonly exitCode: number;
}

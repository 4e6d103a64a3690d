import { isSlipwayError } from '../core/errors.js';
import type { BuildStatus } from '../build/types.js';
import type { DockerExecutionResult } from '../execution/types.js';

/** Exit codes that do not come from a program; those of runs are the ones of `docker run`. */
export const EXIT = {
  ok: 0,
  /** The command could not be done. */
  failed: 1,
  /** The command line, or a value in it, is wrong. */
  usage: 2,
  /** The server was built, and needs variables or arguments that were not given. */
  needsConfig: 3,
  /** There is no server that can be built. */
  unsupported: 4,
  /** The program was ended after its time, as by timeout(1). */
  timedOut: 124,
  /** Slipway could not run the program, or not to its end. */
  notRun: 125,
  /** Interrupted by the user: 128 and SIGINT. */
  interrupted: 130,
} as const;

/** The program's own exit code where it has one. */
export function runExitCode(result: DockerExecutionResult): number {
  if (result.status === 'timed_out') return EXIT.timedOut;
  return result.exitCode ?? EXIT.notRun;
}

/** What a run that was never one exits with: 126 and 127 when the program could not be started. */
export function runFailureCode(error: unknown): number {
  if (isSlipwayError(error, 'START_FAILED')) return error.context.exitCode ?? EXIT.notRun;
  return failureCode(error, EXIT.notRun);
}

/** The verdict about a server. */
export function buildExitCode(status: BuildStatus): number {
  switch (status) {
    case 'works':
    case 'built':
      return EXIT.ok;
    case 'needs_config':
      return EXIT.needsConfig;
    case 'unsupported':
      return EXIT.unsupported;
    case 'broken':
      return EXIT.failed;
  }
}

export function buildFailureCode(error: unknown): number {
  return isSlipwayError(error, 'NOT_A_SERVER') ? EXIT.unsupported : failureCode(error);
}

export function failureCode(error: unknown, fallback: number = EXIT.failed): number {
  return isSlipwayError(error, 'INVALID_INPUT') ? EXIT.usage : fallback;
}

/** Why a program could not be started, told from the words of the engine and of its init. */
import { SlipwayError, isSlipwayError } from '../core/errors.js';
import { quoteValue } from '../core/options.js';
import { hasStatus } from './map-error.js';
import type { ContainerSpec } from './ports.js';

/** `POST /containers/create` answers 404 when the image went away since it was looked up. */
export function createFailure(error: unknown, spec: ContainerSpec): unknown {
  if (!hasStatus(error, 404)) return error;
  return new SlipwayError('IMAGE_NOT_FOUND', {
    message: `The image ${spec.imageId} is not on the engine any more.`,
    hint: 'It was removed while the run was being prepared. Try again.',
    context: { image: spec.imageId },
    cause: error,
  });
}

/** An error answer to `start`. */
export function startFailure(error: unknown, spec: ContainerSpec): unknown {
  if (!isSlipwayError(error, 'ENGINE_ERROR')) return error;
  const { detail } = error.context;
  if (/permission denied|is a directory|exec format error/i.test(detail)) {
    return notStarted(spec, 126, reasonOf(detail), error);
  }
  if (/executable file not found|no such file or directory|not found/i.test(detail)) {
    return notStarted(spec, 127, 'not found', error);
  }
  return notStarted(spec, null, detail, error);
}

const INIT_FAILURE = /^\[FATAL tini \(\d+\)\] exec (?<program>[\s\S]*) failed: (?<why>[^\n]*)\n?$/;

/** What the container's init says when the program cannot be executed, and nothing else was said. */
export function launchFailure(
  exitCode: number,
  stderr: string,
  spec: ContainerSpec,
): SlipwayError<'START_FAILED'> | undefined {
  if (exitCode !== 126 && exitCode !== 127) return undefined;
  const why = INIT_FAILURE.exec(stderr)?.groups?.['why'];
  return why === undefined ? undefined : notStarted(spec, exitCode, reasonOf(why));
}

function reasonOf(text: string): string {
  if (/no such file|not found/i.test(text)) return 'not found';
  if (/is a directory/i.test(text)) return 'a directory';
  if (/permission denied/i.test(text)) return 'not executable';
  if (/exec format error/i.test(text)) return 'not a program of this platform';
  return text.trim();
}

function notStarted(
  spec: ContainerSpec,
  exitCode: number | null,
  reason: string,
  cause?: unknown,
): SlipwayError<'START_FAILED'> {
  const program = spec.entrypoint?.[0] ?? spec.command?.[0];
  const what = program === undefined ? "the image's own program" : quoteValue(program);
  return new SlipwayError('START_FAILED', {
    message: `The container could not start: ${what} is ${reason}.`,
    hint: 'Use a program that is in the image (an absolute path, or a name in its PATH), e.g. ["python3", "-c", "print(1)"].',
    context: { image: spec.imageId, exitCode, reason },
    cause,
  });
}

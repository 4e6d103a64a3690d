/** Why a program could not be started, told from the words of the engine and of its init. */
import { SlipwayError, isSlipwayError } from '../core/errors.js';
import { quoteValue } from '../core/options.js';
import { hasStatus } from './map-error.js';
import type { ContainerSpec } from './ports.js';

/** `POST /containers/create` answers 404 when the image went away since it was looked up. */
export function createFailure(error: unknown, spec: ContainerSpec): unknown {
  if (isSlipwayError(error, 'ENGINE_ERROR') && /unknown.*runtime/i.test(error.context.detail)) {
    return notEnforced(`the runtime "${spec.resources.runtime}"`, error);
  }
  if (!hasStatus(error, 404)) return error;
  return new SlipwayError('IMAGE_NOT_FOUND', {
    message: `The image ${spec.imageId} is not on the engine any more.`,
    hint: 'It was removed while the run was being prepared. Try again.',
    context: { image: spec.imageId },
    cause: error,
  });
}

/** The words of runc and crun about the program itself: a network or a user can be "not found" too. */
const ABOUT_PROGRAM = /\bexec:? ["/]|executable/i;

/** An error answer to `start`. */
export function startFailure(error: unknown, spec: ContainerSpec): unknown {
  if (!isSlipwayError(error, 'ENGINE_ERROR')) return error;
  const { detail } = error.context;
  if (/could not select device driver/i.test(detail)) return notEnforced('GPUs', error);
  if (!ABOUT_PROGRAM.test(detail)) return refusedStart(spec, detail, error);
  const reason = reasonOf(detail);
  return notStarted(spec, reason === NOT_FOUND ? 127 : 126, reason, error);
}

/** Podman prepares a container already when it is attached to: what is wrong with it comes then. */
export function attachFailure(error: unknown, spec: ContainerSpec): unknown {
  if (!isSlipwayError(error, 'ENGINE_ERROR')) return error;
  return /^preparing container \S+ for attach: /.test(error.context.detail)
    ? startFailure(error, spec)
    : error;
}

/** Never without: a run that was to be isolated, or accelerated, is not run in another way. */
function notEnforced(what: string, cause: unknown): SlipwayError<'ENGINE_CANNOT_ENFORCE'> {
  return new SlipwayError('ENGINE_CANNOT_ENFORCE', {
    message: `The container engine does not have ${what}. Nothing was run.`,
    hint: 'Install it on the host of the engine, or use another engine.',
    context: { limit: what },
    cause,
  });
}

/** Docker's init. */
const TINI_FAILURE = /^\[FATAL tini \(\d+\)\] exec (?<program>[\s\S]*) failed: (?<why>[^\n]*)\n?$/;
/** Podman's. */
const CATATONIT_FAILURE = /^ERROR \(catatonit:\d+\): failed to exec pid1: (?<why>[^\n]*)\n?$/;

/**
 * What the container's init says when the program cannot be executed, and nothing else was said.
 * Docker's ends with 127 for a missing file, 126 for a forbidden one, and 1 for every other reason;
 * Podman's always with 1, and then the code is the one that Docker's would have.
 */
export function launchFailure(
  exitCode: number,
  stderr: string,
  spec: ContainerSpec,
): SlipwayError<'START_FAILED'> | undefined {
  if (![1, 126, 127].includes(exitCode)) return undefined;
  const tini = TINI_FAILURE.exec(stderr)?.groups?.['why'];
  if (tini !== undefined) return notStarted(spec, exitCode, reasonOf(tini));
  const catatonit = CATATONIT_FAILURE.exec(stderr)?.groups?.['why'];
  if (catatonit === undefined) return undefined;
  const reason = reasonOf(catatonit);
  return notStarted(spec, CODES.get(reason) ?? exitCode, reason);
}

/** Before the words of the shell that a parked container waits in. */
const SHELL = '/bin/sh: ';

/**
 * What that shell says when it finds the program, and cannot execute it: its interpreter is
 * missing, say. Dash, ash and bash all name the program right before the reason.
 */
export function shellFailure(
  exitCode: number,
  stderr: string,
  spec: ContainerSpec,
  program: string,
): SlipwayError<'START_FAILED'> | undefined {
  if (exitCode !== 126 && exitCode !== 127) return undefined;
  const line = stderr.trimEnd();
  const at = line.indexOf(`${program}: `, SHELL.length);
  if (!line.startsWith(SHELL) || line.includes('\n') || at === -1) return undefined;
  return notStarted(spec, exitCode, reasonOf(line.slice(at + program.length + ': '.length)));
}

const NOT_FOUND = 'not found';
const FORBIDDEN = 'not executable';
const CODES: ReadonlyMap<string, number> = new Map([
  [NOT_FOUND, 127],
  [FORBIDDEN, 126],
]);

function reasonOf(text: string): string {
  if (/no such file|not found/i.test(text)) return NOT_FOUND;
  if (/is a directory/i.test(text)) return 'a directory';
  if (/permission denied/i.test(text)) return FORBIDDEN;
  if (/exec format error/i.test(text)) return 'not a program of this platform';
  return `not executable (${text.trim()})`;
}

function refusedStart(
  spec: ContainerSpec,
  reason: string,
  cause: unknown,
): SlipwayError<'START_FAILED'> {
  return new SlipwayError('START_FAILED', {
    message: `The container could not start: ${reason}.`,
    hint: "These are the engine's words. Correct what they name (user, network, folder), then try again.",
    context: { image: spec.imageId, exitCode: null, reason },
    cause,
  });
}

function notStarted(
  spec: ContainerSpec,
  exitCode: number,
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

/**
 * The one error class of Slipway and the closed table of its codes.
 *
 * Outcomes of the user's code (an exit code, a timeout, out of memory) are results, not errors.
 * An error means that Slipway could not do what was asked.
 */

/** Where an engine was looked for and what was found there. */
export interface EndpointAttempt {
  /** What named the address: `option`, `DOCKER_HOST`, `context desktop-linux`, `rootless socket` … */
  readonly source: string;
  /** The address as Docker writes it: `unix:///var/run/docker.sock`, `tcp://10.0.0.1:2376` … */
  readonly address: string;
  /** What happened there, in a few words: `no socket there`, `permission denied` … */
  readonly outcome: string;
}

/** Why a pull failed. `unknown` carries the engine's own words in the message. */
export type PullFailure =
  | 'not_found'
  | 'login_needed'
  | 'rate_limit'
  | 'no_such_platform'
  | 'network'
  | 'corrupt'
  | 'timeout'
  | 'unknown';

/** Why a push failed. `unknown` carries the engine's own words in the message. */
export type PushFailure =
  | 'login_needed'
  | 'denied'
  | 'not_found'
  | 'network'
  | 'timeout'
  | 'unknown';

/** Why a clone failed. */
export type CloneFailure =
  | 'not_found'
  | 'ref_not_found'
  | 'login_needed'
  | 'redirect'
  | 'network'
  | 'too_large'
  | 'timeout'
  | 'git_missing'
  | 'unknown';

/**
 * Why a wait ended without what was waited for. `removed`: the container is gone, or was never
 * started.
 */
export type WaitFailure = 'timeout' | 'exited' | 'removed' | 'unhealthy' | 'no_health_check';

/** What each code carries. A new code does not compile until it is named here. */
export interface ErrorContexts {
  /** A value breaks a rule of its field. Nothing was touched. */
  INVALID_INPUT: { readonly field: string; readonly rule: string; readonly value: string };
  /** The operator's policy does not permit it. The same request will be refused again. */
  POLICY_DENIED: { readonly rule: string; readonly requested: string; readonly allowed: string };
  /** A number is above (or below) what the operator's policy permits. */
  LIMIT_EXCEEDED: { readonly rule: string; readonly requested: string; readonly allowed: string };
  /** No container of Slipway's matches; whether a foreign one does is not told. */
  NOT_MANAGED: { readonly container: string };
  /** The container has ended, or was never started. */
  NOT_RUNNING: { readonly container: string };
  /** What was waited for did not happen. `exitCode` is set when the program has ended. */
  WAIT_FAILED: {
    readonly container: string;
    readonly reason: WaitFailure;
    readonly exitCode: number | null;
  };
  /** Every run slot and every waiting place is taken. `retryAfterMs` is in milliseconds. */
  SERVER_BUSY: {
    readonly running: number;
    readonly waiting: number;
    readonly retryAfterMs: number;
  };
  /** The executor was closed. */
  CLOSED: { readonly method: string };
  /** The engine has no such image and the registry was not, or could not be, asked. */
  IMAGE_NOT_FOUND: { readonly image: string };
  /** The registry was asked and the image did not arrive. */
  PULL_FAILED: { readonly image: string; readonly reason: PullFailure };
  /** The registry did not take the image, or did not confirm that it did. */
  PUSH_FAILED: { readonly image: string; readonly reason: PushFailure };
  /** The container was created but its first process could not be started. */
  START_FAILED: {
    readonly image: string;
    readonly exitCode: number | null;
    readonly reason: string;
  };
  /** The repository could not be brought here. */
  CLONE_FAILED: { readonly repository: string; readonly reason: CloneFailure };
  /** No server was found in the repository. Nothing was built. */
  NOT_A_SERVER: { readonly reason: string };
  /** The build was refused before anything was sent to the engine. */
  BUILD_REFUSED: { readonly file: string; readonly reason: string };
  /** The engine ran the build and a step failed. `log` is the end of the build log. */
  BUILD_FAILED: {
    readonly step: string | null;
    readonly exitCode: number | null;
    readonly log: string;
  };
  /** No engine answered at any address that was tried. */
  ENGINE_UNREACHABLE: { readonly tried: readonly EndpointAttempt[] };
  /** The engine accepted a call and did not answer within its deadline (milliseconds). */
  ENGINE_TIMEOUT: { readonly operation: string; readonly deadlineMs: number };
  /** The connection to the engine broke while a call was under way. */
  ENGINE_LOST: { readonly operation: string };
  /** The engine answered with an error that has no code of its own. */
  ENGINE_ERROR: {
    readonly operation: string;
    readonly status: number | null;
    readonly detail: string;
  };
  /** The engine is older or newer than Slipway can speak to. */
  ENGINE_UNSUPPORTED: { readonly apiVersion: string; readonly supported: string };
  /** The engine would run the container without a limit that was asked for. */
  ENGINE_CANNOT_ENFORCE: { readonly limit: string };
  /** No space left, on the engine's disk or on ours. */
  DISK_FULL: { readonly where: 'engine' | 'local' };
  /** A fault of Slipway itself. */
  INTERNAL: { readonly where: string };
}

/** Every error code there is. */
export type ErrorCode = keyof ErrorContexts;

/** What an error is made from. */
export interface ErrorDetails<C extends ErrorCode> {
  /** What failed, with what, and the limit with its unit. No secrets, no paths of ours. */
  readonly message: string;
  /** What to do next, as a full sentence. */
  readonly hint: string;
  readonly context: ErrorContexts[C];
  readonly cause?: unknown;
}

/**
 * The error every public method rejects with, apart from the caller's own abort, which rejects
 * with the signal's reason.
 *
 * @example
 * if (isSlipwayError(error, 'PULL_FAILED') && error.context.reason === 'login_needed') askForLogin();
 */
export class SlipwayError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  /** What to do next, as a full sentence. */
  readonly hint: string;
  readonly context: ErrorContexts[C];

  constructor(code: C, details: ErrorDetails<C>) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SlipwayError';
    this.code = code;
    this.hint = details.hint;
    this.context = details.context;
  }
}

/** A build that was refused before the engine heard of it, or that the engine could not finish. */
export class DockerBuildError<
  C extends 'BUILD_FAILED' | 'BUILD_REFUSED' = 'BUILD_FAILED' | 'BUILD_REFUSED',
> extends SlipwayError<C> {
  constructor(code: C, details: ErrorDetails<C>) {
    super(code, details);
    this.name = 'DockerBuildError';
  }
}

/** An image that did not arrive at its registry; `context.reason` says why. */
export class ImagePushError extends SlipwayError<'PUSH_FAILED'> {
  constructor(details: ErrorDetails<'PUSH_FAILED'>) {
    super('PUSH_FAILED', details);
    this.name = 'ImagePushError';
  }
}

/** Is this a Slipway error, and (when `code` is given) of that code? Narrows `context`. */
export function isSlipwayError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is SlipwayError<C> {
  return error instanceof SlipwayError && (code === undefined || error.code === code);
}

/** Message and hint as one text, for places that show a single line to a person or a model. */
export function errorText(error: unknown): string {
  if (isSlipwayError(error)) return `${error.message} ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

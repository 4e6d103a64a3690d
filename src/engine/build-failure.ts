import { DockerBuildError, isSlipwayError } from '../core/errors.js';
import { BUILD_SECRET_BYTES } from '../core/limits.js';
import { invalidInput } from '../core/options.js';
import type { BuildRequest } from './ports.js';
import type { CredentialsError } from './registry-auth/credentials-error.js';

/** How a build failed. */
export interface BuildFailureDetails {
  /** In the builder's words. */
  readonly why: string;
  /** The end of the log. */
  readonly log: string;
  readonly step?: string | null;
  readonly exitCode?: number | null;
  readonly cause?: unknown;
}

export function buildFailed(failure: BuildFailureDetails): DockerBuildError<'BUILD_FAILED'> {
  const { why, log, step = null, exitCode = null, cause } = failure;
  const where = step === null ? '' : ` at step "${step}"`;
  const code = exitCode === null ? '' : ` (exit code ${exitCode})`;
  return new DockerBuildError('BUILD_FAILED', {
    message: `Build failed${where}${code}: ${why.trim()}.`,
    hint: 'Correct the Dockerfile or the build arguments, then try again: finished steps are cached.',
    context: { step, exitCode, log },
    cause,
  });
}

/** What a registry, or the engine in its name, says to who is not logged in. */
const NEEDS_LOGIN = /\b40[13]\b|unauthorized|authoriz|authenticat|no basic auth|denied/i;

/** A failure that a login might have prevented: also says why there was none. */
export function withoutLogins(failure: unknown, problems: readonly CredentialsError[]): unknown {
  const [problem] = problems;
  if (problem === undefined || !isSlipwayError(failure, 'BUILD_FAILED')) return failure;
  if (!NEEDS_LOGIN.test(failure.message)) return failure;
  return new DockerBuildError('BUILD_FAILED', {
    message: `${failure.message} A login for a registry could not be read: ${problem.message}.`,
    hint: problem.hint,
    context: failure.context,
    cause: failure,
  });
}

/** Dropped secrets would be found out much later, by the step that needs them. */
export function secretsRefused({ dockerfile }: BuildRequest): DockerBuildError<'BUILD_REFUSED'> {
  return new DockerBuildError('BUILD_REFUSED', {
    message: 'The build needs secrets, and the builder of this engine cannot be given any.',
    hint: 'Use a Docker engine with BuildKit that is not behind a proxy, or build without secrets.',
    context: { file: dockerfile, reason: 'no_secrets' },
  });
}

/** @throws {SlipwayError} `INVALID_INPUT` naming a secret that is too large */
export function checkSecrets(secrets: BuildRequest['secrets']): void {
  for (const [id, bytes] of Object.entries(secrets)) {
    if (bytes.byteLength <= BUILD_SECRET_BYTES) continue;
    const rule = `must be at most ${BUILD_SECRET_BYTES} bytes`;
    const hint = 'BuildKit takes no larger secrets. Nothing was built.';
    throw invalidInput(`secrets.${id}`, rule, `(${bytes.byteLength} bytes)`, hint);
  }
}

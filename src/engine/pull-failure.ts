import { SlipwayError, isSlipwayError, type PullFailure } from '../core/errors.js';
import type { CredentialsError } from './registry-auth/credentials-error.js';

/**
 * The engine answers most registry failures with status 500, or inside a 200: only the words tell
 * them apart. Seen on 20.10 and 28.5; the first pattern that matches wins.
 */
const REASONS: readonly (readonly [PullFailure, RegExp])[] = [
  // An error answer of the registry that is not JSON: only its status says something.
  ['not_found', /parsing HTTP 404 response/i],
  ['login_needed', /parsing HTTP 40[13] response/i],
  ['network', /parsing HTTP 5\d\d response/i],
  ['rate_limit', /toomanyrequests|too many requests|rate limit|\b429\b/i],
  [
    'no_such_platform',
    /no matching manifest|does not match the specified platform|no match for platform|cannot be used on this platform/i,
  ],
  [
    'corrupt',
    /verification failed|invalid character|invalid tar header|digest mismatch|failed to register layer|unknown blob|blob unknown/i,
  ],
  // "expected HTTP 206" is how the engine ends its last try after broken connections.
  [
    'network',
    /expected HTTP 206|no such host|connection refused|dial tcp|timeout|timed out|x509|tls:|HTTP status: 5\d\d|context deadline|connection reset|network is unreachable|\bEOF\b/i,
  ],
  ['not_found', /repository does not exist|manifest unknown|not found|no such image|name unknown/i],
  [
    'login_needed',
    /no basic auth credentials|unauthorized|authentication required|\bdenied\b|forbidden/i,
  ],
];

const HINTS: Readonly<Record<PullFailure, string>> = {
  not_found:
    'Check the name and tag; a private image needs a "docker login" of the user Slipway runs as.',
  login_needed:
    'Log in to the registry ("docker login") as the user Slipway runs as, then try again.',
  rate_limit: 'Wait, log in to the registry, or use a mirror of it.',
  no_such_platform: 'Use another tag, or another platform.',
  network:
    "Check the engine's network and the registry's address, then try again. Finished layers are kept.",
  corrupt:
    'The registry sent damaged data. Try again; if it stays so, the image has to be pushed anew.',
  timeout: 'Try again: finished layers are kept. A longer timeout helps with large images.',
  unknown: "See the engine's own words in the message.",
};

const WORDS: Readonly<Record<PullFailure, string>> = {
  not_found: 'was not found, or needs a login',
  login_needed: 'needs a login',
  rate_limit: 'was refused by the registry: too many requests',
  no_such_platform: 'has no variant for this platform',
  network: 'could not be fetched: the registry cannot be reached, or does not work',
  corrupt: 'arrived damaged',
  timeout: 'did not arrive in time',
  unknown: 'could not be pulled',
};

/** What the engine's words about a failed pull mean. */
export function pullReason(detail: string): PullFailure {
  return REASONS.find(([, pattern]) => pattern.test(detail))?.[0] ?? 'unknown';
}

export function pullFailed(
  image: string,
  reason: PullFailure,
  detail: string,
  cause?: unknown,
): SlipwayError<'PULL_FAILED'> {
  const words = detail === '' ? '' : ` (${detail.trim().slice(0, 300)})`;
  return new SlipwayError('PULL_FAILED', {
    message: `Image "${image}" ${WORDS[reason]}${words}.`,
    hint: HINTS[reason],
    context: { image, reason },
    cause,
  });
}

/** Turns an engine error of a pull into `PULL_FAILED`; other errors stay what they are. */
export function asPullFailure(error: unknown, image: string): unknown {
  if (isSlipwayError(error, 'ENGINE_ERROR')) {
    return pullFailed(image, pullReason(error.context.detail), error.context.detail, error);
  }
  return error;
}

/** A failed pull that credentials might have saved: also says why there were none. */
export function withoutCredentials(failure: unknown, problem: CredentialsError): unknown {
  if (!isSlipwayError(failure, 'PULL_FAILED')) return failure;
  const { image, reason } = failure.context;
  if (reason !== 'login_needed' && reason !== 'not_found') return failure;
  return new SlipwayError('PULL_FAILED', {
    message: `${failure.message} The login for it could not be read: ${problem.message}.`,
    hint: problem.hint,
    context: { image, reason },
    cause: failure,
  });
}

import { ImagePushError, isSlipwayError, type PushFailure } from '../core/errors.js';
import type { CredentialsError } from './registry-auth/credentials-error.js';

/**
 * The engine reports every failure of a registry inside a 200: only the words tell them apart.
 * The first pattern that matches wins.
 */
const REASONS: readonly (readonly [PushFailure, RegExp])[] = [
  // An error answer of the registry that is not JSON: only its status says something.
  ['login_needed', /parsing HTTP 401 response/i],
  ['denied', /parsing HTTP 40[35] response/i],
  ['not_found', /parsing HTTP 404 response/i],
  ['network', /parsing HTTP 5\d\d response/i],
  ['denied', /\bdenied\b|forbidden|immutable|operation is unsupported|\b405\b/i],
  [
    'login_needed',
    /no basic auth credentials|unauthorized|authentication required|authorization failed|\b401\b/i,
  ],
  ['not_found', /name unknown|NAME_UNKNOWN|repository does not exist|not found|\b404\b/i],
  [
    'network',
    /no such host|connection refused|dial tcp|timeout|timed out|x509|tls:|HTTP response to HTTPS|HTTP status: 5\d\d|\b50[0234]\b|context deadline|connection reset|broken pipe|network is unreachable|\bEOF\b/i,
  ],
];

const WORDS: Readonly<Record<PushFailure, string>> = {
  login_needed: 'could not be pushed: the registry wants another login than it was given',
  denied: 'could not be pushed: the login has no right to write there',
  not_found: 'could not be pushed: the registry has no such repository',
  network: 'could not be pushed: the registry cannot be reached, or does not work',
  timeout: 'was not pushed in time',
  unknown: 'could not be pushed',
};

const HINTS: Readonly<Record<PushFailure, string>> = {
  login_needed:
    'Log in to the registry ("docker login") as the user Slipway runs as, then try again.',
  denied: 'Ask for the right to write there, or push to another repository or under another tag.',
  not_found: 'Create the repository in the registry, or correct its name.',
  network:
    "Check the engine's network and the registry's address, then try again. Finished layers are kept.",
  timeout: 'Try again: finished layers are kept. A longer timeout helps with large images.',
  unknown: "See the engine's own words in the message.",
};

/** What the engine's words about a failed push mean. */
export function pushReason(detail: string, loggedIn: boolean): PushFailure {
  const reason = REASONS.find(([, pattern]) => pattern.test(detail))?.[0] ?? 'unknown';
  // Docker Hub, for one, denies without a word about the login that is missing.
  return reason === 'denied' && !loggedIn ? 'login_needed' : reason;
}

export function pushFailed(
  image: string,
  reason: PushFailure,
  detail: string,
  cause?: unknown,
): ImagePushError {
  const words = detail === '' ? '' : ` (${detail.trim().slice(0, 300)})`;
  return new ImagePushError({
    message: `Image "${image}" ${WORDS[reason]}${words}.`,
    hint: HINTS[reason],
    context: { image, reason },
    cause,
  });
}

/** A failed push that credentials might have saved: also says why there were none. */
export function withoutPushLogin(failure: unknown, problem: CredentialsError): unknown {
  if (!isSlipwayError(failure, 'PUSH_FAILED')) return failure;
  if (failure.context.reason !== 'login_needed') return failure;
  return new ImagePushError({
    message: `${failure.message} The login for it could not be read: ${problem.message}.`,
    hint: problem.hint,
    context: failure.context,
    cause: failure,
  });
}

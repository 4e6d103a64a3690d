import { type EndpointAttempt, SlipwayError } from '../../core/errors.js';
import { connectionFailure } from '../connection-failure.js';
import { PODMAN_SOURCES } from './candidates.js';
import { OUTCOME } from './outcome.js';
import { tlsHint } from './tls-hint.js';
import type { SearchEnvironment } from './types.js';

type Unreachable = SlipwayError<'ENGINE_UNREACHABLE'>;

/** How many attempts a message names; the error's context has all. */
const MAX_NAMED = 3;

/** The one engine that was named did not answer. */
export function namedEngineSilent(attempt: EndpointAttempt, cause: unknown): Unreachable {
  const name = attempt.source === 'option' ? 'the dockerHost option' : attempt.source;
  return new SlipwayError('ENGINE_UNREACHABLE', {
    message:
      `The container engine at ${attempt.address}, named by ${name}, is not reachable: ${attempt.outcome}. ` +
      'No other engine was tried and nothing was started.',
    hint: connectionFailure(cause)?.hint ?? tlsHint(attempt, cause) ?? ownHint(attempt),
    context: { tried: [attempt] },
    cause,
  });
}

/** No engine was named and none answered at the usual places. */
export function noEngineAnswered(
  tried: readonly EndpointAttempt[],
  environment: Pick<SearchEnvironment, 'platform' | 'checkout'>,
): Unreachable {
  const telling = [...tried].sort((a, b) => rank(a) - rank(b));
  const named = telling.slice(0, MAX_NAMED).map(({ address, outcome }) => `${address}: ${outcome}`);
  const more = telling.length - named.length;
  const denied = telling.find(isDenied);
  return new SlipwayError('ENGINE_UNREACHABLE', {
    message:
      `Docker is not reachable (tried ${named.join('; ')}${more > 0 ? `; and ${more} more places` : ''}). ` +
      'Nothing was started.',
    hint: denied === undefined ? startHint(environment) : permissionHint(denied),
    context: { tried },
  });
}

function ownHint(attempt: EndpointAttempt): string {
  return isDenied(attempt) ? permissionHint(attempt) : namedHint(attempt.source);
}

/** A local engine that this account may not use. A firewall gives the same code for a remote one. */
function isDenied({ address, outcome }: EndpointAttempt): boolean {
  return outcome === OUTCOME.denied && /^(?:unix|npipe):/.test(address);
}

/** What needs other rights comes first, then what is there but does not work, then what is absent. */
function rank(attempt: EndpointAttempt): number {
  if (isDenied(attempt)) return 0;
  return attempt.outcome === OUTCOME.missing ? 2 : 1;
}

function permissionHint({ source }: EndpointAttempt): string {
  const rights = PODMAN_SOURCES.includes(source)
    ? 'Start Podman for this account ("systemctl --user enable --now podman.socket")'
    : 'Add this account to the "docker" group (Windows: "docker-users") and log in again, use a rootless engine';
  return `${rights}, or set DOCKER_HOST to an engine that this account may use. Then try again.`;
}

function namedHint(source: string): string {
  const start = 'Start the engine there, then try again';
  if (source === 'option') {
    return `Check the address. ${start}; or leave the option out to use an engine of this machine.`;
  }
  if (source === 'DOCKER_HOST') {
    return `Check DOCKER_HOST, and for TLS DOCKER_TLS_VERIFY and DOCKER_CERT_PATH. ${start}; or unset DOCKER_HOST to use an engine of this machine.`;
  }
  return `${start}; or choose another one with "docker context use" or DOCKER_CONTEXT.`;
}

function startHint(environment: Pick<SearchEnvironment, 'platform' | 'checkout'>): string {
  const service = environment.platform === 'linux' ? ' or run "sudo systemctl start docker"' : '';
  const checkout = environment.checkout
    ? ' In this checkout, "npm run engine -- up" starts a private engine.'
    : '';
  return `Start Docker Desktop${service}, then try again; nothing else needs a restart.${checkout}`;
}

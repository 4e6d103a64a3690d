/** What programs write when something outside of their container does not answer. */
import type { DeclaredInput } from '../core/build-plan.js';

/** Names that cannot be looked up: what a container without a network says first. */
const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|getaddrinfo|Name or service not known|Temporary failure in name resolution|Could not resolve|nodename nor servname|no such host|ENETUNREACH|Network is unreachable|UnknownHostException|dns error|failed to lookup address/i;

/** A service that is not there: a database, an editor, somebody's API. */
const NO_SERVICE =
  /ECONNREFUSED|connection refused|connect timed out|ConnectionError|ConnectError|ServerSelectionTimeout|(?:could not|couldn't|cannot|can't|failed to|unable to) (?:connect|reach|establish)|no (?:working|running|available) [\w ]{0,40}(?:endpoint|instance|server)|dial tcp/i;

/** How the reason of such a verdict begins. */
export const OUT_OF_REACH = 'It needs something that it cannot reach';

/** Says the program that it lacks a network? */
export function lacksNetwork(output: string): boolean {
  return NO_NETWORK.test(output);
}

/** Says the program that something it needs cannot be reached? */
export function lacksService(output: string): boolean {
  return NO_NETWORK.test(output) || NO_SERVICE.test(output);
}

const PLACE =
  /(?:^|_)(?:HOST|HOSTNAME|URL|URI|PORT|ENDPOINT|SERVER|ADDRESS|DSN|CONNECTION|DATABASE)(?:_|$)/;

/** Declared variables that say where the service is, or let a user in. */
export function serviceInputs(
  inputs: readonly DeclaredInput[],
  given: ReadonlySet<string>,
): readonly string[] {
  return inputs
    .filter(({ kind, name }) => kind === 'environment' && !given.has(name))
    .filter(({ name, secret }) => secret || PLACE.test(name) || /_(?:STRING|USER)$/.test(name))
    .map(({ name }) => name);
}

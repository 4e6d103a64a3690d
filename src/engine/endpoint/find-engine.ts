import type { EndpointAttempt } from '../../core/errors.js';
import { aborted, deadline } from '../../core/deadline.js';
import { engineCandidates } from './candidates.js';
import { isPipe } from './docker-host.js';
import { namedEngine } from './named-engine.js';
import { describeProbeFailure, noAnswerWithin, OUTCOME } from './outcome.js';
import type { EngineAddress, EngineSearch, FoundEngine } from './types.js';
import { namedEngineSilent, noEngineAnswered } from './unreachable.js';

/**
 * Finds the container engine to use.
 *
 * An engine that is named (by the option, `DOCKER_HOST`, `DOCKER_CONTEXT` or the current context
 * of the docker CLI, in this order) is the only one that is tried: work must not end up on another
 * engine because the chosen one is down. When none is named, the usual places are tried one after
 * the other and the first engine that answers is taken.
 *
 * @throws {SlipwayError} `ENGINE_UNREACHABLE` when none answers, with everything that was tried;
 *   `INVALID_INPUT` when an address, a context or a TLS file is wrong
 * @throws the reason of `search.signal` once it is aborted
 */
export async function findEngine(search: EngineSearch): Promise<FoundEngine> {
  const { address, unusable } = await namedEngine(search.dockerHost, search.environment);
  if (address !== undefined) {
    const failure = await tryAddress(search, address);
    if (failure === undefined) return { address, tried: unusable };
    throw namedEngineSilent(attempt(address, failure), failure.cause);
  }
  return await firstThatAnswers(search, unusable);
}

/** Milliseconds for one probe. A remote one needs some round trips, ssh also a login. */
const PROBE_TIMEOUT_MS = { socket: 2000, tcp: 5000, ssh: 30_000 } as const;

interface Failure {
  readonly outcome: string;
  readonly cause?: unknown;
}

async function firstThatAnswers(
  search: EngineSearch,
  unusable: readonly EndpointAttempt[],
): Promise<FoundEngine> {
  const tried = [...unusable];
  for (const candidate of engineCandidates(search.environment)) {
    if ('outcome' in candidate) {
      tried.push(candidate);
      continue;
    }
    const failure = await tryAddress(search, candidate);
    if (failure === undefined) return { address: candidate, tried };
    tried.push(attempt(candidate, failure));
  }
  throw noEngineAnswered(tried, search.environment);
}

/** Undefined when the engine answered. */
async function tryAddress(
  search: EngineSearch,
  address: EngineAddress,
): Promise<Failure | undefined> {
  search.signal?.throwIfAborted();
  const obstacle = await socketObstacle(search, address);
  if (obstacle !== undefined) return { outcome: obstacle };
  const ms = search.probeTimeoutMs ?? PROBE_TIMEOUT_MS[address.connection.kind];
  const limit = deadline(ms, () => new Error(noAnswerWithin(ms)), search.signal);
  try {
    await probeUntil(search, address, limit.signal);
    return undefined;
  } catch (cause) {
    search.signal?.throwIfAborted();
    const outcome = limit.signal.aborted ? noAnswerWithin(ms) : describeProbeFailure(cause);
    return { outcome, cause };
  } finally {
    limit.clear();
  }
}

/**
 * What the file system already says. Connecting would not: to a file that is no socket it fails
 * with the same ECONNREFUSED as to a socket nobody listens on.
 */
async function socketObstacle(
  search: EngineSearch,
  address: EngineAddress,
): Promise<string | undefined> {
  const { connection } = address;
  if (connection.kind !== 'socket' || isPipe(connection.path)) return undefined;
  return OBSTACLES[await search.environment.files.kind(connection.path)];
}

const OBSTACLES = {
  socket: undefined,
  missing: OUTCOME.missing,
  denied: OUTCOME.denied,
  other: OUTCOME.notASocket,
} as const;

/** Ends with the signal even when the probe does not heed it. */
async function probeUntil(
  search: EngineSearch,
  address: EngineAddress,
  signal: AbortSignal,
): Promise<void> {
  const givenUp = aborted(signal).then((reason): never => {
    throw new Error('the probe was given up', { cause: reason });
  });
  await Promise.race([search.probe(address, signal), givenUp]);
}

function attempt(address: EngineAddress, failure: Failure): EndpointAttempt {
  return { source: address.source, address: address.address, outcome: failure.outcome };
}

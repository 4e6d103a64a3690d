import type { EndpointAttempt } from '../../core/errors.js';
import { contextAddress, currentContext, DEFAULT_CONTEXT } from './contexts.js';
import { formatAddress, parseDockerHost, toConnection } from './docker-host.js';
import { valueOf } from './environment-values.js';
import { tlsFromEnvironment } from './tls-files.js';
import type { EngineAddress, SearchEnvironment } from './types.js';

/** The engine that somebody named, if anybody did, and settings that could not be used. */
interface NamedEngine {
  readonly address: EngineAddress | undefined;
  readonly unusable: readonly EndpointAttempt[];
}

/**
 * The engine that the caller or Docker's settings name, in the order of the docker CLI: the
 * option, `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context. The context `default` names none.
 *
 * @throws {SlipwayError} `INVALID_INPUT` for an address, a context or a certificate that is wrong
 */
export async function namedEngine(
  dockerHost: string | undefined,
  environment: SearchEnvironment,
): Promise<NamedEngine> {
  if (dockerHost !== undefined) {
    return only(await hostAddress(dockerHost, 'dockerHost', environment));
  }
  const host = valueOf(environment, 'DOCKER_HOST');
  if (host !== undefined) return only(await hostAddress(host, 'DOCKER_HOST', environment));
  const context = valueOf(environment, 'DOCKER_CONTEXT');
  if (context !== undefined) return await ofContext(context, 'DOCKER_CONTEXT', environment);
  const current = await currentContext(environment);
  if (current.problem !== undefined) return { address: undefined, unusable: [current.problem] };
  if (current.name === undefined) return NOBODY;
  return await ofContext(current.name, 'currentContext in config.json of Docker', environment);
}

const NOBODY: NamedEngine = { address: undefined, unusable: [] };

function only(address: EngineAddress): NamedEngine {
  return { address, unusable: [] };
}

async function hostAddress(
  text: string,
  field: 'dockerHost' | 'DOCKER_HOST',
  environment: SearchEnvironment,
): Promise<EngineAddress> {
  const host = parseDockerHost(text, field);
  const connection = toConnection(host, await tlsFromEnvironment(host, environment, field));
  const source = field === 'dockerHost' ? 'option' : field;
  return { source, address: formatAddress(connection), connection };
}

async function ofContext(
  name: string,
  field: string,
  environment: SearchEnvironment,
): Promise<NamedEngine> {
  if (name === DEFAULT_CONTEXT) return NOBODY;
  return only(await contextAddress(name, field, environment));
}

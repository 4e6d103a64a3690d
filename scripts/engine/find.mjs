import { homedir } from 'node:os';
import { join } from 'node:path';
import { contextEndpoint } from './docker-context.mjs';
import { ping } from './engine-api.mjs';
import { EngineSetupError } from './errors.mjs';

/**
 * @typedef {import('./engine-api.mjs').Endpoint} Endpoint
 * @typedef {Endpoint & { private: boolean }} FoundEngine
 */

/**
 * Looks for an engine where the docker client would: DOCKER_HOST, the chosen context, the usual
 * sockets; last, our own private one.
 *
 * @param {import('./paths.mjs').EnginePaths} paths
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<FoundEngine | null>}
 */
export async function findEngine(paths, env) {
  const asked = askedFor(env);
  if (asked && asked.dockerHost !== paths.endpoint) {
    await assertReachable(asked);
    return { ...asked, private: false };
  }
  const foreign = asked ? [] : [contextEndpoint(env), ...usualSockets(env)];
  for (const endpoint of foreign) {
    if (endpoint && isSupported(endpoint) && (await ping(endpoint))) {
      return { ...endpoint, private: endpoint.dockerHost === paths.endpoint };
    }
  }
  const own = { dockerHost: paths.endpoint };
  return (await ping(own)) ? { ...own, private: true } : null;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Endpoint | null} what DOCKER_HOST says
 */
function askedFor(env) {
  const dockerHost = env['DOCKER_HOST'];
  if (!dockerHost) return null;
  const certPath = env['DOCKER_CERT_PATH'] || join(homedir(), '.docker');
  return env['DOCKER_TLS_VERIFY'] || env['DOCKER_CERT_PATH']
    ? { dockerHost, certPath }
    : { dockerHost };
}

/**
 * Somebody who set DOCKER_HOST means that engine: starting another one would hide the mistake.
 *
 * @param {Endpoint} endpoint
 */
async function assertReachable(endpoint) {
  const { dockerHost } = endpoint;
  if (!isSupported(endpoint)) {
    throw new EngineSetupError(
      `DOCKER_HOST is ${dockerHost}; here it must begin with unix://, tcp:// or npipe://. ` +
        'Set it to such an address or unset it.',
      { exitCode: 2 },
    );
  }
  if (await ping(endpoint)) return;
  throw new EngineSetupError(
    `DOCKER_HOST is ${dockerHost}, and no engine answers there. Start that engine, or unset ` +
      'DOCKER_HOST to have one looked for or started.',
    { exitCode: 2 },
  );
}

/**
 * @param {Endpoint} endpoint
 * @returns {boolean}
 */
function isSupported({ dockerHost }) {
  return /^(unix|tcp|http|npipe):\/\//.test(dockerHost);
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Endpoint[]}
 */
function usualSockets(env) {
  if (process.platform === 'win32') return [{ dockerHost: 'npipe:////./pipe/docker_engine' }];
  const runtime = env['XDG_RUNTIME_DIR'];
  const home = homedir();
  const sockets = [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker', 'run', 'docker.sock'),
    join(home, '.docker', 'desktop', 'docker.sock'),
    join(home, '.orbstack', 'run', 'docker.sock'),
    join(home, '.colima', 'default', 'docker.sock'),
    ...(runtime ? [join(runtime, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
  ];
  return sockets.map((socket) => ({ dockerHost: `unix://${socket}` }));
}

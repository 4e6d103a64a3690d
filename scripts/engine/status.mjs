import { containerdDaemon, dockerdDaemon } from './daemon.mjs';
import { engineVersion } from './engine-api.mjs';
import { EngineSetupError } from './errors.mjs';
import { findEngine } from './find.mjs';
import { imageStates } from './images.mjs';
import { enginePaths } from './paths.mjs';
import { runningPid } from './processes.mjs';
import { registryDaemon, runningRegistry } from './registry.mjs';

/**
 * @typedef {object} EngineStatus
 * @property {boolean} up
 * @property {string} home the state folder
 * @property {string | null} reason why it is not up, where there is more to say than "not started"
 * @property {string | null} dockerHost
 * @property {boolean} private
 * @property {string | null} version
 * @property {string | null} apiVersion
 * @property {Record<string, number | null>} pids of what we start; null for what does not run
 * @property {string | null} registry host:port while it answers
 * @property {import('./images.mjs').ImageState[]} images
 */

/**
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<EngineStatus>}
 */
export async function engineStatus({ env = process.env } = {}) {
  const paths = enginePaths(env);
  const daemons = [dockerdDaemon(paths), containerdDaemon(paths), registryDaemon(paths)];
  const pids = Object.fromEntries(daemons.map((daemon) => [daemon.name, runningPid(daemon)]));
  const registry = await runningRegistry(paths);
  const down = { up: false, home: paths.home, reason: null, pids, registry };
  const nothing = { dockerHost: null, private: false, version: null, apiVersion: null, images: [] };
  try {
    const found = await findEngine(paths, env);
    if (!found) return { ...down, ...nothing };
    const { version, apiVersion } = await engineVersion(found);
    const images = await imageStates(found, found.private ? registry : null);
    const { dockerHost } = found;
    return { ...down, up: true, dockerHost, private: found.private, version, apiVersion, images };
  } catch (error) {
    if (!(error instanceof EngineSetupError)) throw error;
    return { ...down, ...nothing, reason: error.message };
  }
}

/**
 * @param {EngineStatus} status
 * @returns {string} for people
 */
export function describeStatus(status) {
  if (!status.up) return [status.reason ?? 'No engine is up.', ...daemonLines(status)].join('\n');
  const whose = status.private ? 'private' : 'found, not ours';
  return [
    `Engine    ${status.dockerHost} (${whose})`,
    `Version   ${status.version}, API ${status.apiVersion}`,
    ...daemonLines(status),
    ...status.images.map((image) => `Image     ${image.reference}: ${whereIs(image)}`),
  ].join('\n');
}

/**
 * @param {EngineStatus} status
 * @returns {string[]}
 */
function daemonLines({ pids, registry }) {
  const running = Object.entries(pids).filter(([, pid]) => pid !== null);
  return [
    `Running   ${running.map(([name, pid]) => `${name} ${pid}`).join(', ') || 'nothing of ours'}`,
    `Registry  ${registry ?? 'not running'}`,
  ];
}

/**
 * @param {import('./images.mjs').ImageState} image
 * @returns {string}
 */
function whereIs({ inEngine, inMirror, standIn }) {
  const places = [inEngine && 'engine', inMirror && 'mirror'].filter(Boolean);
  if (places.length === 0) return 'missing';
  return `in ${places.join(' and ')}${standIn ? ' (stand-in)' : ''}`;
}

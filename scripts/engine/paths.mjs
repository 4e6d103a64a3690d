import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EngineSetupError } from './errors.mjs';

/** The kernel's limit for a Unix socket path (sun_path), the same on Linux and macOS at worst. */
const MAX_SOCKET_PATH_BYTES = 103;

/**
 * @typedef {object} EnginePaths everything the private engine keeps, all under one folder
 * @property {string} home
 * @property {string} socket
 * @property {string} endpoint the socket as a DOCKER_HOST value
 * @property {string} dataRoot
 * @property {string} execRoot
 * @property {string} bin
 * @property {string} dockerdPid
 * @property {string} dockerdLog
 * @property {string} containerdSocket
 * @property {string} containerdConfig
 * @property {string} containerdPid
 * @property {string} containerdLog
 * @property {string} registryRoot
 * @property {string} registryConfig
 * @property {string} registryPid
 * @property {string} registryLog
 * @property {string} record
 * @property {string} lock
 */

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {EnginePaths}
 */
export function enginePaths(env = process.env) {
  const home = resolve(env['SLIPWAY_ENGINE_HOME'] || join(stateHome(env), 'slipway', 'engine'));
  const inHome = (/** @type {string[]} */ ...names) => join(home, ...names);
  return {
    home,
    socket: inHome('docker.sock'),
    endpoint: `unix://${inHome('docker.sock')}`,
    dataRoot: inHome('data'),
    execRoot: inHome('exec'),
    bin: inHome('bin'),
    dockerdPid: inHome('dockerd.pid'),
    dockerdLog: inHome('dockerd.log'),
    containerdSocket: inHome('exec', 'containerd.sock'),
    containerdConfig: inHome('containerd.toml'),
    containerdPid: inHome('containerd.pid'),
    containerdLog: inHome('containerd.log'),
    registryRoot: inHome('registry', 'data'),
    registryConfig: inHome('registry', 'config.yml'),
    registryPid: inHome('registry', 'registry.pid'),
    registryLog: inHome('registry', 'registry.log'),
    record: inHome('engine.json'),
    lock: inHome('lock'),
  };
}

/**
 * Refuses a state folder that is so deep that the sockets in it could not be opened: the daemons
 * themselves fail with a bare "invalid argument".
 *
 * @param {EnginePaths} paths
 */
export function assertSocketPathsFit(paths) {
  // containerd opens a second socket next to its own, with this ending.
  const longest = `${paths.containerdSocket}.ttrpc`;
  const bytes = Buffer.byteLength(longest);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return;
  throw new EngineSetupError(
    `The socket path ${longest} has ${bytes} bytes and the limit is ${MAX_SOCKET_PATH_BYTES}. ` +
      'Set SLIPWAY_ENGINE_HOME to a shorter folder, for example /var/tmp/slipway-engine.',
    { exitCode: 2 },
  );
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
function stateHome(env) {
  return env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
}

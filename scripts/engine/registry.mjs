import http from 'node:http';
import { createServer } from 'node:net';
import { mkdirSync } from 'node:fs';
import { findProgram } from './commands.mjs';
import { EngineSetupError } from './errors.mjs';
import { readIfThere, writeWithFolder } from './files.mjs';
import { runningPid, startDaemon, stopDaemon } from './processes.mjs';

/**
 * A registry on loopback. The private engine asks it first for every Docker Hub image, so that
 * pulling `busybox` and building `FROM node:24-slim` take the same way as with Docker Hub.
 *
 * @typedef {import('./paths.mjs').EnginePaths} EnginePaths
 */

/** Loopback because every engine trusts 127.0.0.0/8 without TLS, and because nobody else needs it. */
const HOST = '127.0.0.1';
const PREFERRED_PORT = 5000;
const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];

/**
 * @param {EnginePaths} paths
 * @returns {import('./processes.mjs').Daemon}
 */
export function registryDaemon(paths) {
  return {
    name: 'docker-registry',
    pidFile: paths.registryPid,
    logFile: paths.registryLog,
    mark: paths.registryConfig,
  };
}

/**
 * Starts the registry unless it runs.
 *
 * @param {EnginePaths} paths
 * @param {string | null} required the address an engine was already started with
 * @returns {Promise<string>} its address, host:port
 */
export async function startRegistry(paths, required) {
  const daemon = registryDaemon(paths);
  const before = configuredAddress(paths);
  if (before && runningPid(daemon) !== null && (await answers(before))) return before;
  const address = required ?? (await freeAddress(before));
  if (required && !(await isFree(required))) {
    throw new EngineSetupError(
      `Something else listens on ${required}, where the running engine looks for its registry. ` +
        'End it, or run `engine down` and `engine up` to move to another port.',
    );
  }
  const program = findProgram('docker-registry') ?? 'docker-registry';
  mkdirSync(paths.registryRoot, { recursive: true });
  writeWithFolder(paths.registryConfig, configuration(address, paths.registryRoot));
  const argv = [program, 'serve', paths.registryConfig];
  await startDaemon(daemon, argv, () => answers(address), { root: false });
  return address;
}

/**
 * @param {EnginePaths} paths
 * @returns {Promise<string | null>} its address while it answers
 */
export async function runningRegistry(paths) {
  const address = configuredAddress(paths);
  if (!address || runningPid(registryDaemon(paths)) === null) return null;
  return (await answers(address)) ? address : null;
}

/**
 * @param {EnginePaths} paths
 * @returns {Promise<number | null>}
 */
export function stopRegistry(paths) {
  return stopDaemon(registryDaemon(paths));
}

/**
 * @param {string} address
 * @param {string} name as on Docker Hub, without `library/`
 * @param {string} tag
 * @returns {Promise<boolean>}
 */
export async function registryHas(address, name, tag) {
  return (await head(address, `/v2/library/${name}/manifests/${tag}`)) === 200;
}

/**
 * @param {string} address
 * @param {string} root
 * @returns {string} YAML; JSON strings are YAML strings, so quoting a path is safe
 */
function configuration(address, root) {
  return [
    'version: 0.1',
    'log: { level: warn, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(root)} }, delete: { enabled: true } }`,
    `http: { addr: ${JSON.stringify(address)} }`,
    '',
  ].join('\n');
}

/**
 * @param {EnginePaths} paths
 * @returns {string | null} the address in the configuration that was written last
 */
function configuredAddress(paths) {
  return /^http: \{ addr: "([^"]+)"/m.exec(readIfThere(paths.registryConfig))?.[1] ?? null;
}

/**
 * @param {string | null} before
 * @returns {Promise<string>}
 */
async function freeAddress(before) {
  const wanted = [before, `${HOST}:${PREFERRED_PORT}`].filter((address) => address !== null);
  for (const address of wanted) if (await isFree(address)) return address;
  return listenBriefly(`${HOST}:0`);
}

/**
 * @param {string} address
 * @returns {Promise<boolean>}
 */
async function isFree(address) {
  return listenBriefly(address).then(
    () => true,
    () => false,
  );
}

/**
 * @param {string} address
 * @returns {Promise<string>} the address that could be listened on
 */
function listenBriefly(address) {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(address.split(':')[1]), HOST, () => {
      const bound = server.address();
      const port = typeof bound === 'object' && bound ? bound.port : 0;
      server.close(() => resolve(`${HOST}:${port}`));
    });
  });
}

/**
 * @param {string} address
 * @returns {Promise<boolean>}
 */
async function answers(address) {
  return (await head(address, '/v2/').catch(() => 0)) === 200;
}

/**
 * @param {string} address
 * @param {string} path
 * @returns {Promise<number>} the HTTP status
 */
function head(address, path) {
  const [host, port] = address.split(':');
  const headers = { Accept: MANIFEST_TYPES.join(', ') };
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, path, method: 'HEAD', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.setTimeout(2_000, () => request.destroy(new Error(`${address} does not answer`)));
    request.once('error', reject);
    request.end();
  });
}

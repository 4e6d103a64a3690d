/** The engine's own command line, which everything is measured against. */
import { execFile, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { engineVersion } from '../../scripts/engine/engine-api.mjs';

/**
 * @typedef {import('../../scripts/engine/engine-api.mjs').Endpoint} Endpoint
 *
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [environment] beside what the engine is found by
 * @property {(chunk: Buffer) => void} [onOutput] instead of the output as the result
 */

/** A client that came with the engine is the fair one: versions differ in speed. */
export class DockerClient {
  /** @type {Set<import('node:child_process').ChildProcess>} */
  #running = new Set();
  #closed = false;

  /**
   * @param {string} path
   * @param {string} version
   * @param {Endpoint} endpoint
   */
  constructor(path, version, endpoint) {
    this.path = path;
    this.version = version;
    this.environment = {
      ...process.env,
      DOCKER_HOST: endpoint.dockerHost,
      ...(endpoint.certPath === undefined ? {} : { DOCKER_CERT_PATH: endpoint.certPath }),
    };
  }

  /**
   * @param {Endpoint} endpoint
   * @returns {Promise<DockerClient>} the one of the engine's version where there are several
   */
  static async find(endpoint) {
    const engine = (await engineVersion(endpoint)).version;
    /** @type {{ path: string, version: string }[]} */
    const clients = [];
    for (const path of programs('docker')) clients.push({ path, version: await versionOf(path) });
    const found = clients.find(({ version }) => version === engine) ?? clients[0];
    if (found === undefined) throw new Error('The docker client is not on the PATH: install it.');
    return new DockerClient(found.path, found.version, endpoint);
  }

  /**
   * `docker run --rm` without a network, as Slipway's runs are.
   *
   * @param {string} image
   * @param {readonly string[]} command
   * @returns {Promise<string>} what it wrote
   */
  runOnce(image, command) {
    return this.call(['run', '--rm', '--network', 'none', image, ...command]);
  }

  /**
   * @param {readonly string[]} args
   * @param {RunOptions} [options]
   * @returns {Promise<string>} what it wrote
   * @throws {Error} when it fails, with what it said
   */
  call(args, { environment = {}, onOutput } = {}) {
    if (this.#closed) return Promise.reject(new Error('the bench is over'));
    const child = spawn(this.path, [...args], {
      env: { ...this.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    let output = '';
    let complaint = '';
    child.stdout.on('data', onOutput ?? ((chunk) => (output += String(chunk))));
    child.stderr.on('data', (chunk) => (complaint += String(chunk)));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        this.#running.delete(child);
        if (code === 0) resolve(output);
        else reject(new Error(`docker ${args[0]} ended with ${code}: ${complaint.slice(-2000)}`));
      });
    });
  }

  /** Ends what runs. Containers of it are left to whoever knows their label. */
  close() {
    this.#closed = true;
    for (const child of this.#running) child.kill('SIGKILL');
  }
}

/** @param {string} name */
function programs(name) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} path
 * @returns {Promise<string>}
 */
async function versionOf(path) {
  const { stdout } = await promisify(execFile)(path, ['--version']);
  return /version ([^\s,]+)/.exec(stdout)?.[1] ?? 'unknown';
}

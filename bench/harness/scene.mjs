/** What the suites measure with: the engine, its client, executors; and the end of all of it. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createDockerExecutor } from 'slipway';
import { engineVersion } from '../../scripts/engine/engine-api.mjs';
import { engineUp } from '../../scripts/engine/index.mjs';
import { DockerClient } from './docker-client.mjs';
import { deriveImage, removeAllWith } from './engine-view.mjs';
import { McpSession } from './mcp-session.mjs';

/**
 * @typedef {import('../../scripts/engine/engine-api.mjs').Endpoint} Endpoint
 * @typedef {import('slipway').DockerExecutorOptions} DockerExecutorOptions
 * @typedef {import('./options.mjs').Scale} Scale
 */

export const SLIPWAY = fileURLToPath(new URL('../../dist/bin/slipway.js', import.meta.url));

/** On all that is made, whoever makes it: it comes from the images. */
const MARK = 'slipway-bench';

export class Scene {
  /** @type {(() => unknown)[]} */
  #ends = [];
  /** @type {Map<string, Promise<string>>} */
  #images = new Map();
  #mark = randomBytes(6).toString('hex');
  /** @type {Promise<void> | undefined} */
  #closed;

  /**
   * @param {Endpoint} endpoint
   * @param {DockerClient} docker
   * @param {Scale} scale
   * @param {string} engine its version
   */
  constructor(endpoint, docker, scale, engine) {
    this.endpoint = endpoint;
    this.docker = docker;
    this.scale = scale;
    this.engine = engine;
  }

  /**
   * @param {Scale} scale
   * @returns {Promise<Scene>} on the engine that the tests use
   */
  static async open(scale) {
    const { dockerHost, certPath } = await engineUp({ log: console.log });
    const endpoint = certPath === undefined ? { dockerHost } : { dockerHost, certPath };
    const docker = await DockerClient.find(endpoint);
    const { version } = await engineVersion(endpoint);
    return new Scene(endpoint, docker, scale, version);
  }

  /** `name=value` of the label on everything of this run. */
  get label() {
    return `${MARK}=${this.#mark}`;
  }

  /** As an object, for what does not come from an image of ours. */
  get labels() {
    return { [MARK]: this.#mark };
  }

  /**
   * An image with the files of another one. Containers of one lane can be told from those of
   * others, as each lane has an image of its own.
   *
   * @param {string} base
   * @param {string} lane
   * @param {readonly string[]} [command] what it runs unless told otherwise
   * @returns {Promise<string>} its name
   */
  image(base, lane, command = ['true']) {
    const tag = `${MARK}-${this.#mark}:${lane}-${base.replaceAll(/[^a-z0-9.]/g, '-')}`;
    const labels = { ...this.labels, [`${MARK}-lane`]: tag };
    const made =
      this.#images.get(tag) ??
      deriveImage(this.endpoint, { tag, base, labels, command }).then(() => tag);
    this.#images.set(tag, made);
    return made;
  }

  /**
   * @param {string} image of `image()`
   * @returns {string} the label of all containers of it
   */
  laneOf(image) {
    return `${MARK}-lane=${image}`;
  }

  /**
   * @param {Omit<DockerExecutorOptions, 'dockerHost'>} [options]
   * @returns {import('slipway').DockerExecutor} closed at the end, if not before
   */
  executor(options = {}) {
    this.#refuseClosed();
    const { dockerHost } = this.endpoint;
    const executor = createDockerExecutor({ ...options, dockerHost });
    this.atEnd(() => executor.close());
    return executor;
  }

  /**
   * A server in Node.js, ended at the end.
   *
   * @param {readonly string[]} args of `node`
   * @param {Record<string, string>} [environment]
   * @returns {Promise<McpSession>}
   */
  async mcp(args, environment = {}) {
    this.#refuseClosed();
    const { dockerHost } = this.endpoint;
    const session = await McpSession.start(args, { ...environment, DOCKER_HOST: dockerHost });
    this.atEnd(() => session.close());
    return session;
  }

  /** @param {() => unknown} end run at the end, the latest first */
  atEnd(end) {
    this.#ends.unshift(end);
  }

  /** Ends and removes everything. What fails is told and keeps nothing else from being removed. */
  close() {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end() {
    this.docker.close();
    const images = () => Promise.allSettled(this.#images.values());
    const ends = [...this.#ends, images, () => removeAllWith(this.endpoint, this.label)];
    for (const end of ends) {
      try {
        await end();
      } catch (error) {
        console.error(`At the end: ${String(error)}`);
      }
    }
  }

  #refuseClosed() {
    if (this.#closed !== undefined) throw new Error('the bench is over');
  }
}

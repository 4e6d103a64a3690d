import { closedError } from '../core/closed.js';
import { now } from '../core/deadline.js';
import { invalidInput } from '../core/options.js';
import type {
  ContainerStats,
  ContainerSummary,
  ImageSummary,
  ParkedContainers,
} from '../engine/ports.js';
import { permittedImages } from './list-images.js';
import { observeLogs, observeStats, statsOnce, type ObserveDependencies } from './observe.js';
import type {
  ContainerStreamEvent,
  DetachedContainer,
  DetachedExecutionConfig,
  ExitedCondition,
  ExitedContainer,
  HealthyCondition,
  HealthyContainer,
  LogEntry,
  LogLineCondition,
  LogOptions,
  MatchedLine,
  StatsOptions,
  WaitCondition,
  WaitOptions,
} from './observe-types.js';
import {
  NO_WISHES,
  parseExecution,
  parsePayloadExecution,
  parsePull,
  parseRepository,
} from './options.js';
import { MOST_PARKED } from './warm.js';
import { RunFlow, type ExecutorDependencies } from './run-flow.js';
import { stopByName } from './stop.js';
import { streamRun } from './stream-run.js';
import type {
  CallOptions,
  DockerExecutionConfig,
  DockerExecutionResult,
  GitHubDockerConfig,
  PayloadExecutionConfig,
  PullImageOptions,
  PullImageResult,
  StopContainerOptions,
  StoppedContainer,
} from './types.js';
import { waitForCondition } from './wait-for.js';

/**
 * Runs images, payloads and Git repositories in throw-away containers.
 *
 * Every accepted call ends in exactly one answer. What became of the user's program is a result
 * (`status`); a `SlipwayError` means that Slipway could not do what was asked. When a call ends,
 * its container is gone; `close()` ends and removes what is still running.
 */
export class DockerExecutor {
  readonly #dependencies: ExecutorDependencies;
  readonly #runs: RunFlow;
  readonly #observe: ObserveDependencies;
  readonly #closing = new AbortController();
  #closed = false;

  constructor(dependencies: ExecutorDependencies) {
    const { connect, policy } = dependencies;
    this.#dependencies = dependencies;
    this.#runs = new RunFlow(dependencies);
    const refuseClosed = (method: string): void => this.#refuseClosed(method);
    this.#observe = { connect, policy, refuseClosed, closing: this.#closing.signal };
  }

  /**
   * Runs an image once. The image is pulled if it is missing.
   *
   * With `detach: true` it answers as soon as the program runs. The container then exists until
   * its `timeoutMs` have passed, `stopContainer` or `close()`, also when its program ends before:
   * its log and exit code can be read until then. It never outlives this process. Up to
   * `load.detached` of the policy at once; they take no place of a run. A program that cannot be
   * started ends with exit code 127 or 126 there, and says why in its log.
   *
   * @throws {SlipwayError} `INVALID_INPUT`, `POLICY_DENIED`, `LIMIT_EXCEEDED`, `SERVER_BUSY`,
   * `IMAGE_NOT_FOUND`, `PULL_FAILED`, `START_FAILED`, or an `ENGINE_…` code
   */
  executeContainer(
    config: DockerExecutionConfig,
    options?: CallOptions,
  ): Promise<DockerExecutionResult>;
  executeContainer(
    config: DetachedExecutionConfig,
    options?: CallOptions,
  ): Promise<DetachedContainer>;
  async executeContainer(
    config: DockerExecutionConfig | DetachedExecutionConfig,
    options: CallOptions = {},
  ): Promise<DockerExecutionResult | DetachedContainer> {
    this.#refuseClosed('executeContainer');
    const { detach, ...run } = parseExecution(config);
    return detach ? this.#runs.startDetached(run, options) : this.#runs.runImage(run, options);
  }

  /**
   * Runs an image once and yields what it writes as it writes it, then the result. The program is
   * never held up by a slow reader: up to 8 MiB wait, then the oldest are left out and a `gap`
   * says how many. The run begins when the first event is asked for. Leaving the loop early, or
   * aborting, ends the program and removes the container.
   *
   * @throws {SlipwayError} from the iterator, as `executeContainer`
   * @example
   * for await (const event of executor.streamContainer({ image: 'busybox', command: 'ls -R /' })) {
   *   if (event.type === 'stdout') process.stdout.write(event.data);
   * }
   */
  streamContainer(
    config: DockerExecutionConfig,
    options: CallOptions = {},
  ): AsyncGenerator<ContainerStreamEvent, void, undefined> {
    return streamRun(async (onOutput, signal) => {
      this.#refuseClosed('streamContainer');
      const { detach, ...run } = parseExecution(config);
      if (detach) throw invalidInput('detach', 'must not be true for streamContainer', detach);
      return this.#runs.runImage(run, { ...options, signal }, onOutput);
    }, options.signal);
  }

  /**
   * Runs an image with data put into the container as a file; the program finds its path in the
   * environment variable `PAYLOAD_PATH`. The file travels through the engine's API, so it reaches
   * a remote engine too.
   *
   * @throws {SlipwayError} as `executeContainer`
   */
  async executeWithPayload(
    config: PayloadExecutionConfig,
    options: CallOptions = {},
  ): Promise<DockerExecutionResult> {
    this.#refuseClosed('executeWithPayload');
    return this.#runs.runImage(parsePayloadExecution(config), options);
  }

  /**
   * Has containers started ahead of time for runs like this one, so that each takes a tenth of the
   * time: they must have the same image, user, mounts and network, and best the same limits.
   * Command, environment, files and input are the run's own. One that is used is replaced. Needs
   * the option `warm`; what a parked container cannot serve is in `docs/parked.md`.
   *
   * @param config as of `executeContainer`
   * @param count how many are to wait, 0 to 200; within the limits of `warm`
   * @throws {SlipwayError} as `executeContainer`
   */
  async park(
    config: DockerExecutionConfig,
    count = 1,
    options: CallOptions = {},
  ): Promise<ParkedContainers> {
    this.#refuseClosed('park');
    const { detach, ...run } = parseExecution(config);
    if (detach) throw invalidInput('detach', 'must not be true for park', detach);
    if (!Number.isInteger(count) || count < 0 || count > MOST_PARKED) {
      throw invalidInput('count', `must be a whole number from 0 to ${MOST_PARKED}`, count);
    }
    return this.#runs.park(run, count, options);
  }

  /** Resolves once no container is made or removed behind the back of a call. */
  async settled(): Promise<void> {
    await this.#runs.settled();
  }

  /**
   * Clones a repository, builds its Dockerfile and runs the image once. Checkout and image are
   * removed afterwards; finished build steps stay in the engine's build cache.
   *
   * @throws {SlipwayError} as `executeContainer`, and `CLONE_FAILED`, `BUILD_REFUSED`, `BUILD_FAILED`
   */
  async buildAndExecuteGitHubRepo(
    config: GitHubDockerConfig,
    options: CallOptions = {},
  ): Promise<DockerExecutionResult> {
    this.#refuseClosed('buildAndExecuteGitHubRepo');
    return this.#runs.runRepository(parseRepository(config), options);
  }

  /** Containers that are running, newest first; foreign ones only where the policy lists them. */
  async listRunningContainers(
    options: Pick<CallOptions, 'signal'> = {},
  ): Promise<readonly ContainerSummary[]> {
    this.#refuseClosed('listRunningContainers');
    const engine = await this.#dependencies.connect(options.signal);
    const all = await engine.containers.list({ all: false, signal: options.signal });
    return this.#dependencies.policy.manage.listForeign ? all : all.filter((one) => one.managed);
  }

  /**
   * Stops a container: TERM, then KILL after the grace. A detached one is removed as well.
   *
   * @param container its exact name, or at least 12 hexadecimal digits of its id
   * @throws {SlipwayError} `INVALID_INPUT`; `NOT_MANAGED` in the same words for a container that
   * does not exist and for one that Slipway did not start
   */
  async stopContainer(
    container: string,
    options: StopContainerOptions = {},
  ): Promise<StoppedContainer> {
    this.#refuseClosed('stopContainer');
    const { connect, policy } = this.#dependencies;
    const { active, detached } = this.#runs;
    return stopByName({ connect, policy, active, detached }, container, options);
  }

  /**
   * Fetches an image from its registry. Repeating it is cheap: finished layers are kept.
   *
   * @throws {SlipwayError} `PULL_FAILED` with the reason, `POLICY_DENIED`, `INVALID_INPUT`
   */
  async pullImage(image: string, options: PullImageOptions = {}): Promise<PullImageResult> {
    this.#refuseClosed('pullImage');
    const pull = parsePull(image, options);
    await this.#runs.permitted({ ...NO_WISHES, image: pull.image });
    const engine = await this.#dependencies.connect(options.signal);
    const began = now();
    const pulled = await engine.images.pull(image, {
      platform: pull.platform,
      timeoutMs: pull.timeoutMs,
      onProgress: (progress) => options.onEvent?.({ type: 'pulling', image, progress }),
      signal: options.signal,
    });
    const { id, digest, sizeBytes, alreadyUpToDate } = pulled;
    return { image, id, digest, sizeBytes, alreadyUpToDate, durationMs: now() - began };
  }

  /**
   * Images that the engine has and the policy permits, newest first, each with its permitted
   * names. One without a name is left out. Asks no registry.
   *
   * @throws {SlipwayError} an `ENGINE_…` code
   */
  async listImages(options: Pick<CallOptions, 'signal'> = {}): Promise<readonly ImageSummary[]> {
    this.#refuseClosed('listImages');
    const { images } = await this.#dependencies.connect(options.signal);
    const all = await images.findByLabel({}, options.signal);
    return permittedImages(this.#dependencies.policy, all);
  }

  /**
   * What a container wrote, from the engine's log of it. That holds the last 8 to 16 MiB of a
   * container of Slipway's, and only whole lines (or 16 KiB of one) while the program runs. With
   * `follow`, engines leave lines out when a program writes faster than they read their own log;
   * every byte is in `streamContainer`. A slow reader holds nobody up.
   *
   * @param container its exact name, or at least 12 hexadecimal digits of its id
   * @throws {SlipwayError} from the iterator: `INVALID_INPUT`, `NOT_MANAGED`, or an `ENGINE_…` code
   */
  logs(container: string, options: LogOptions = {}): AsyncGenerator<LogEntry, void, undefined> {
    return observeLogs(this.#observe, container, options);
  }

  /**
   * What a running container uses. Takes about two seconds: CPU use is a difference, and engines
   * look once a second.
   *
   * @param container as for `logs`
   * @throws {SlipwayError} `NOT_RUNNING`; else as `logs`
   */
  async stats(container: string, options: StatsOptions = {}): Promise<ContainerStats> {
    return statsOnce(this.#observe, container, options);
  }

  /**
   * What a container uses, about once a second until it ends. A slow reader gets the newest.
   *
   * @param container as for `logs`
   * @throws {SlipwayError} from the iterator, as `logs`
   */
  watchStats(
    container: string,
    options: StatsOptions = {},
  ): AsyncGenerator<ContainerStats, void, undefined> {
    return observeStats(this.#observe, container, options);
  }

  /**
   * Waits until a container has written a line (before or after this call), its health check says
   * it is well, or its program has ended.
   *
   * @param container as for `logs`
   * @throws {SlipwayError} `WAIT_FAILED` with the reason: `timeout`, `exited`, `removed`,
   * `unhealthy`, `no_health_check`; else as `logs`
   */
  waitFor(
    container: string,
    condition: LogLineCondition,
    options?: WaitOptions,
  ): Promise<MatchedLine>;
  waitFor(
    container: string,
    condition: HealthyCondition,
    options?: WaitOptions,
  ): Promise<HealthyContainer>;
  waitFor(
    container: string,
    condition: ExitedCondition,
    options?: WaitOptions,
  ): Promise<ExitedContainer>;
  async waitFor(
    container: string,
    condition: WaitCondition,
    options: WaitOptions = {},
  ): Promise<MatchedLine | HealthyContainer | ExitedContainer> {
    return waitForCondition(this.#observe, container, condition, options);
  }

  /**
   * Ends every run and every detached container, waits until they are removed, and refuses
   * further calls.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.abort(closedError('The executor was closed meanwhile.', 'close'));
    await this.#runs.close();
    await this.#dependencies.connect.close?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuseClosed(method: string): void {
    if (this.#closed) throw closedError(`${method} was called after close().`, method);
  }
}

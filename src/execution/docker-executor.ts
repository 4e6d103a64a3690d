import { randomBytes } from 'node:crypto';
import { now } from '../core/deadline.js';
import { SlipwayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { ConnectEngine, ContainerSummary, Engine, ImageFacts } from '../engine/ports.js';
import { decide } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';
import { permittedBuildTimeout } from '../policy/build-timeout.js';
import type { RunPlan, RunRequest } from '../policy/request.js';
import { ActiveRuns, type ActiveRun } from './active-runs.js';
import { obtainImage } from './obtain-image.js';
import {
  NO_WISHES,
  parseExecution,
  parsePayloadExecution,
  parsePull,
  parseRepository,
  type ImageRun,
  type RepositoryRun,
} from './options.js';
import { RunQueue } from './queue.js';
import type { RepositoryBuilder } from './repository-builder.js';
import { LEFTOVER_SPARE_MS, runProgram, type RunInput } from './run-program.js';
import { stopByName } from './stop.js';
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

/** What an executor is joined from; `createDockerExecutor` does it for the ordinary case. */
export interface ExecutorDependencies {
  readonly connect: ConnectEngine;
  readonly policy: Policy;
  readonly repositories: RepositoryBuilder;
  readonly logger: Logger;
}

/**
 * Runs images, payloads and Git repositories in throw-away containers.
 *
 * Every accepted call ends in exactly one answer. What became of the user's program is a result
 * (`status`); a `SlipwayError` means that Slipway could not do what was asked. When a call ends,
 * its container is gone; `close()` ends and removes what is still running.
 */
export class DockerExecutor {
  readonly #dependencies: ExecutorDependencies;
  readonly #queue: RunQueue;
  readonly #active = new ActiveRuns();
  readonly #instance = randomBytes(8).toString('hex');
  #closed = false;

  constructor(dependencies: ExecutorDependencies) {
    this.#dependencies = dependencies;
    this.#queue = new RunQueue(dependencies.policy.load);
  }

  /**
   * Runs an image once. The image is pulled if it is missing.
   *
   * @throws {SlipwayError} `INVALID_INPUT`, `POLICY_DENIED`, `LIMIT_EXCEEDED`, `SERVER_BUSY`,
   * `IMAGE_NOT_FOUND`, `PULL_FAILED`, `START_FAILED`, or an `ENGINE_…` code
   */
  async executeContainer(
    config: DockerExecutionConfig,
    options: CallOptions = {},
  ): Promise<DockerExecutionResult> {
    this.#refuseClosed('executeContainer');
    return this.#runImage(parseExecution(config), options);
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
    return this.#runImage(parsePayloadExecution(config), options);
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
    const { program, wishes, build } = parseRepository(config);
    const plan = this.#permitted(wishes);
    const timeoutMs = permittedBuildTimeout(this.#dependencies.policy, build.timeoutMs);
    return this.#inTurn(options, async ({ queueMs, active }) => {
      const began = now();
      const engine = await this.#dependencies.connect(options.signal);
      const image = await this.#build({ ...build, timeoutMs }, active, options);
      try {
        const pullMs = now() - began;
        const run = { engine, image, plan, program, reference: build.repositoryUrl };
        return await this.#execute({ ...run, active, queueMs, pullMs }, options);
      } finally {
        await this.#removeImage(engine, active.imageTag);
      }
    });
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
   * Stops a container: TERM, then KILL after the grace.
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
    return stopByName({ connect, policy, active: this.#active }, container, options);
  }

  /**
   * Fetches an image from its registry. Repeating it is cheap: finished layers are kept.
   *
   * @throws {SlipwayError} `PULL_FAILED` with the reason, `POLICY_DENIED`, `INVALID_INPUT`
   */
  async pullImage(image: string, options: PullImageOptions = {}): Promise<PullImageResult> {
    this.#refuseClosed('pullImage');
    const pull = parsePull(image, options);
    this.#permitted({ ...NO_WISHES, image: pull.image });
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

  /** Ends every run, waits until its container is removed, and refuses further calls. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#active.cancelAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #runImage(input: ImageRun, options: CallOptions): Promise<DockerExecutionResult> {
    const { program, wishes, reference } = input;
    const plan = this.#permitted(wishes);
    return this.#inTurn(options, async ({ queueMs, active }) => {
      const engine = await this.#dependencies.connect(options.signal);
      const began = now();
      const image = await obtainImage(engine.images, {
        ...input,
        onPull: (progress) => options.onEvent?.({ type: 'pulling', image: reference, progress }),
        signal: anyOf(options.signal, active.signal),
      });
      const pullMs = now() - began;
      const run = { engine, image, plan, program, reference };
      return this.#execute({ ...run, active, queueMs, pullMs }, options);
    });
  }

  #execute(
    run: Omit<RunInput, 'instance' | 'logger' | 'onEvent' | 'signal'>,
    options: CallOptions,
  ): Promise<DockerExecutionResult> {
    return runProgram({
      ...run,
      instance: this.#instance,
      logger: this.#dependencies.logger,
      onEvent: (event) => options.onEvent?.(event),
      signal: options.signal,
    });
  }

  async #build(
    build: RepositoryRun['build'] & { readonly timeoutMs: number },
    active: ActiveRun,
    options: CallOptions,
  ): Promise<ImageFacts> {
    const { repositoryUrl: repository } = build;
    const { repositories, policy } = this.#dependencies;
    const { image } = await repositories.buildRepository({
      ...build,
      tag: active.imageTag,
      owner: {
        instance: this.#instance,
        deadline: Date.now() + build.timeoutMs + LEFTOVER_SPARE_MS,
      },
      memoryBytes: policy.limits.buildMemoryBytes,
      onStage: (stage) =>
        options.onEvent?.(
          stage === 'cloning'
            ? { type: 'cloning', repository }
            : { type: 'building', repository, progress: stage },
        ),
      signal: anyOf(options.signal, active.signal),
    });
    return image;
  }

  async #removeImage(engine: Engine, tag: string): Promise<void> {
    await engine.images.remove(tag).catch((error: unknown) => {
      this.#dependencies.logger.error('image.cleanup_pending', { tag, error: String(error) });
    });
  }

  #inTurn<T>(
    options: CallOptions,
    work: (turn: { readonly queueMs: number; readonly active: ActiveRun }) => Promise<T>,
  ): Promise<T> {
    const asked = now();
    return this.#active.track((active) =>
      this.#queue.run(
        () => work({ queueMs: now() - asked, active }),
        (position) => options.onEvent?.({ type: 'queued', position }),
        anyOf(options.signal, active.signal),
      ),
    );
  }

  #permitted(wishes: RunRequest): RunPlan {
    const decision = decide(this.#dependencies.policy, wishes);
    if (decision.permitted) return decision.plan;
    this.#dependencies.logger.warn('policy.denied', { rule: decision.denial.context.rule });
    throw decision.denial;
  }

  #refuseClosed(method: string): void {
    if (!this.#closed) return;
    throw new SlipwayError('CLOSED', {
      message: `${method} was called after close().`,
      hint: 'Make a new executor.',
      context: { method },
    });
  }
}

/** A signal that aborts with the first of the two; the executor's own ends every call on close. */
function anyOf(signal: AbortSignal | undefined, own: AbortSignal): AbortSignal {
  return signal === undefined ? own : AbortSignal.any([signal, own]);
}

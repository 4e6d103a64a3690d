/** From a parsed request to its container: the decision, the turn, the image. */
import { now } from '../core/deadline.js';
import { linkSignals } from '../core/link-signals.js';
import type { Logger } from '../core/logger.js';
import { newInstance } from '../engine/instance.js';
import { randomName } from '../engine/labels.js';
import { obtainImage } from '../engine/obtain-image.js';
import type { ConnectEngine, Engine, ImageFacts, ParkedContainers } from '../engine/ports.js';
import type { RepositoryBuilder } from '../engine/repository-builder.js';
import { permittedBuildTimeout } from '../policy/build-timeout.js';
import { decide } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';
import type { RunPlan, RunRequest } from '../policy/request.js';
import { ActiveRuns } from './active-runs.js';
import { DetachedContainers } from './detached-containers.js';
import type { DetachedContainer } from './observe-types.js';
import type { ImageRun, RepositoryRun } from './options.js';
import { RunQueue } from './queue.js';
import { containerSpec } from './container-spec.js';
import { resolveMounts } from './resource-options.js';
import {
  LEFTOVER_SPARE_MS,
  programSpec,
  runProgram,
  type OutputListener,
  type RunInput,
} from './run-program.js';
import type { CallOptions, DockerExecutionResult } from './types.js';

/** What an executor is joined from; `createDockerExecutor` does it for the ordinary case. */
export interface ExecutorDependencies {
  readonly connect: ConnectEngine;
  readonly policy: Policy;
  readonly repositories: RepositoryBuilder;
  readonly logger: Logger;
}

/** One run in its turn. */
type Turn = Pick<RunInput, 'queueMs' | 'active' | 'ended'>;

/** What a run is made from once its image is there. */
type PreparedRun = Omit<RunInput, 'signal' | 'onOutput'>;

export class RunFlow {
  readonly #dependencies: ExecutorDependencies;
  readonly #queue: RunQueue;
  readonly #instance = newInstance();
  readonly active = new ActiveRuns();
  readonly detached: DetachedContainers;

  constructor(dependencies: ExecutorDependencies) {
    const { policy, logger } = dependencies;
    this.#dependencies = dependencies;
    this.#queue = new RunQueue(policy.load);
    this.detached = new DetachedContainers(policy.load.detached, logger);
  }

  runImage(
    input: ImageRun,
    options: CallOptions,
    onOutput?: OutputListener,
  ): Promise<DockerExecutionResult> {
    const { signal } = options;
    return this.#withImage(input, options, (run) => runProgram({ ...run, onOutput, signal }));
  }

  startDetached(input: ImageRun, options: CallOptions): Promise<DetachedContainer> {
    return this.detached.reserve(() =>
      this.#withImage(input, options, async (run) => {
        const container = await this.detached.start(run.engine, programSpec(run), run.ended);
        run.onEvent({ type: 'running', image: run.reference, container: container.name });
        return container;
      }),
    );
  }

  async runRepository(
    { program, wishes, build }: RepositoryRun,
    options: CallOptions,
  ): Promise<DockerExecutionResult> {
    const plan = await this.permitted(wishes);
    const timeoutMs = permittedBuildTimeout(this.#dependencies.policy, build.timeoutMs);
    return this.#inTurn(options, async (turn) => {
      const began = now();
      const { connect } = this.#dependencies;
      const { signal } = options;
      const engine = await connect(signal);
      const image = await this.#build({ ...build, timeoutMs }, turn, options);
      try {
        const reference = build.repositoryUrl;
        const run = { engine, image, temporaryImage: true, plan, program, reference };
        const prepared = this.#prepared({ ...run, ...turn, pullMs: now() - began }, options);
        return await runProgram({ ...prepared, onOutput: undefined, signal });
      } finally {
        await this.#removeImage(engine, turn.active.imageTag);
      }
    });
  }

  /** See `DockerExecutor.park`. */
  async park(input: ImageRun, count: number, options: CallOptions): Promise<ParkedContainers> {
    const { program, wishes, reference } = input;
    const plan = await this.permitted(wishes);
    const engine = await this.#dependencies.connect(options.signal);
    const image = await obtainImage(engine.images, {
      ...input,
      onPull: (progress) => options.onEvent?.({ type: 'pulling', image: reference, progress }),
      signal: options.signal,
    });
    const spec = containerSpec({
      name: randomName(),
      owner: { instance: this.#instance, deadline: Date.now() },
      program,
      plan,
      image,
      imageName: reference,
      engine: engine.facts,
    });
    return engine.containers.park(spec, count);
  }

  /** @throws {SlipwayError} `POLICY_DENIED`, `LIMIT_EXCEEDED` */
  async permitted(wishes: RunRequest): Promise<RunPlan> {
    const { policy, logger } = this.#dependencies;
    const mounts = await resolveMounts(wishes.resources.mounts);
    const resolved = { ...wishes, resources: { ...wishes.resources, mounts } };
    const decision = decide(policy, resolved);
    if (decision.permitted) return decision.plan;
    logger.warn('policy.denied', { rule: decision.denial.context.rule });
    throw decision.denial;
  }

  /** Resolves once nothing is made or removed behind the back of a run. */
  async settled(): Promise<void> {
    await this.#dependencies.connect.settled?.();
  }

  /** Ends every run and every detached container, and resolves when they are removed. */
  async close(): Promise<void> {
    await this.active.cancelAll();
    await this.detached.closeAll();
  }

  async #withImage<T>(
    input: ImageRun,
    options: CallOptions,
    work: (run: PreparedRun) => Promise<T>,
  ): Promise<T> {
    const { program, wishes, reference } = input;
    const plan = await this.permitted(wishes);
    return this.#inTurn(options, async (turn) => {
      const engine = await this.#dependencies.connect(options.signal);
      const began = now();
      const image = await obtainImage(engine.images, {
        ...input,
        onPull: (progress) => options.onEvent?.({ type: 'pulling', image: reference, progress }),
        signal: turn.ended,
      });
      const run = { engine, image, plan, program, reference };
      return work(this.#prepared({ ...run, ...turn, pullMs: now() - began }, options));
    });
  }

  #prepared(
    run: Omit<PreparedRun, 'instance' | 'logger' | 'onEvent'>,
    options: CallOptions,
  ): PreparedRun {
    return {
      ...run,
      instance: this.#instance,
      logger: this.#dependencies.logger,
      onEvent: (event) => options.onEvent?.(event),
    };
  }

  async #build(
    build: RepositoryRun['build'] & { readonly timeoutMs: number },
    { active, ended }: Turn,
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
      signal: ended,
    });
    return image;
  }

  async #removeImage(engine: Engine, tag: string): Promise<void> {
    await engine.images.remove(tag).catch((error: unknown) => {
      this.#dependencies.logger.error('image.cleanup_pending', { tag, error: String(error) });
    });
  }

  #inTurn<T>(options: CallOptions, work: (turn: Turn) => Promise<T>): Promise<T> {
    const asked = now();
    return this.active.track(async (active) => {
      const { signal: ended, release } = linkSignals(options.signal, active.signal);
      try {
        return await this.#queue.run(
          () => work({ queueMs: now() - asked, active, ended }),
          (position) => options.onEvent?.({ type: 'queued', position }),
          ended,
        );
      } finally {
        release();
      }
    });
  }
}

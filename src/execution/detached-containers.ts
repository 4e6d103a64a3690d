import { now } from '../core/deadline.js';
import { SlipwayError } from '../core/errors.js';
import { STOPPING } from '../core/limits.js';
import type { Logger } from '../core/logger.js';
import type { ContainerSpec, Engine, StartedContainer } from '../engine/ports.js';
import type { DetachedContainer } from './observe-types.js';

interface Detached {
  /** On the monotonic clock. */
  readonly endsAt: number;
  readonly started: StartedContainer;
  readonly timer: NodeJS.Timeout;
  ending: Promise<void> | undefined;
}

/**
 * The detached containers of one executor. Each is removed at its deadline, when it is stopped,
 * or when the executor closes; should this process end before that, by what guards every
 * container of Slipway.
 */
export class DetachedContainers {
  readonly #limit: number;
  readonly #logger: Logger;
  readonly #byId = new Map<string, Detached>();
  #starting = 0;

  /** @param limit how many there may be that are not removed yet */
  constructor(limit: number, logger: Logger) {
    this.#limit = limit;
    this.#logger = logger;
  }

  /**
   * Keeps a place for one container while `start` starts it.
   *
   * @throws {SlipwayError} `SERVER_BUSY` when there is none
   */
  async reserve<T>(start: () => Promise<T>): Promise<T> {
    if (this.#starting + this.#byId.size >= this.#limit) throw this.#busy();
    this.#starting += 1;
    try {
      return await start();
    } finally {
      this.#starting -= 1;
    }
  }

  /** Starts a container; its time begins when it runs. */
  async start(
    engine: Engine,
    spec: ContainerSpec,
    signal: AbortSignal,
  ): Promise<DetachedContainer> {
    const started = await engine.containers.start(spec, signal);
    const { id } = started;
    const deadline = new Date(Date.now() + spec.timeoutMs);
    const timer = setTimeout(() => void this.remove(id), spec.timeoutMs);
    // A program that has nothing else to do may end: the container does not outlive it.
    timer.unref();
    const { name } = spec;
    const endsAt = now() + spec.timeoutMs;
    this.#byId.set(id, { endsAt, started, timer, ending: undefined });
    this.#logger.info('detached.started', { container: id, deadline: deadline.toISOString() });
    return { containerId: id, name, deadline };
  }

  /** Ends and removes a container, if it is one of these. */
  async remove(id: string): Promise<void> {
    const one = this.#byId.get(id);
    if (one !== undefined) await this.#end(one);
  }

  /** Ends and removes them all. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#byId.values()].map((one) => this.#end(one)));
  }

  #end(one: Detached): Promise<void> {
    one.ending ??= this.#stopAndRemove(one);
    return one.ending;
  }

  async #stopAndRemove({ started, timer }: Detached): Promise<void> {
    clearTimeout(timer);
    const cleanup = await started.end(STOPPING.graceMs);
    this.#logger.info('detached.ended', { container: started.id, cleanup });
    this.#byId.delete(started.id);
  }

  #busy(): SlipwayError<'SERVER_BUSY'> {
    const running = this.#starting + this.#byId.size;
    const ends = [...this.#byId.values()].map(({ endsAt }) => endsAt);
    const untilFirst = Math.min(...ends) - now();
    const retryAfterMs =
      ends.length === 0 ? 1000 : Math.max(1, Math.ceil(untilFirst / 1000)) * 1000;
    return new SlipwayError('SERVER_BUSY', {
      message: `Not started: there are ${running} detached containers, the most this server permits. Nothing was run.`,
      hint: `Stop one that is not needed any more, or try again in about ${retryAfterMs / 1000} seconds.`,
      context: { running, waiting: 0, retryAfterMs },
    });
  }
}
